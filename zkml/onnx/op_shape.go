package onnx

import (
	"fmt"
	"slices"
)

// axisOf brings an axis, negative ones from the end, into 0..rank-1.
func axisOf(axis int64, rank int) (int, error) {
	if axis < 0 {
		axis += int64(rank)
	}
	if axis < 0 || axis >= int64(rank) {
		return 0, fmt.Errorf("axis %d is outside of %d dimensions", axis, rank)
	}
	return int(axis), nil
}

// list is an integer list: an attribute in older operator sets, input 1 in newer ones. There is none when both are missing.
func (c *call) list(name string) ([]int64, bool, error) {
	if c.Has(name) {
		return c.Ints(name), true, nil
	}
	t := c.option(1)
	if t == nil {
		return nil, false, nil
	}
	if t.Type != Int64 {
		return nil, false, fmt.Errorf("input 1 is %s in place of int64", t.Type)
	}
	return t.Ints, true, nil
}

// opReshape: 0 copies a dimension, -1 is inferred.
func opReshape(c *call) ([]*Tensor, error) {
	x, err := c.arg(0)
	if err != nil {
		return nil, err
	}
	wanted, ok, err := c.list("shape")
	if err != nil || !ok {
		return nil, fmt.Errorf("the new shape is missing: %w", err)
	}
	shape, err := reshape(x.Shape, wanted, c.Int("allowzero", 0) != 0)
	if err != nil {
		return nil, err
	}
	return []*Tensor{x.reshaped(shape)}, nil
}

func reshape(from []int, wanted []int64, allowZero bool) ([]int, error) {
	mismatch := fmt.Errorf("shape %v does not become %v", from, wanted)
	if len(wanted) > maxDimensions {
		return nil, mismatch
	}
	shape, infer, known := make([]int, len(wanted)), -1, 1
	for i, d := range wanted {
		switch {
		case d == 0 && !allowZero:
			if i >= len(from) {
				return nil, mismatch
			}
			shape[i] = from[i]
		case d == -1 && infer < 0:
			infer = i
			continue
		case d < 0 || d > maxElements:
			return nil, mismatch
		default:
			shape[i] = int(d)
		}
		if known *= shape[i]; known > maxElements {
			return nil, mismatch
		}
	}
	total := Elements(from)
	if infer >= 0 {
		if known == 0 || total%known != 0 {
			return nil, mismatch
		}
		shape[infer] = total / known
		known *= shape[infer]
	}
	if known != total {
		return nil, mismatch
	}
	return shape, nil
}

// opFlatten makes a matrix: dimensions before an axis, and the others.
func opFlatten(c *call) ([]*Tensor, error) {
	x, err := c.arg(0)
	if err != nil {
		return nil, err
	}
	axis := c.Int("axis", 1)
	if axis < 0 {
		axis += int64(len(x.Shape))
	}
	if axis < 0 || axis > int64(len(x.Shape)) {
		return nil, fmt.Errorf("axis %d is outside of %d dimensions", axis, len(x.Shape))
	}
	return []*Tensor{x.reshaped([]int{Elements(x.Shape[:axis]), Elements(x.Shape[axis:])})}, nil
}

func opSqueeze(c *call) ([]*Tensor, error) {
	x, err := c.arg(0)
	if err != nil {
		return nil, err
	}
	axes, given, err := c.list("axes")
	if err != nil {
		return nil, err
	}
	drop := make([]bool, len(x.Shape))
	for i, d := range x.Shape {
		drop[i] = !given && d == 1
	}
	for _, a := range axes {
		axis, err := axisOf(a, len(x.Shape))
		if err != nil {
			return nil, err
		}
		if x.Shape[axis] != 1 {
			return nil, fmt.Errorf("dimension %d of %v is not one", axis, x.Shape)
		}
		drop[axis] = true
	}
	shape := []int{}
	for i, d := range x.Shape {
		if !drop[i] {
			shape = append(shape, d)
		}
	}
	return []*Tensor{x.reshaped(shape)}, nil
}

func opUnsqueeze(c *call) ([]*Tensor, error) {
	x, err := c.arg(0)
	if err != nil {
		return nil, err
	}
	axes, _, err := c.list("axes")
	if err != nil {
		return nil, err
	}
	if len(x.Shape)+len(axes) > maxDimensions {
		return nil, fmt.Errorf("more than %d dimensions", maxDimensions)
	}
	shape := make([]int, len(x.Shape)+len(axes))
	for _, a := range axes {
		axis, err := axisOf(a, len(shape))
		if err != nil {
			return nil, err
		}
		if shape[axis] == 1 {
			return nil, fmt.Errorf("axis %d stands twice", axis)
		}
		shape[axis] = 1
	}
	next := 0
	for i := range shape {
		if shape[i] == 0 {
			shape[i] = x.Shape[next]
			next++
		}
	}
	return []*Tensor{x.reshaped(shape)}, nil
}

// opTranspose permutes dimensions, by default to the reverse order.
func opTranspose(c *call) ([]*Tensor, error) {
	x, err := c.arg(0)
	if err != nil {
		return nil, err
	}
	perm := make([]int, len(x.Shape))
	for i := range perm {
		perm[i] = len(perm) - 1 - i
	}
	if c.Has("perm") {
		list := c.Ints("perm")
		if len(list) != len(perm) {
			return nil, fmt.Errorf("permutation %v does not fit shape %v", list, x.Shape)
		}
		seen := make([]bool, len(perm))
		for i, a := range list {
			axis, err := axisOf(a, len(perm))
			if err != nil || seen[axis] {
				return nil, fmt.Errorf("%v is no permutation of %d dimensions", list, len(perm))
			}
			perm[i], seen[axis] = axis, true
		}
	}
	if _, err := c.make(x.Type, 1, x.Shape...); err != nil {
		return nil, err
	}
	return []*Tensor{transpose(x, perm)}, nil
}

// transpose gives the tensor whose dimension i is x's dimension perm[i].
func transpose(x *Tensor, perm []int) *Tensor {
	steps, shape, own := make([]int, len(perm)), make([]int, len(perm)), strides(x.Shape)
	for i, p := range perm {
		shape[i], steps[i] = x.Shape[p], own[p]
	}
	return x.gather(shape, func(i int) int {
		at := 0
		for k, d := range slices.Backward(shape) {
			at += i % d * steps[k]
			i /= d
		}
		return at
	})
}

// opConcat joins tensors along an axis.
func opConcat(c *call) ([]*Tensor, error) {
	first, err := c.arg(0)
	if err != nil {
		return nil, err
	}
	axis, err := axisOf(c.Int("axis", 1), len(first.Shape))
	if err != nil {
		return nil, err
	}
	shape := slices.Clone(first.Shape)
	shape[axis] = 0
	for i := range c.in {
		x, err := c.arg(i)
		if err != nil {
			return nil, err
		}
		same := x.Type == first.Type && len(x.Shape) == len(shape)
		for k := range shape {
			same = same && (k == axis || x.Shape[k] == shape[k])
		}
		if !same {
			return nil, fmt.Errorf("%s %v does not join %s %v along dimension %d", x.Type, x.Shape, first.Type, first.Shape, axis)
		}
		shape[axis] += x.Shape[axis]
	}
	out, err := c.make(first.Type, 1, shape...)
	if err != nil {
		return nil, err
	}
	at, row := 0, Elements(shape[axis:])
	for _, x := range c.in {
		n := Elements(x.Shape[axis:])
		for i := range Elements(shape[:axis]) {
			if x.Type.Real() {
				copy(out.Floats[i*row+at:], x.Floats[i*n:(i+1)*n])
			} else {
				copy(out.Ints[i*row+at:], x.Ints[i*n:(i+1)*n])
			}
		}
		at += n
	}
	return []*Tensor{out}, nil
}

// opDropout passes its input on, as at inference; the optional mask is all true.
func opDropout(c *call) ([]*Tensor, error) {
	x, err := c.arg(0)
	if err != nil {
		return nil, err
	}
	if t := c.option(2); t != nil && t.Len() == 1 && !t.Type.Real() && t.Ints[0] != 0 {
		return nil, unsupported("dropout in training mode")
	}
	if len(c.Outputs) < 2 {
		return []*Tensor{x}, nil
	}
	mask, err := c.make(Bool, 1, x.Shape...)
	if err != nil {
		return nil, err
	}
	for i := range mask.Ints {
		mask.Ints[i] = 1
	}
	return []*Tensor{x, mask}, nil
}
