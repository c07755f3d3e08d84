package machine

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"ayni.example/client"
	"ayni.example/client/proof"
	"ayni.example/internal/home"
	"ayni.example/provenance/graph"
	"ayni.example/provenance/standard"
	"ayni.example/web/operator"
	"ayni.example/x/provenance"
)

// Asset implements operator.Tracing.
func (m *Machine) Asset(ctx context.Context, word string) (operator.Asset, error) {
	a, err := m.findAsset(ctx, word)
	if err != nil {
		return operator.Asset{}, err
	}
	return m.assetView(ctx, a)
}

// Assets implements operator.Tracing.
func (m *Machine) Assets(ctx context.Context) ([]operator.Asset, error) {
	list, err := m.ledger.Assets(ctx, m.address)
	out := make([]operator.Asset, 0, len(list))
	for _, a := range list {
		shown, err := m.assetView(ctx, a)
		if err != nil {
			return out, err
		}
		out = append(out, shown)
	}
	return out, err
}

func (m *Machine) assetView(ctx context.Context, a provenance.Asset) (operator.Asset, error) {
	var err error
	shown := operator.Asset{
		ID: hex.EncodeToString(a.ID), Name: a.Name, Kind: a.Kind, Content: hex.EncodeToString(a.Content), Owner: a.Owner, Terms: termsOf(a.Terms),
		Height: a.Height, Time: time.Unix(a.Time, 0).UTC(), Banned: a.Banned, Restricted: a.Restricted, Order: hex.EncodeToString(a.Order),
	}
	if shown.Parents, err = m.parentsOf(ctx, a.ID); err != nil {
		return operator.Asset{}, err
	}
	if shown.Shares, shown.Serving, err = m.sharesOf(ctx, a.ID); err != nil {
		return operator.Asset{}, err
	}
	income, err := m.ledger.Income(ctx, a.ID)
	if err != nil {
		return operator.Asset{}, err
	}
	shown.Earned, shown.Received = home.FormatCredits(income.Income.Earned), home.FormatCredits(income.Received)
	return shown, nil
}

// findAsset is the asset that a word means: an id, a content, a receipt, or a model of this machine.
func (m *Machine) findAsset(ctx context.Context, word string) (provenance.Asset, error) {
	content := strings.TrimPrefix(word, "sha256:")
	if !m.LedgerOnly() {
		if record, err := m.record(ctx, word); err == nil {
			content = record.File.Receipt.ModelDigest
		}
	}
	digest, err := hex.DecodeString(content)
	if err != nil || len(digest) != provenance.IDSize {
		if digest, err = m.modelContent(ctx, word); err != nil {
			return provenance.Asset{}, err
		}
	}
	a, err := m.ledger.Asset(ctx, digest)
	if errors.Is(err, client.ErrNotFound) {
		a, err = m.ledger.AssetByContent(ctx, digest)
	}
	if errors.Is(err, client.ErrNotFound) {
		return a, advice(fmt.Errorf("nothing is registered for %s: %w", word, err), "an asset is registered by the transaction that first uses it, such as `ayni offer`; `ayni provenance import` tells what its files say")
	}
	return a, err
}

// modelContent is the digest of a model by its name here.
func (m *Machine) modelContent(ctx context.Context, name string) ([]byte, error) {
	unknown := advice(fmt.Errorf("%q is no id of an asset, content or receipt, and no model here", name), "`ayni model list` and `ayni receipts list` show what there is")
	if m.LedgerOnly() {
		return nil, unknown
	}
	models, err := m.Models(ctx)
	if err != nil {
		return nil, err
	}
	for _, each := range models {
		if digest, err := hex.DecodeString(strings.TrimPrefix(each.Digest, "sha256:")); err == nil && called(each.Name, name) && len(digest) == provenance.IDSize {
			return digest, nil
		}
	}
	return nil, unknown
}

func termsOf(t provenance.Terms) operator.Terms {
	return operator.Terms{
		Commercial: t.Commercial, Derivatives: t.Derivatives, Reciprocal: t.Reciprocal, Share: t.Share,
		Ceiling: home.FormatCredits(t.Ceiling), Price: home.FormatCredits(t.Price), Licence: t.Licence,
	}
}

// edgesOf is what an asset was made from, as graphs have it: what is suspected too.
func (m *Machine) edgesOf(ctx context.Context, asset []byte) ([]graph.Edge, error) {
	edges, suspicions, err := m.ledger.Parents(ctx, asset)
	if err != nil {
		return nil, err
	}
	list := make([]graph.Edge, 0, len(edges)+len(suspicions))
	for _, e := range edges {
		list = append(list, graph.Edge{Asset: hex.EncodeToString(e.Asset), Parent: hex.EncodeToString(e.Parent), Relation: e.Relation, Evidence: e.Evidence.Word()})
	}
	for _, s := range suspicions {
		if s.State == provenance.SuspectedStands {
			list = append(list, graph.Edge{Asset: hex.EncodeToString(s.Asset), Parent: hex.EncodeToString(s.Parent), Relation: string(provenance.Found), Evidence: graph.Suspected})
		}
	}
	return list, nil
}

func (m *Machine) parentsOf(ctx context.Context, asset []byte) ([]operator.Edge, error) {
	edges, err := m.edgesOf(ctx, asset)
	if err != nil {
		return nil, err
	}
	list := make([]operator.Edge, 0, len(edges))
	for _, e := range edges {
		parent, err := m.assetNamed(ctx, e.Parent)
		if err != nil {
			return nil, err
		}
		list = append(list, operator.Edge{
			Asset: e.Parent, Name: parent.Name, Kind: parent.Kind, Content: hex.EncodeToString(parent.Content), Relation: e.Relation, Evidence: e.Evidence,
		})
	}
	return list, nil
}

func (m *Machine) assetNamed(ctx context.Context, id string) (provenance.Asset, error) {
	raw, err := hex.DecodeString(id)
	if err != nil {
		return provenance.Asset{}, err
	}
	return m.ledger.Asset(ctx, raw)
}

func (m *Machine) sharesOf(ctx context.Context, asset []byte) ([]operator.Share, uint32, error) {
	vector, serving, err := m.ledger.Vector(ctx, asset)
	if err != nil {
		return nil, 0, err
	}
	list := make([]operator.Share, 0, len(vector.Shares))
	for _, s := range vector.Shares {
		payee, err := m.ledger.Asset(ctx, s.Asset)
		if err != nil {
			return nil, 0, err
		}
		list = append(list, operator.Share{Asset: hex.EncodeToString(s.Asset), Name: payee.Name, Owner: payee.Owner, PPM: s.PPM, Held: s.Held})
	}
	return list, serving, nil
}

// Lineage implements operator.Tracing. It goes on from the asset, nearest first, until the bounds of a graph are reached.
func (m *Machine) Lineage(ctx context.Context, asset string, children bool) (graph.Graph, error) {
	root, err := m.findAsset(ctx, asset)
	if err != nil {
		return graph.Graph{}, err
	}
	g := graph.Graph{Root: hex.EncodeToString(root.ID)}
	seen := map[string]bool{g.Root: true}
	for queue := []string{g.Root}; len(queue) > 0; queue = queue[1:] {
		node, err := m.assetNamed(ctx, queue[0])
		if err != nil {
			return graph.Graph{}, err
		}
		g.Nodes = append(g.Nodes, graph.Node{
			ID: queue[0], Name: node.Name, Kind: node.Kind, Content: hex.EncodeToString(node.Content), Owner: node.Owner,
			Licence: node.Terms.Licence, Height: node.Height, Banned: node.Banned,
		})
		edges, err := m.next(ctx, node.ID, children)
		if err != nil {
			return graph.Graph{}, err
		}
		for _, e := range edges {
			far := e.Parent
			if children {
				far = e.Asset
			}
			if len(g.Edges) == graph.MaxEdges || !seen[far] && len(seen) == graph.MaxNodes {
				g.Cut = true
				continue
			}
			g.Edges = append(g.Edges, e)
			if !seen[far] {
				seen[far] = true
				queue = append(queue, far)
			}
		}
	}
	g.Sort()
	return g, nil
}

// next are the edges of an asset in the direction that is asked for.
func (m *Machine) next(ctx context.Context, asset []byte, children bool) ([]graph.Edge, error) {
	if !children {
		return m.edgesOf(ctx, asset)
	}
	edges, err := m.ledger.Children(ctx, asset)
	list := make([]graph.Edge, 0, len(edges))
	for _, e := range edges {
		list = append(list, graph.Edge{Asset: hex.EncodeToString(e.Asset), Parent: hex.EncodeToString(e.Parent), Relation: e.Relation, Evidence: e.Evidence.Word()})
	}
	return list, err
}

// ProveAsset implements operator.Tracing.
func (m *Machine) ProveAsset(ctx context.Context, asset string) (json.RawMessage, error) {
	a, err := m.findAsset(ctx, asset)
	if err != nil {
		return nil, err
	}
	keys := []proof.Key{{Store: provenance.StoreKey, Key: provenance.AssetKey(a.ID)}}
	edges, _, err := m.ledger.Parents(ctx, a.ID)
	if err != nil {
		return nil, err
	}
	for _, e := range edges {
		keys = append(keys, proof.Key{Store: provenance.StoreKey, Key: provenance.EdgeKey(e.Asset, e.Parent)})
	}
	height := a.Height              // from which on it is all there: nobody waits for another block
	accounts := []string{m.address} // it may have signed what another now owns
	if a.Owner != "" && a.Owner != m.address {
		accounts = append(accounts, a.Owner)
	}
	for _, account := range accounts {
		bound, err := m.ledger.SignatureKeys(ctx, account)
		if err != nil {
			return nil, err
		}
		for _, k := range bound {
			if height = max(height, k.Height); len(keys) < proof.MaxEntries {
				keys = append(keys, proof.Key{Store: provenance.StoreKey, Key: provenance.KeyKey(k.PublicKey)})
			}
		}
	}
	bundle, err := m.collector.Collect(ctx, height, keys...)
	if err != nil {
		return nil, fmt.Errorf("prove asset %x: %w", a.ID, err)
	}
	return bundle.Encode()
}

// SigningKeys implements operator.Tracing.
func (m *Machine) SigningKeys(ctx context.Context, account string) ([]operator.SigningKey, error) {
	if account == "" {
		account = m.address
	}
	bound, err := m.ledger.SignatureKeys(ctx, account)
	list := make([]operator.SigningKey, 0, len(bound))
	for _, k := range bound {
		key, err := standard.ParsePoint(k.PublicKey)
		if err != nil {
			return nil, err
		}
		list = append(list, operator.SigningKey{Key: string(key.PEM()), Hint: key.Hint(), Account: k.Account, Height: k.Height, Time: time.Unix(k.Time, 0).UTC()})
	}
	return list, err
}
