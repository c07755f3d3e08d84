package quant

import (
	"fmt"
	"slices"

	"ayni.example/zk/circuit"
	"ayni.example/zkml/onnx"
)

// maxDiagonal bounds the channels of a factor that is no part of a product: it becomes a square matrix.
const maxDiagonal = 512

// add is Add, Sub or Sum: activations and constants summed element by element.
func (l *lowering) add(n *onnx.Node) (*value, error) {
	var total *value
	for i, name := range n.Inputs {
		sign := 1.0
		if n.Op == "Sub" && i == 1 {
			sign = -1
		}
		if l.cal.constants[name] != nil {
			continue
		}
		v, err := l.addend(n, i)
		if err == nil && sign < 0 {
			v, err = v.replace(v.name, func(s *source) (*source, error) { return l.scaled(s, []float64{-1}) })
		}
		if err == nil && total != nil {
			v, err = l.pairwise(n.Outputs[0], total, v)
		}
		if err != nil {
			return nil, err
		}
		total = v
	}
	shape := l.cal.shapes[n.Outputs[0]]
	if !slices.Equal(total.shape, shape) {
		return nil, unsupported("a sum of shape %v that broadcasts activations of shape %v", shape, total.shape)
	}
	for i, name := range n.Inputs {
		t := l.cal.constants[name]
		if t == nil {
			continue
		}
		sign := 1.0
		if n.Op == "Sub" && i == 1 {
			sign = -1
		}
		per, err := perChannel(total, t)
		if err != nil {
			return nil, err
		}
		total, err = total.replace(n.Outputs[0], func(s *source) (*source, error) {
			if s.each != nil {
				return nil, errEach
			}
			opened := *l.open(s)
			opened.bias = slices.Clone(opened.bias)
			for o, b := range per[s] {
				opened.bias[o] += sign * b
			}
			return &source{axes: s.axes, sum: &opened}, nil
		})
		if err != nil {
			return nil, err
		}
	}
	total.name = n.Outputs[0]
	return total, nil
}

// pairwise sums two values whose elements lie alike.
func (l *lowering) pairwise(name string, a, b *value) (*value, error) {
	a, b = a.join(), b.join()
	partner, result := map[*source]*source{}, map[*source]*source{}
	if !slices.Equal(a.shape, b.shape) {
		return nil, unsupported("a sum of shapes %v and %v", a.shape, b.shape)
	}
	for i := range a.at {
		s, t := a.at[i].from, b.at[i].from
		if partner[s] == nil {
			partner[s] = t
		}
		if a.at[i].index != b.at[i].index || partner[s] != t || !slices.Equal(s.axes, t.axes) {
			return nil, unsupported("a sum of tensors that were moved differently")
		}
	}
	for s, t := range partner {
		if s.each != nil || t.each != nil {
			return nil, errEach
		}
		x, y := l.open(s), l.open(t)
		merged := &sum{terms: slices.Concat(x.terms, y.terms), bias: slices.Clone(x.bias)}
		for o := range merged.bias {
			merged.bias[o] += y.bias[o]
		}
		result[s] = &source{axes: s.axes, sum: merged}
	}
	return a.replace(name, func(s *source) (*source, error) { return result[s], nil })
}

// perChannel reads a constant that broadcasts to v as one number for each index of the first axis of each source.
func perChannel(v *value, t *onnx.Tensor) (map[*source][]float64, error) {
	if !t.Type.Real() {
		return nil, unsupported("a constant of %s", t.Type)
	}
	full, err := onnx.Broadcast(t, v.shape)
	if err != nil {
		return nil, err
	}
	per, set := map[*source][]float64{}, map[*source][]bool{}
	for i, c := range v.at {
		if per[c.from] == nil {
			per[c.from], set[c.from] = make([]float64, c.from.axes[0]), make([]bool, c.from.axes[0])
		}
		o := c.index / onnx.Elements(c.from.axes[1:])
		if set[c.from][o] && per[c.from][o] != full.Floats[i] {
			return nil, unsupported("a constant of shape %v that differs within a channel", t.Shape)
		}
		per[c.from][o], set[c.from][o] = full.Floats[i], true
	}
	return per, nil
}

// multiply is Mul or Div by a constant, one factor a channel.
func (l *lowering) multiply(n *onnx.Node) (*value, error) {
	x, k := 0, 1
	if n.Op == "Mul" && l.cal.constants[n.Input(0)] != nil {
		x, k = 1, 0
	}
	v, err := l.addend(n, x)
	if err != nil {
		return nil, err
	}
	t, err := l.constant(n, k)
	if err != nil {
		return nil, unsupported("a product of two activations")
	}
	if !slices.Equal(v.shape, l.cal.shapes[n.Outputs[0]]) {
		return nil, unsupported("a product that broadcasts activations of shape %v", v.shape)
	}
	per, err := perChannel(v, t)
	if err != nil {
		return nil, err
	}
	return v.replace(n.Outputs[0], func(s *source) (*source, error) {
		factors := slices.Clone(per[s])
		if n.Op == "Div" {
			for i := range factors {
				factors[i] = 1 / factors[i]
			}
		}
		if s.sum == nil && s.zero == nil && slices.Min(factors) > 0 && l.absorbed(n.Outputs[0]) {
			return s.stretched(factors), nil
		}
		return l.scaled(s, factors)
	})
}

// stretched is a tensor whose readers take up a factor for each channel.
func (s *source) stretched(factors []float64) *source {
	r := *s
	r.each = factors
	for i := range s.each {
		r.each[i] *= s.each[i]
	}
	return &r
}

// normalise folds a batch normalisation: a factor and a shift for each channel.
func (l *lowering) normalise(n *onnx.Node) (*value, error) {
	v, err := l.addend(n, 0)
	if err != nil {
		return nil, err
	}
	var parts [4][]float64
	for i := range parts {
		t, err := l.constant(n, i+1)
		if err != nil {
			return nil, err
		}
		parts[i] = t.Floats
	}
	factor, shift := onnx.Normalisation(parts[0], parts[1], parts[2], parts[3], n.Float("epsilon", 1e-5))
	shape := make([]int, len(v.shape)-1)
	for i := range shape {
		shape[i] = 1
	}
	shape[0] = len(factor)
	factors, err := perChannel(v, onnx.FloatTensor(factor, shape...))
	if err != nil {
		return nil, err
	}
	shifts, err := perChannel(v, onnx.FloatTensor(shift, shape...))
	if err != nil {
		return nil, err
	}
	return v.replace(n.Outputs[0], func(s *source) (*source, error) {
		r, err := l.scaled(s, factors[s])
		if err != nil {
			return nil, err
		}
		opened := *l.open(r)
		opened.bias = slices.Clone(opened.bias)
		for o, b := range shifts[s] {
			opened.bias[o] += b
		}
		return &source{axes: s.axes, sum: &opened}, nil
	})
}

// scaled multiplies each index of the first axis. One positive factor for all changes nothing but the scale of a tensor.
func (l *lowering) scaled(s *source, factors []float64) (*source, error) {
	if s.each != nil {
		return nil, errEach
	}
	one := !slices.ContainsFunc(factors, func(f float64) bool { return f != factors[0] })
	if s.sum == nil && one && factors[0] > 0 {
		r := *s
		r.scale *= factors[0]
		return &r, nil
	}
	if s.sum == nil && !one {
		return l.diagonal(s, factors)
	}
	opened := l.open(s)
	out := &sum{bias: slices.Clone(opened.bias)}
	for o := range out.bias {
		out.bias[o] *= factors[o%len(factors)]
	}
	for _, t := range opened.terms {
		if t.weights == nil && !one {
			return nil, unsupported("factors for each channel on a sum of activations: put a convolution before them")
		}
		t.factor *= factors[0]
		t.weights = slices.Clone(t.weights)
		size := len(t.weights) / len(out.bias)
		for i := range t.weights {
			t.weights[i] *= factors[i/size%len(factors)]
		}
		out.terms = append(out.terms, t)
	}
	return &source{axes: s.axes, sum: out}, nil
}

// diagonal multiplies the channels of a tensor by a square matrix.
func (l *lowering) diagonal(s *source, factors []float64) (*source, error) {
	n := len(factors)
	if n > maxDiagonal {
		return nil, unsupported("factors for each of %d channels, more than %d", n, maxDiagonal)
	}
	t := term{kind: circuit.Dense, x: s, weights: make([]float64, n*n), axes: []int{n, n}}
	if len(s.axes) == 3 {
		t.kind, t.axes, t.stride = circuit.Conv, []int{n, n, 1, 1}, [2]int{1, 1}
	} else if len(s.axes) != 1 {
		return nil, fmt.Errorf("factors on axes %v: %w", s.axes, onnx.ErrUnsupported)
	}
	for i, f := range factors {
		t.weights[i*n+i] = f
	}
	return &source{axes: s.axes, sum: &sum{terms: []term{t}, bias: make([]float64, n)}}, nil
}
