package onnx

import (
	"fmt"
	"math"
	"slices"
)

// opShape gives the shape of its input, or a part of it, as exporters calculate with.
func opShape(c *call) ([]*Tensor, error) {
	x, err := c.arg(0)
	if err != nil {
		return nil, err
	}
	rank := int64(len(x.Shape))
	from, to := c.Int("start", 0), c.Int("end", rank)
	for _, at := range []*int64{&from, &to} {
		if *at < 0 {
			*at += rank
		}
		*at = min(max(*at, 0), rank)
	}
	out := &Tensor{Type: Int64, Shape: []int{int(max(to-from, 0))}}
	for i := from; i < to; i++ {
		out.Ints = append(out.Ints, int64(x.Shape[i]))
	}
	return []*Tensor{out}, nil
}

// opGather takes slices along an axis, by number.
func opGather(c *call) ([]*Tensor, error) {
	x, err := c.arg(0)
	if err != nil {
		return nil, err
	}
	index, err := c.arg(1)
	if err != nil {
		return nil, err
	}
	axis, err := axisOf(c.Int("axis", 0), len(x.Shape))
	if err != nil {
		return nil, err
	}
	if index.Type.Real() {
		return nil, unsupported("indices of " + index.Type.String())
	}
	size, inner := x.Shape[axis], Elements(x.Shape[axis+1:])
	picked := make([]int, len(index.Ints))
	for i, v := range index.Ints {
		if v < 0 {
			v += int64(size)
		}
		if v < 0 || v >= int64(size) {
			return nil, fmt.Errorf("index %d is outside of %d", index.Ints[i], size)
		}
		picked[i] = int(v)
	}
	shape := slices.Concat(x.Shape[:axis], index.Shape, x.Shape[axis+1:])
	if _, err := c.make(x.Type, 1, shape...); err != nil {
		return nil, err
	}
	n := len(picked)
	return []*Tensor{x.gather(shape, func(i int) int {
		return (i/inner/n*size+picked[i/inner%n])*inner + i%inner
	})}, nil
}

// opSlice takes a range along some axes. Before operator set 10 the ranges are attributes.
func opSlice(c *call) ([]*Tensor, error) {
	x, err := c.arg(0)
	if err != nil {
		return nil, err
	}
	var parts [4][]int64 // starts, ends, axes, steps
	for i, name := range []string{"starts", "ends", "axes", "steps"} {
		t := c.option(i + 1)
		switch {
		case c.Has(name):
			parts[i] = c.Ints(name)
		case t != nil && t.Type.Real():
			return nil, fmt.Errorf("input %d is %s", i+1, t.Type)
		case t != nil:
			parts[i] = t.Ints
		}
	}
	count := len(parts[0])
	if len(parts[1]) != count || parts[2] != nil && len(parts[2]) != count || parts[3] != nil && len(parts[3]) != count || count > len(x.Shape) {
		return nil, fmt.Errorf("ranges %v do not fit shape %v", parts, x.Shape)
	}
	shape, first, steps, own := slices.Clone(x.Shape), make([]int, len(x.Shape)), make([]int, len(x.Shape)), strides(x.Shape)
	for k := range steps {
		steps[k] = 1
	}
	for i := range count {
		axis, step := int64(i), int64(1)
		if parts[2] != nil {
			axis = parts[2][i]
		}
		if parts[3] != nil {
			step = parts[3][i]
		}
		k, err := axisOf(axis, len(x.Shape))
		if err != nil {
			return nil, err
		}
		if step == 0 || step == math.MinInt64 {
			return nil, fmt.Errorf("a step of %d", step)
		}
		first[k], shape[k] = span(parts[0][i], parts[1][i], step, int64(x.Shape[k]))
		steps[k] = int(step)
	}
	if _, err := c.make(x.Type, 1, shape...); err != nil {
		return nil, err
	}
	return []*Tensor{x.gather(shape, func(i int) int {
		at := 0
		for k, d := range slices.Backward(shape) {
			at += (first[k] + i%d*steps[k]) * own[k]
			i /= d
		}
		return at
	})}, nil
}

// span gives where a range of an axis begins and how many elements it has.
func span(start, end, step, size int64) (first, count int) {
	if start < 0 {
		start += size
	}
	if end < 0 {
		end += size
	}
	if step > 0 {
		start, end = min(max(start, 0), size), min(max(end, 0), size)
		return int(start), int(max((end-start+step-1)/step, 0))
	}
	start, end = min(max(start, -1), size-1), min(max(end, -1), size-1)
	step = min(-step, size+1)
	return int(start), int(max((start-end+step-1)/step, 0))
}

// opCast brings elements to another type.
func opCast(c *call) ([]*Tensor, error) {
	x, err := c.arg(0)
	if err != nil {
		return nil, err
	}
	to := Type(c.Int("to", 0))
	if to.size() == 0 {
		return nil, unsupported("a cast to " + to.String())
	}
	out, err := c.make(to, 1, x.Shape...)
	if err != nil {
		return nil, err
	}
	for i := range x.Len() {
		var number float64
		var whole int64
		if x.Type.Real() {
			number = x.Floats[i]
			whole = int64(min(max(number, -1<<62), 1<<62))
		} else {
			whole = x.Ints[i]
			number = float64(whole)
		}
		switch {
		case to == Float:
			out.Floats[i] = float64(float32(number))
		case to == Double:
			out.Floats[i] = number
		case to == Bool && number != 0:
			out.Ints[i] = 1
		case to != Bool && !math.IsNaN(number):
			out.Ints[i] = wrap(to, whole)
		}
	}
	return []*Tensor{out}, nil
}

// opConstantOfShape repeats one element.
func opConstantOfShape(c *call) ([]*Tensor, error) {
	wanted, err := c.arg(0)
	if err != nil {
		return nil, err
	}
	shape, _, err := checkShape(wanted.Ints)
	if err != nil || wanted.Type.Real() {
		return nil, fmt.Errorf("%s is no shape: %w", wanted.Type, err)
	}
	value := FloatTensor([]float64{0}, 1)
	if c.Has("value") {
		if value = c.Attributes["value"].Tensor; value == nil || value.Len() != 1 {
			return nil, fmt.Errorf("its value is no single element")
		}
	}
	out, err := c.make(value.Type, 1, shape...)
	if err != nil {
		return nil, err
	}
	return []*Tensor{value.gather(out.Shape, func(int) int { return 0 })}, nil
}

// opPad surrounds with a constant.
func opPad(c *call) ([]*Tensor, error) {
	x, err := c.arg(0)
	if err != nil {
		return nil, err
	}
	if mode := c.Text("mode", "constant"); mode != "constant" {
		return nil, unsupported("padding mode " + mode)
	}
	pads, value, err := c.padding(len(x.Shape))
	if err != nil {
		return nil, err
	}
	shape := make([]int, len(x.Shape))
	for k, d := range x.Shape {
		if pads[k] < 0 || pads[k+len(shape)] < 0 {
			return nil, unsupported("negative padding")
		}
		shape[k] = int(min(int64(d)+pads[k]+pads[k+len(shape)], maxElements+1))
	}
	out, err := c.make(x.Type, 1, shape...)
	if err != nil {
		return nil, err
	}
	for i := range out.Floats {
		out.Floats[i] = value
	}
	for i := range out.Ints {
		out.Ints[i] = int64(value)
	}
	steps := strides(shape)
	for i := range x.Len() {
		at, rest := 0, i
		for k, d := range slices.Backward(x.Shape) {
			at += (rest%d + int(pads[k])) * steps[k]
			rest /= d
		}
		if x.Type.Real() {
			out.Floats[at] = x.Floats[i]
		} else {
			out.Ints[at] = x.Ints[i]
		}
	}
	return []*Tensor{out}, nil
}

// padding reads the numbers before and behind each dimension, and the element to pad with.
func (c *call) padding(rank int) ([]int64, float64, error) {
	pads, given, err := c.list("pads")
	if err != nil {
		return nil, 0, err
	}
	if c.option(3) != nil {
		return nil, 0, unsupported("padding of chosen axes")
	}
	if !given || len(pads) != 2*rank {
		return nil, 0, fmt.Errorf("%d paddings for %d dimensions", len(pads), rank)
	}
	for _, p := range pads {
		if p > maxElements {
			return nil, 0, fmt.Errorf("a padding of %d", p)
		}
	}
	value := c.Float("value", 0)
	if t := c.option(2); t != nil && t.Len() == 1 {
		if t.Type.Real() {
			value = t.Floats[0]
		} else {
			value = float64(t.Ints[0])
		}
	}
	return pads, value, nil
}
