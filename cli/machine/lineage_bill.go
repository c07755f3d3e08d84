package machine

import (
	"context"

	"ayni.example/client/proof"
	"ayni.example/client/verdict"
	"ayni.example/credit/keystore"
	"ayni.example/provenance/graph"
	"ayni.example/provenance/standard"
	"ayni.example/web/operator"
)

// SigningKey is a wallet's artifact key.
func SigningKey(w keystore.Wallet) (standard.Key, error) {
	private, err := w.ArtifactKey()
	if err != nil {
		return standard.Key{}, err
	}
	return standard.NewKey(private)
}

// JudgeArtefact verifies an artefact with what lies beside it; a refusal is part of the verdict.
func JudgeArtefact(ctx context.Context, a verdict.Artefact, trust *proof.Trust) operator.Verdict {
	found, err := verdict.VerifyLineage(ctx, a, trust)
	v := operator.Verdict{Kind: "artefact", ID: a.Name, NotChecked: found.NotChecked, OK: err == nil}
	for _, f := range found.Findings {
		v.Verdicts = append(v.Verdicts, operator.Finding(f))
	}
	if err != nil {
		v.Refused = err.Error()
	}
	return v
}

// BillOf is a graph as a bill of materials: what is only suspected is no material.
func BillOf(g graph.Graph) standard.Bill {
	byID := make(map[string]*standard.Component, len(g.Nodes))
	bill := standard.Bill{}
	components := make([]standard.Component, len(g.Nodes))
	for i, n := range g.Nodes {
		components[i] = standard.Component{Name: n.Name, Kind: n.Kind, Licence: n.Licence}
		components[i].Asset, _ = standard.ParseDigest(n.ID)
		components[i].Content, _ = standard.ParseDigest(n.Content)
		byID[n.ID] = &components[i]
	}
	for _, e := range g.Edges {
		child, parent := byID[e.Asset], byID[e.Parent]
		if child != nil && parent != nil && e.Evidence != graph.Suspected {
			child.Parents = append(child.Parents, standard.Link{Ref: parent.Ref(), Relation: e.Relation, Evidence: e.Evidence})
		}
	}
	for i, n := range g.Nodes {
		if n.ID == g.Root {
			bill.Subject = components[i]
		} else {
			bill.Components = append(bill.Components, components[i])
		}
	}
	return bill
}
