package web_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"

	"ayni.example/provenance/graph"
	"ayni.example/web/operator"
)

const assetID = "0aa7"

func (f fixedOperator) Assets(context.Context) ([]operator.Asset, error) {
	return []operator.Asset{{ID: assetID, Name: "<script>alert(11)</script>", Kind: "model", Earned: "3", Parents: []operator.Edge{{Name: "verses", Relation: "train-data"}}}}, f.fail
}

func (fixedOperator) Asset(_ context.Context, word string) (operator.Asset, error) {
	if word != assetID && !strings.HasPrefix(word, "r-") {
		return operator.Asset{}, errors.New("nothing is registered for that <word>")
	}
	return operator.Asset{
		ID: assetID, Name: "poet", Kind: "model", Owner: "0x01", Serving: 300_000, Earned: "3", Received: "0.3",
		Terms:   operator.Terms{Commercial: true, Share: 1_000, Price: "0", Licence: "<b>MIT</b>"},
		Parents: []operator.Edge{{Asset: "0bb8", Name: "verses", Kind: "pool", Relation: "train-data", Evidence: "verified"}},
		Shares:  []operator.Share{{Asset: "0bb8", Name: "verses", Owner: "0x02", PPM: 200_000, Held: true}},
	}, nil
}

func (fixedOperator) Lineage(_ context.Context, id string, children bool) (graph.Graph, error) {
	g := graph.Graph{Root: id, Nodes: []graph.Node{{ID: id, Name: "poet<script>", Kind: "model"}, {ID: "0bb8", Name: "verses", Kind: "pool"}}}
	if children {
		g.Nodes = g.Nodes[:1]
	}
	g.Edges = []graph.Edge{{Asset: id, Parent: "0bb8", Relation: "train-data", Evidence: graph.Verified}}
	return g, nil
}

func (fixedOperator) Pools(context.Context) ([]operator.Pool, error) {
	return []operator.Pool{{ID: "0bb8", Name: "verses"}, {ID: "0cc9", Name: "others"}}, nil
}

func (f fixedOperator) PoolStats(ctx context.Context, id string) (operator.PoolStats, error) {
	w, err := f.Wallet(ctx)
	if id != "0bb8" {
		return operator.PoolStats{Pool: operator.Pool{ID: id, Name: "others"}}, err
	}
	return operator.PoolStats{
		Pool:         operator.Pool{ID: id, Name: "verses", Points: "30"},
		Contributors: []operator.Contributor{{Address: w.Address, Points: "10", Paid: "0.05", Owed: "0.01"}},
		Contributions: []operator.Contribution{
			{ID: "0dd1", Owner: w.Address, State: "accepted", Points: 10, Bytes: 900},
			{ID: "0dd2", Owner: w.Address, State: "refused", Reason: "duplicate", Detail: "<i>a copy</i>"},
			{ID: "0dd3", Owner: "0x09", State: "waits"},
		},
	}, err
}

func TestProvenance(t *testing.T) {
	h := console(t, fixedOperator{})
	body := get(h, "/console/provenance?asset="+assetID, "en").Body.String()
	for _, want := range []string{"poet", "30 %", "20 %", "verified", "held", "<svg", "stroke-width=\"3\"", "verses", "10 / 30", "0.05", "duplicate", "&lt;i&gt;a copy", "&lt;b&gt;MIT", "10 %"} {
		if !strings.Contains(body, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	for _, no := range []string{"<script>alert", "poet<script>", "0dd3", "others</a>"} {
		if strings.Contains(body, no) {
			t.Errorf("the page has %q", no)
		}
	}
	if w := get(h, "/console/provenance?asset=unknown", "en"); w.Code != http.StatusUnprocessableEntity || !strings.Contains(w.Body.String(), "&lt;word&gt;") {
		t.Error("the page does not say what was not found")
	}
	if w := get(h, "/console/provenance", "es"); !strings.Contains(w.Body.String(), "Procedencia") || strings.Contains(w.Body.String(), "provenance.") {
		t.Error("the page is not in Spanish")
	}
}
