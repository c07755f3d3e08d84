package quant

import (
	"fmt"
	"math"
	"slices"

	"ayni.example/zkml/onnx"
)

// onGrid is how far from a whole number, in steps, a value may lie because of float32's rounding.
const onGrid = 1.0 / 64

// exactBits is up to where a feature's own grid is taken: every comparison is then that of the float model. A larger grid, or
// none, gives way to the fewest bits that keep all comparisons of the calibration rows, and spareBits more.
const (
	exactBits = 12
	spareBits = 2
)

// feature is what is known of one: its values in calibration and the branches that read it.
type feature struct {
	values    []float64
	branches  []*onnx.TreeNode
	low, high float64
}

// threshold is the least integer that goes right: where x > t of BRANCH_LEQ and BRANCH_GT, and x >= t of the others.
func threshold(n *onnx.TreeNode, scale, zero float64, bits int) int32 {
	at := (n.Threshold - zero) / scale
	if near := math.Round(at); math.Abs(at-near) < onGrid {
		at = near
	}
	least := math.Ceil(at)
	if strict(n) {
		least = math.Floor(at) + 1
	}
	return int32(min(max(least, 0), float64(int(1)<<bits)))
}

// strict tells whether a value that equals the threshold goes left.
func strict(n *onnx.TreeNode) bool { return n.Mode == "BRANCH_LEQ" || n.Mode == "BRANCH_GT" }

// features chooses the encoding of each feature, over what calibration and thresholds span; it gives the bits of the widest
// and the number of those that are rounded.
func features(trees []single, rows [][]float64) (e *Encoding, bits, rounded int, err error) {
	list, err := collect(trees, rows)
	if err != nil {
		return nil, 0, 0, err
	}
	e, bits = &Encoding{}, 1
	for i := range list {
		f := &list[i]
		scale, zero, b, exact := f.grid()
		if !exact || b > exactBits {
			if s, z, fewer := f.round(); !exact || fewer < b {
				scale, zero, b = s, z, fewer
				rounded++
			}
		}
		e.Scale, e.Zero = append(e.Scale, scale), append(e.Zero, zero)
		bits = max(bits, b)
	}
	e.High = int32(1)<<bits - 1
	return e, bits, rounded, nil
}

func collect(trees []single, rows [][]float64) ([]feature, error) {
	list := make([]feature, len(rows[0]))
	for i, row := range rows {
		if len(row) != len(list) {
			return nil, fmt.Errorf("calibration row %d has %d numbers in place of %d", i, len(row), len(list))
		}
		for k, x := range row {
			if math.IsNaN(x) || math.IsInf(x, 0) {
				return nil, fmt.Errorf("calibration row %d: element %d is no number", i, k)
			}
			list[k].values = append(list[k].values, x)
		}
	}
	for _, t := range trees {
		for i := range t.Tree {
			if n := &t.Tree[i]; n.Mode != "LEAF" {
				list[n.Feature].branches = append(list[n.Feature].branches, n)
			}
		}
	}
	for k := range list {
		f := &list[k]
		f.low, f.high = slices.Min(f.values), slices.Max(f.values)
		for _, n := range f.branches {
			f.low, f.high = min(f.low, n.Threshold), max(f.high, n.Threshold)
		}
	}
	return list, nil
}

// grid finds the coarsest decimal step on which all calibration values lie, and the bits that it takes.
func (f *feature) grid() (scale, zero float64, bits int, found bool) {
	for _, step := range []float64{1, 0.5, 0.1, 0.05, 0.01, 0.005, 0.001, 0.0001} {
		zero = math.Floor(f.low/step) * step
		steps := math.Ceil((f.high - zero) / step)
		if steps >= 1<<featureBits {
			break
		}
		off := slices.ContainsFunc(f.values, func(v float64) bool {
			at := (v - zero) / step
			return math.Abs(at-math.Round(at)) > onGrid
		})
		if !off {
			for bits = 1; steps >= float64(int(1)<<bits); bits++ {
			}
			return step, zero, bits, true
		}
	}
	return 0, 0, 0, false
}

// round finds the fewest bits that keep the comparisons of calibration, and adds some to spare.
func (f *feature) round() (scale, zero float64, bits int) {
	zero = f.low
	for bits = 4; ; bits++ {
		scale = (f.high - f.low) / float64(int(1)<<bits-1)
		if scale <= 0 {
			scale = 1
		}
		if bits == featureBits || f.kept(scale, zero, bits) {
			break
		}
	}
	more := min(bits+spareBits, featureBits)
	return scale * float64(int(1)<<bits-1) / float64(int(1)<<more-1), zero, more
}

// kept tells whether each value compares to each threshold as before.
func (f *feature) kept(scale, zero float64, bits int) bool {
	for _, n := range f.branches {
		t := threshold(n, scale, zero, bits)
		for _, v := range f.values {
			right := v >= n.Threshold
			if strict(n) {
				right = v > n.Threshold
			}
			if right != (int32(math.Round((v-zero)/scale)) >= t) {
				return false
			}
		}
	}
	return true
}
