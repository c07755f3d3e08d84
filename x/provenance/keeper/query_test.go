package keeper_test

import (
	"bytes"
	"errors"
	"fmt"
	"testing"

	"github.com/cosmos/cosmos-sdk/types/query"

	"ayni.example/x/internal/ledgertest"
	"ayni.example/x/provenance"
	"ayni.example/x/provenance/keeper"
)

// TestQueries: what people see is what the ledger would pay, page by page.
func TestQueries(t *testing.T) {
	w := start(t)
	q := keeper.NewQueryServer(w.Provenance)
	original := model("base")
	original.Tensors, original.Sketch = []string{digest("t")[:32]}, sketchOf(1)
	base := w.register("ana", original, terms(1000))
	children := make([][]byte, 0, 5)
	for i := range 5 {
		children = append(children, w.register("bo", model(fmt.Sprint("child ", i), base), terms(500)))
	}
	w.serve(w.content(children[0]), 1000)

	income, err := q.Income(w.Ctx, &provenance.QueryIncomeRequest{Asset: children[0]})
	ledgertest.Must(t, err)
	if len(income.Accounts) != 1 || income.Accounts[0].Owed.Int64() != 100 || income.Rest.Int64() != 50 || !income.Received.IsZero() {
		t.Fatalf("income %+v", income)
	}
	if got := w.claim(children[0], base, children[0]); got != 150 {
		t.Fatalf("%d is paid", got)
	}
	sources, err := q.Sources(w.Ctx, &provenance.QuerySourcesRequest{Asset: base})
	if err != nil || len(sources.Accounts) != 1 || sources.Accounts[0].Total.Int64() != 100 {
		t.Fatalf("sources %+v, %v", sources, err)
	}
	vector, err := q.Vector(w.Ctx, &provenance.QueryVectorRequest{Asset: children[0]})
	if err != nil || vector.Serving != 150_000 {
		t.Fatalf("vector %+v, %v", vector, err)
	}
	parents, err := q.Parents(w.Ctx, &provenance.QueryParentsRequest{Asset: children[1]})
	if err != nil || len(parents.Edges) != 1 || !bytes.Equal(parents.Edges[0].Parent, base) {
		t.Fatalf("parents %+v, %v", parents, err)
	}
	first, err := q.Children(w.Ctx, &provenance.QueryChildrenRequest{Asset: base, Pagination: &query.PageRequest{Limit: 3}})
	ledgertest.Must(t, err)
	rest, err := q.Children(w.Ctx, &provenance.QueryChildrenRequest{Asset: base, Pagination: &query.PageRequest{Key: first.Pagination.NextKey}})
	if err != nil || len(first.Edges) != 3 || len(rest.Edges) != 2 {
		t.Fatalf("children %d and %d, %v", len(first.Edges), len(rest.Edges), err)
	}
	for owner, want := range map[string]int{"": 6, account("bo"): 5, account("nobody"): 0} {
		list, err := q.Assets(w.Ctx, &provenance.QueryAssetsRequest{Owner: owner})
		if err != nil || len(list.Assets) != want {
			t.Errorf("assets of %q: %d, %v", owner, len(list.Assets), err)
		}
	}
	tensors, err := q.Tensors(w.Ctx, &provenance.QueryTensorsRequest{Digests: append(original.TensorBytes(), make([]byte, 16))})
	if err != nil || len(tensors.Tensors) != 1 || !bytes.Equal(tensors.Tensors[0].Asset, base) {
		t.Fatalf("tensors %+v, %v", tensors, err)
	}
	if _, err := q.Tensors(w.Ctx, &provenance.QueryTensorsRequest{Digests: make([][]byte, 65)}); !errors.Is(err, provenance.ErrBound) {
		t.Errorf("too many tensors: %v", err)
	}
	sketch, err := q.Sketch(w.Ctx, &provenance.QuerySketchRequest{Asset: base})
	if err != nil || !bytes.Equal(sketch.Sketch, original.Sketch) {
		t.Errorf("sketch %x, %v", sketch.GetSketch(), err)
	}
	if _, err := q.Asset(w.Ctx, &provenance.QueryAssetRequest{Content: id(8)}); !errors.Is(err, provenance.ErrNotFound) {
		t.Errorf("an asset that is not there: %v", err)
	}
}
