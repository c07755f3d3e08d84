package quant

import (
	"fmt"
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
	p.threshold[at] = p.enc.threshold(n, p.bits)
	p.fill(left, 2*at)
	p.fill(right, 2*at+1)
}

// threshold is the least integer that goes right: where x > t of BRANCH_LEQ and BRANCH_GT, and x >= t of the others.
func (e *Encoding) threshold(n *onnx.TreeNode, bits int) int32 {
	at := (n.Threshold - e.Zero[n.Feature]) / e.Scale[n.Feature]
	if near := math.Round(at); math.Abs(at-near) < onGrid {
		at = near
	}
	least := math.Ceil(at)
	if n.Mode == "BRANCH_LEQ" || n.Mode == "BRANCH_GT" {
		least = math.Floor(at) + 1
	}
	return int32(min(max(least, 0), float64(int(1)<<bits)))
}

// onGrid is how far from a whole number, in steps, a value may lie because of float32's rounding.
const onGrid = 1.0 / 64

// features chooses the encoding of each feature, over what calibration and thresholds span.
func features(trees []single, rows [][]float64) (*Encoding, int, error) {
	width := len(rows[0])
	low, high := slices.Clone(rows[0]), slices.Clone(rows[0])
	for i, row := range rows {
		if len(row) != width {
			return nil, 0, fmt.Errorf("calibration row %d has %d numbers in place of %d", i, len(row), width)
		}
		for k, x := range row {
			low[k], high[k] = min(low[k], x), max(high[k], x)
		}
	}
	for _, t := range trees {
		for _, n := range t.Tree {
			if n.Mode != "LEAF" {
				low[n.Feature], high[n.Feature] = min(low[n.Feature], n.Threshold), max(high[n.Feature], n.Threshold)
			}
		}
	}
	e := &Encoding{}
	bits := 1
	for k := range width {
		scale, zero := grid(rows, k, low[k], high[k])
		e.Scale, e.Zero = append(e.Scale, scale), append(e.Zero, zero)
		for (high[k]-zero)/scale > float64(int(1)<<bits-1) && bits < featureBits {
			bits++
		}
	}
	e.High = int32(1)<<bits - 1
	return e, bits, nil
}

// grid finds the coarsest decimal step on which all calibration values of a feature lie; without one, 16 bits.
func grid(rows [][]float64, k int, low, high float64) (scale, zero float64) {
	for _, step := range []float64{1, 0.5, 0.1, 0.05, 0.01, 0.005, 0.001, 0.0001} {
		zero = math.Floor(low/step) * step
		if (high-zero)/step >= 1<<featureBits-1 {
			break
		}
		fits := !slices.ContainsFunc(rows, func(row []float64) bool {
			at := (row[k] - zero) / step
			return math.Abs(at-math.Round(at)) > onGrid
		})
		if fits {
			return step, zero
		}
	}
	if high <= low {
		return 1, low
	}
	return (high - low) / (1<<featureBits - 1), low
}
