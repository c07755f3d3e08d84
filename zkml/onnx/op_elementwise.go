package onnx

import (
	"errors"
	"fmt"
	"math"
	"slices"
)

func unsupported(what string) error { return fmt.Errorf("%w: %s", ErrUnsupported, what) }

func relu(x float64) float64    { return max(x, 0) }
func sigmoid(x float64) float64 { return 1 / (1 + math.Exp(-x)) }

// elementwise lifts a function of one real number.
func elementwise(f func(float64) float64) operator {
	return func(c *call) ([]*Tensor, error) {
		x, err := c.real(0)
		if err != nil {
			return nil, err
		}
		out, err := c.make(x.Type, 1, x.Shape...)
		if err != nil {
			return nil, err
		}
		for i, v := range x.Floats {
			out.Floats[i] = f(v)
		}
		return []*Tensor{out}, nil
	}
}

// binary is an arithmetic operation on reals and on integers, which wrap at the width of their type.
type binary struct {
	reals    func(a, b float64) float64
	integers func(a, b int64) (int64, error)
}

func add() binary {
	return binary{func(a, b float64) float64 { return a + b }, func(a, b int64) (int64, error) { return a + b, nil }}
}

func sub() binary {
	return binary{func(a, b float64) float64 { return a - b }, func(a, b int64) (int64, error) { return a - b, nil }}
}

func mul() binary {
	return binary{func(a, b float64) float64 { return float64(a * b) }, func(a, b int64) (int64, error) { return a * b, nil }}
}

func div() binary {
	return binary{func(a, b float64) float64 { return a / b }, func(a, b int64) (int64, error) {
		if b == 0 {
			return 0, errors.New("integer division by zero")
		}
		return a / b, nil
	}}
}

func arithmetic(op binary) operator {
	return func(c *call) ([]*Tensor, error) {
		a, err := c.arg(0)
		if err != nil {
			return nil, err
		}
		b, err := c.arg(1)
		if err != nil {
			return nil, err
		}
		if c.opset < 7 && c.Has("axis") {
			b, err = alignAxis(a, b, c.Int("axis", 0))
			if err != nil {
				return nil, err
			}
		}
		out, err := c.combine(op, a, b)
		return []*Tensor{out}, err
	}
}

// alignAxis gives b, as before operator set 7, trailing dimensions of one so that it starts at an axis of a.
func alignAxis(a, b *Tensor, axis int64) (*Tensor, error) {
	at, err := axisOf(axis, len(a.Shape))
	if err != nil {
		return nil, err
	}
	shape := slices.Clone(b.Shape)
	for len(shape) < len(a.Shape)-at {
		shape = append(shape, 1)
	}
	return b.reshaped(shape), nil
}

// combine applies op after broadcasting.
func (c *call) combine(op binary, a, b *Tensor) (*Tensor, error) {
	if a.Type != b.Type {
		return nil, fmt.Errorf("%s and %s do not go together", a.Type, b.Type)
	}
	shape, err := broadcast(a.Shape, b.Shape)
	if err != nil {
		return nil, err
	}
	out, err := c.make(a.Type, 1, shape...)
	if err != nil {
		return nil, err
	}
	ai, bi := indexer(a.Shape, shape), indexer(b.Shape, shape)
	for i := range out.Floats {
		out.Floats[i] = op.reals(a.Floats[ai(i)], b.Floats[bi(i)])
	}
	for i := range out.Ints {
		v, err := op.integers(a.Ints[ai(i)], b.Ints[bi(i)])
		if err != nil {
			return nil, err
		}
		out.Ints[i] = wrap(a.Type, v)
	}
	return out, nil
}

// wrap brings an integer to the width of its type.
func wrap(t Type, v int64) int64 {
	switch t { //nolint:exhaustive // reals do not come here, the others are as wide as int64
	case Uint8:
		return int64(uint8(v))
	case Int8:
		return int64(int8(v))
	case Uint16:
		return int64(uint16(v))
	case Int16:
		return int64(int16(v))
	case Uint32:
		return int64(uint32(v))
	case Int32:
		return int64(int32(v))
	}
	return v
}

// broadcast is the common shape of two, dimension by dimension from the right.
func broadcast(a, b []int) ([]int, error) {
	out := make([]int, max(len(a), len(b)))
	for i := range out {
		da, db := 1, 1
		if k := len(a) - len(out) + i; k >= 0 {
			da = a[k]
		}
		if k := len(b) - len(out) + i; k >= 0 {
			db = b[k]
		}
		switch {
		case da == db || db == 1:
			out[i] = da
		case da == 1:
			out[i] = db
		default:
			return nil, fmt.Errorf("shapes %v and %v do not broadcast", a, b)
		}
	}
	return out, nil
}

// indexer maps an index into shape to one into a tensor of shape from that is broadcast to it.
func indexer(from, shape []int) func(int) int {
	if slices.Equal(from, shape) {
		return func(i int) int { return i }
	}
	steps, own := make([]int, len(shape)), strides(from)
	for k := range from {
		if from[k] != 1 {
			steps[len(shape)-len(from)+k] = own[k]
		}
	}
	return func(i int) int {
		at := 0
		for k, d := range slices.Backward(shape) {
			at += i % d * steps[k]
			i /= d
		}
		return at
	}
}

func opSum(c *call) ([]*Tensor, error) {
	sum, err := c.real(0)
	if err != nil {
		return nil, err
	}
	for i := 1; i < len(c.in); i++ {
		x, err := c.real(i)
		if err != nil {
			return nil, err
		}
		if sum, err = c.combine(add(), sum, x); err != nil {
			return nil, err
		}
	}
	return []*Tensor{sum}, nil
}

// opClip takes its bounds from attributes before operator set 11 and from inputs since.
func opClip(c *call) ([]*Tensor, error) {
	low, high := c.Float("min", math.Inf(-1)), c.Float("max", math.Inf(1))
	for i, bound := range []*float64{&low, &high} {
		t := c.option(i + 1)
		if t == nil {
			continue
		}
		if t.Len() != 1 {
			return nil, fmt.Errorf("input %d has %d elements in place of 1", i+1, t.Len())
		}
		if t.Type.Real() {
			*bound = t.Floats[0]
		} else {
			*bound = float64(t.Ints[0])
		}
	}
	x, err := c.arg(0)
	if err != nil {
		return nil, err
	}
	out, err := c.make(x.Type, 1, x.Shape...)
	if err != nil {
		return nil, err
	}
	for i, v := range x.Floats {
		out.Floats[i] = min(max(v, low), high)
	}
	for i, v := range x.Ints {
		out.Ints[i] = int64(min(max(float64(v), low), high))
	}
	return []*Tensor{out}, nil
}

// opSoftmax is over one axis since operator set 13, and over all from an axis on before.
func opSoftmax(c *call) ([]*Tensor, error) {
	x, err := c.real(0)
	if err != nil {
		return nil, err
	}
	fallback := int64(-1)
	if c.opset < 13 {
		fallback = 1
	}
	axis, err := axisOf(c.Int("axis", fallback), len(x.Shape))
	if err != nil {
		return nil, err
	}
	out, err := c.make(x.Type, 4, x.Shape...)
	if err != nil {
		return nil, err
	}
	n, inner := x.Shape[axis], Elements(x.Shape[axis+1:])
	if c.opset < 13 {
		n, inner = n*inner, 1
	}
	for start := range len(x.Floats) / max(n, 1) {
		at := start/inner*n*inner + start%inner
		softmax(out.Floats, x.Floats, at, inner, n)
	}
	return []*Tensor{out}, nil
}

// softmax normalises n elements that lie step apart.
func softmax(out, x []float64, at, step, n int) {
	top, sum := math.Inf(-1), 0.0
	for i := range n {
		top = max(top, x[at+i*step])
	}
	for i := range n {
		e := math.Exp(x[at+i*step] - top)
		out[at+i*step] = e
		sum += e
	}
	for i := range n {
		out[at+i*step] /= sum
	}
}

// Broadcast repeats a tensor to a shape.
func Broadcast(t *Tensor, shape []int) (*Tensor, error) {
	if out, err := broadcast(t.Shape, shape); err != nil || !slices.Equal(out, shape) {
		return nil, fmt.Errorf("shape %v does not broadcast to %v", t.Shape, shape)
	}
	return t.gather(shape, indexer(t.Shape, shape)), nil
}
