package graph

import (
	"cmp"
	"slices"
)

// Bounds of a graph.
const (
	MaxNodes = 1024
	MaxEdges = 8192
)

// Evidence of an edge.
const (
	Claimed   = "claimed"
	Observed  = "observed"
	Verified  = "verified"
	Suspected = "suspected"
)

// Graph is an asset with what it was made from, or what was made from it.
type Graph struct {
	Root  string `json:"root"` // id of the asset that was asked for
	Nodes []Node `json:"nodes"`
	Edges []Edge `json:"edges"`
	// Cut tells that more was there than was read.
	Cut bool `json:"cut,omitempty"`
}

// Node is an asset.
type Node struct {
	ID      string `json:"id"`
	Name    string `json:"name"`
	Kind    string `json:"kind"`
	Content string `json:"content,omitempty"`
	Owner   string `json:"owner,omitempty"` // "": nobody
	Licence string `json:"licence,omitempty"`
	Height  int64  `json:"height,omitempty"` // "0": not on the ledger
	Banned  bool   `json:"banned,omitempty"`
}

// Edge says that an asset was made from a parent.
type Edge struct {
	Asset    string `json:"asset"`
	Parent   string `json:"parent"`
	Relation string `json:"relation"`
	Evidence string `json:"evidence"`
}

// Node finds one by its id.
func (g Graph) Node(id string) (Node, bool) {
	i := slices.IndexFunc(g.Nodes, func(n Node) bool { return n.ID == id })
	if i < 0 {
		return Node{ID: id}, false
	}
	return g.Nodes[i], true
}

// Sort gives a graph one order, so that it looks the same each time.
func (g *Graph) Sort() {
	slices.SortFunc(g.Nodes, func(a, b Node) int { return cmp.Compare(a.ID, b.ID) })
	slices.SortFunc(g.Edges, func(a, b Edge) int {
		return cmp.Or(cmp.Compare(a.Asset, b.Asset), cmp.Compare(rank(a.Evidence), rank(b.Evidence)), cmp.Compare(a.Relation, b.Relation), cmp.Compare(a.Parent, b.Parent))
	})
}

// rank orders evidence from the best.
func rank(evidence string) int {
	return slices.Index([]string{Verified, Observed, Claimed, Suspected}, evidence)
}

// out are the edges by the node that they are drawn below: a child above its parents, or with down a parent above its children.
func (g Graph) out(down bool) map[string][]Edge {
	by := make(map[string][]Edge)
	for _, e := range g.Edges {
		at := e.Asset
		if down {
			at = e.Parent
		}
		by[at] = append(by[at], e)
	}
	return by
}

// down tells that the root has children here and no parents: that is what was asked for.
func (g Graph) down() bool {
	has := func(at func(Edge) string) bool {
		return slices.ContainsFunc(g.Edges, func(e Edge) bool { return at(e) == g.Root })
	}
	return !has(func(e Edge) string { return e.Asset }) && has(func(e Edge) string { return e.Parent })
}

// far is the other end of an edge.
func (e Edge) far(down bool) string {
	if down {
		return e.Asset
	}
	return e.Parent
}
