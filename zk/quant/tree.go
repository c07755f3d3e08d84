package quant

import (
	"math"
	"slices"

	"ayni.example/zkml/onnx"
)

// single is a tree of which the leaves of one class count.
type single struct {
	onnx.Tree
	class int
}

// split gives each tree once for every class that its leaves count for.
func split(f *onnx.Forest) ([]single, []int) {
	var trees []single
	var classes []int
	for _, t := range f.Trees {
		used := make([]bool, len(f.Base))
		for i := range t {
			for k := range t[i].Weights {
				used[k] = true
			}
		}
		for k, u := range used {
			if u {
				trees, classes = append(trees, single{t, k}), append(classes, k)
			}
		}
	}
	return trees, classes
}

// height is the greatest number of branches between a node and a leaf below it.
func height(t onnx.Tree) int {
	below := make([]int, len(t))
	for i := len(t) - 1; i >= 0; i-- { // branches lead to later nodes
		if n := &t[i]; n.Mode != "LEAF" {
			below[i] = 1 + max(below[n.Yes], below[n.No])
		}
	}
	return below[0]
}

// leafUnit is the real worth of one unit of a leaf.
func leafUnit(f *onnx.Forest, trees []single) float64 {
	total := make([]float64, len(f.Base))
	for k, b := range f.Base {
		total[k] = math.Abs(b)
		if f.Average {
			total[k] *= float64(len(f.Trees))
		}
	}
	for _, t := range trees {
		top := 0.0
		for i := range t.Tree {
			top = max(top, math.Abs(t.Tree[i].Weights[t.class]))
		}
		total[t.class] += top
	}
	if slices.Max(total) == 0 {
		return 1
	}
	return slices.Max(total) / leafSum
}

// perfect fills one tree's part of the weight tensors.
type perfect struct {
	tree               single
	enc                *Encoding
	bits               int
	unit               float64
	feature, threshold []int32
	leaf               []int32
}

// fill puts the subtree at node i to the heap position at. A leaf above the last level fills all below it.
func (p *perfect) fill(i, at int) {
	n := &p.tree.Tree[i]
	if at >= len(p.leaf) {
		p.leaf[at-len(p.leaf)] = int32(math.Round(n.Weights[p.tree.class] / p.unit))
		return
	}
	if n.Mode == "LEAF" {
		p.threshold[at] = 1 << p.bits // never reached, so the way is to the left; both sides are the same
		p.fill(i, 2*at)
		p.fill(i, 2*at+1)
		return
	}
	left, right := n.Yes, n.No
	if n.Mode == "BRANCH_GTE" || n.Mode == "BRANCH_GT" {
		left, right = right, left
	}
	p.feature[at] = int32(n.Feature)
	p.threshold[at] = threshold(n, p.enc.Scale[n.Feature], p.enc.Zero[n.Feature], p.bits)
	p.fill(left, 2*at)
	p.fill(right, 2*at+1)
}
