package circuit

import (
	"fmt"
	"slices"
)

func (k *checker) linear(l *Linear) error {
	if len(l.Terms) < 1 || len(l.Terms) > maxTerms {
		return fmt.Errorf("%d terms, there must be 1..%d", len(l.Terms), maxTerms)
	}
	for i := range l.Terms {
		if l.Output < 0 || l.Output >= len(k.Tensors) {
			return fmt.Errorf("there is no tensor %d", l.Output)
		}
		if err := k.term(&l.Terms[i], k.Tensors[l.Output].Axes); err != nil {
			return fmt.Errorf("term %d: %w", i, err)
		}
	}
	if l.Factor < 1 || l.Factor > maxFactor {
		return fmt.Errorf("factor %d is not in 1..2^29", l.Factor)
	}
	kind := Witness
	switch {
	case l.Table == NoTable && l.Factor != 1:
		return fmt.Errorf("factor %d without a table, it must be 1", l.Factor)
	case l.Table == NoTable:
		kind = Output
	case l.Table < 0 || l.Table >= len(k.Tables):
		return fmt.Errorf("there is no table %d", l.Table)
	default:
		k.tables[l.Table] = true
	}
	_, err := k.write(l.Output, kind, 0)
	return err
}

// term checks one summand of an output with the given axes.
func (k *checker) term(t *Term, out []int) error {
	if err := t.unused(); err != nil {
		return err
	}
	if t.Kind == Bias {
		return k.weight(t.Weight, out[0])
	}
	x, err := k.reading(t.Reading)
	if err != nil {
		return err
	}
	switch t.Kind { //nolint:exhaustive // the others slide windows
	case Dense:
		if len(out) != 1 || len(x) == maxAxes {
			return fmt.Errorf("a dense term reads up to three axes and makes one, not %v and %v", x, out)
		}
		return k.weight(t.Weight, append([]int{out[0]}, x...)...)
	case Scale:
		if !slices.Equal(x, out) {
			return fmt.Errorf("a scale term reads axes %v, the output has %v", x, out)
		}
		return nil
	}
	if len(x) != 3 || len(out) != 3 {
		return fmt.Errorf("windows need three axes, not %v and %v", x, out)
	}
	if t.Kind == Pool {
		if x[0] != out[0] {
			return fmt.Errorf("a pool reads %d channels and makes %d", x[0], out[0])
		}
		return windows(t.Window, t.Stride, t.Pad, x[1:], out[1:])
	}
	if t.Weight < 0 || t.Weight >= len(k.Tensors) || len(k.Tensors[t.Weight].Axes) != 4 {
		return fmt.Errorf("the weight of a conv term has four axes, tensor %d has not", t.Weight)
	}
	w := k.Tensors[t.Weight].Axes
	if err := windows([2]int{w[2], w[3]}, t.Stride, t.Pad, x[1:], out[1:]); err != nil {
		return err
	}
	return k.weight(t.Weight, out[0], x[0], w[2], w[3])
}

// unused refuses values in fields that the kind does not name, and factors of nothing.
func (t *Term) unused() error {
	if t.Kind > Pool {
		return fmt.Errorf("unknown kind %d", t.Kind)
	}
	none := [2]int{}
	weighs := t.Kind == Dense || t.Kind == Conv || t.Kind == Bias
	scales := t.Kind == Scale || t.Kind == Pool
	slides := t.Kind == Conv || t.Kind == Pool
	switch {
	case !weighs && t.Weight != 0, !scales && t.Factor != 0, t.Kind == Bias && len(t.Reading) != 0,
		!slides && (t.Stride != none || t.Pad != none), t.Kind != Pool && t.Window != none:
		return fmt.Errorf("a field is set that kind %d has not", t.Kind)
	case scales && (t.Factor == 0 || t.Factor > maxFactor || t.Factor < -maxFactor):
		return fmt.Errorf("factor %d is zero or beyond 2^29", t.Factor)
	}
	return nil
}

// windows checks both axes of a sliding window: it starts within the values and their padding.
func windows(window, stride, pad [2]int, in, out []int) error {
	for a := range 2 {
		w, s, t := window[a], stride[a], pad[a]
		switch {
		case w < 1 || w > maxWindow || s < 1 || s > maxWindow:
			return fmt.Errorf("window %d with stride %d, both must be 1..%d", w, s, maxWindow)
		case t < 0 || t >= w:
			return fmt.Errorf("padding %d of a window of %d", t, w)
		case (out[a]-1)*s-t >= in[a]:
			return fmt.Errorf("window %d of %d starts beyond the %d values", out[a]-1, out[a], in[a])
		}
	}
	return nil
}

func (k *checker) maxPool(m *MaxPool) error {
	x, err := k.reading(m.Reading)
	if err != nil {
		return err
	}
	out, err := k.write(m.Output, Witness, 3)
	if err != nil {
		return err
	}
	if len(x) != 3 || x[0] != out.Axes[0] {
		return fmt.Errorf("a maxpool reads axes %v and makes %v", x, out.Axes)
	}
	if err := windows(m.Window, m.Stride, [2]int{}, x[1:], out.Axes[1:]); err != nil {
		return err
	}
	if n := m.Window[0] * m.Window[1]; n > maxWindow {
		return fmt.Errorf("windows of %d values, at most %d are allowed", n, maxWindow)
	}
	for a := range 2 {
		if last := (out.Axes[1+a]-1)*m.Stride[a] + m.Window[a]; last > x[1+a] {
			return fmt.Errorf("windows reach to %d, there are %d values", last, x[1+a])
		}
	}
	return nil
}

func (k *checker) forest(f *Forest) error {
	trees, classes := len(f.Classes), len(f.Base)
	switch {
	case f.Depth < 1 || f.Depth > maxDepth:
		return fmt.Errorf("depth %d is not in 1..%d", f.Depth, maxDepth)
	case f.Bits < 1 || f.Bits > maxFeature:
		return fmt.Errorf("features of %d bits, they have 1..%d", f.Bits, maxFeature)
	case trees < 1 || trees > maxTrees || classes < 1 || classes > maxClasses:
		return fmt.Errorf("%d trees and %d classes, there must be 1..%d and 1..%d", trees, classes, maxTrees, maxClasses)
	case f.Input < 0 || f.Input >= len(k.Tensors) || k.Tensors[f.Input].Kind != Input || len(k.Tensors[f.Input].Axes) != 2:
		return fmt.Errorf("tensor %d is not an input of two axes", f.Input)
	case k.bits[f.Input] != 0 && k.bits[f.Input] != f.Bits:
		return fmt.Errorf("input %d has %d bits for another forest, %d here", f.Input, k.bits[f.Input], f.Bits)
	}
	for t, class := range f.Classes {
		if class < 0 || class >= classes {
			return fmt.Errorf("tree %d is of class %d of %d", t, class, classes)
		}
	}
	for i, b := range f.Base {
		if b < -maxFactor || b > maxFactor {
			return fmt.Errorf("class %d starts at %d, beyond 2^29", i, b)
		}
	}
	k.read[f.Input], k.bits[f.Input] = true, f.Bits
	for _, w := range []int{f.Feature, f.Threshold, f.Leaf} {
		if err := k.weight(w, trees, 1<<f.Depth); err != nil {
			return err
		}
	}
	out, err := k.write(f.Output, Output, 2)
	if err != nil {
		return err
	}
	if want := []int{k.Tensors[f.Input].Axes[0], classes}; !slices.Equal(out.Axes, want) {
		return fmt.Errorf("the output has axes %v, not %v", out.Axes, want)
	}
	return nil
}
