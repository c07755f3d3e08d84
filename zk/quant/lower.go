package quant

import (
	"fmt"
	"math"
	"slices"

	"ayni.example/zk/circuit"
	"ayni.example/zkml/onnx"
)

func unsupported(format string, args ...any) error {
	return fmt.Errorf("%w in a circuit: %s", onnx.ErrUnsupported, fmt.Sprintf(format, args...))
}

// lowering walks a graph and builds a circuit.
type lowering struct {
	*builder
	graph  *onnx.Graph
	cal    *calibration
	uses   map[string]int
	values map[string]*value
	// absorbs remembers what absorbed found out.
	absorbs map[string]bool
}

// node lowers one node whose inputs are not all constant.
func (l *lowering) node(n *onnx.Node) (*value, error) {
	name := n.Outputs[0]
	switch n.Op {
	case "Reshape", "Flatten", "Squeeze", "Unsqueeze", "Identity", "Dropout", "Transpose", "Concat", "Gather", "Slice", "Cast":
		return l.move(n)
	case "Pad":
		return l.surround(n)
	case "Relu", "Sigmoid", "Clip":
		return l.activation(n)
	case "Gemm", "MatMul":
		return l.dense(n)
	case "Conv":
		return l.conv(n)
	case "MaxPool", "AveragePool", "GlobalAveragePool":
		return l.pool(n)
	case "BatchNormalization":
		return l.normalise(n)
	case "Add", "Sub", "Sum":
		return l.add(n)
	case "Mul", "Div":
		return l.multiply(n)
	}
	return nil, unsupported("operator %s (output %q)", n.Op, name)
}

// input is the value of input i, which must not be constant.
func (l *lowering) input(n *onnx.Node, i int) (*value, error) {
	v := l.values[n.Input(i)]
	switch {
	case v == nil:
		return nil, unsupported("input %d is constant", i)
	case v.pad != nil && n.Op != "Conv" && n.Op != "AveragePool":
		return nil, unsupported("padding in front of %s", n.Op)
	}
	return v, nil
}

// constant is the constant input i.
func (l *lowering) constant(n *onnx.Node, i int) (*onnx.Tensor, error) {
	t := l.cal.constants[n.Input(i)]
	if t == nil || !t.Type.Real() {
		return nil, unsupported("input %d is not a constant of reals", i)
	}
	return t, nil
}

func (l *lowering) move(n *onnx.Node) (*value, error) {
	if n.Op == "Cast" && !onnx.Type(n.Int("to", 0)).Real() {
		return nil, unsupported("a cast of activations to integers")
	}
	inputs := make([]*value, len(n.Inputs))
	for i, name := range n.Inputs {
		if inputs[i] = l.values[name]; inputs[i] != nil && inputs[i].pad != nil {
			return nil, unsupported("padding in front of %s", n.Op)
		}
		if c := l.cal.constants[name]; n.Op == "Concat" && c != nil {
			return nil, unsupported("a constant joined with activations")
		}
	}
	return moved(l.graph, n, inputs, l.cal.constants)
}

// activation closes sums with a table.
func (l *lowering) activation(n *onnx.Node) (*value, error) {
	v, err := l.input(n, 0)
	if err != nil {
		return nil, err
	}
	a := activation{kind: n.Op, low: l.cal.low[n.Outputs[0]], high: l.cal.high[n.Outputs[0]], floor: 0, ceiling: math.Inf(1)}
	if n.Op == "Clip" {
		a.floor, a.ceiling = n.Float("min", math.Inf(-1)), n.Float("max", math.Inf(1))
		for i, bound := range []*float64{&a.floor, &a.ceiling} {
			if n.Input(i+1) == "" {
				continue
			}
			t, err := l.constant(n, i+1)
			if err != nil || t.Len() != 1 {
				return nil, unsupported("a bound of Clip that is no constant")
			}
			*bound = t.Floats[0]
		}
	}
	return v.replace(n.Outputs[0], func(s *source) (*source, error) {
		if s.each != nil {
			return nil, errEach
		}
		if n.Op == "Relu" && l.absorbed(n.Outputs[0]) {
			a.top = l.channelTops(v, s, n.Outputs[0])
		}
		return l.close(l.open(s), s.axes, a)
	})
}

// stored makes sure that all sources of a value are tensors: sums are closed with a table that only clamps.
func (l *lowering) stored(v *value) (*value, error) {
	a := activation{kind: "identity", low: l.cal.low[v.name], high: l.cal.high[v.name], floor: math.Inf(-1), ceiling: math.Inf(1)}
	closed := false
	out, err := v.replace(v.name, func(s *source) (*source, error) {
		if s.sum == nil {
			return s, nil
		}
		closed = true
		if s.each == nil {
			return l.close(s.sum, s.axes, a)
		}
		// The average of a channel has the channel's factor.
		b := a
		b.high = 0
		for o, top := range l.channelTops(v, s, v.name) {
			b.high = max(b.high, top/s.each[o])
		}
		r, err := l.close(s.sum, s.axes, b)
		if err == nil {
			r.each = s.each
		}
		return r, err
	})
	if err == nil && closed && l.values[v.name] == v {
		l.values[v.name] = out // so that another reader finds the tensor
	}
	return out, err
}

// open gives the sum of a source: its own or, of a tensor, one term.
func (l *lowering) open(s *source) *sum {
	if s.sum != nil {
		return s.sum
	}
	return &sum{terms: []term{{kind: circuit.Scale, x: s, factor: 1}}, bias: make([]float64, s.axes[0])}
}

// addend gives a value whose sums may be taken over by one reader; one with several readers is stored first.
func (l *lowering) addend(n *onnx.Node, i int) (*value, error) {
	v, err := l.input(n, i)
	if err == nil && l.uses[n.Input(i)] > 1 {
		return l.stored(v)
	}
	return v, err
}

// dense multiplies a row by a constant matrix; each source of the row becomes a term.
func (l *lowering) dense(n *onnx.Node) (*value, error) {
	v, err := l.input(n, 0)
	if err != nil {
		return nil, err
	}
	w, err := l.constant(n, 1)
	if err != nil {
		return nil, err
	}
	if len(v.shape) != 2 || v.shape[0] != 1 || len(w.Shape) != 2 || n.Int("transA", 0) != 0 {
		return nil, unsupported("a product of shapes %v and %v: a row times a constant matrix is supported", v.shape, w.Shape)
	}
	in, out := w.Shape[0], w.Shape[1]
	step, stride := out, 1
	if n.Op == "Gemm" && n.Int("transB", 0) != 0 {
		in, out, step, stride = out, in, 1, out
	}
	if in != len(v.at) {
		return nil, fmt.Errorf("a row of %d for a matrix of %d", len(v.at), in)
	}
	if v, err = l.stored(v); err != nil {
		return nil, err
	}
	alpha, beta := 1.0, 1.0
	if n.Op == "Gemm" {
		alpha, beta = n.Float("alpha", 1), n.Float("beta", 1)
	}
	result := &sum{bias: make([]float64, out)}
	at := map[*source]int{}
	for _, s := range v.sources() {
		at[s] = len(result.terms)
		size := onnx.Elements(s.axes)
		result.terms = append(result.terms, term{kind: circuit.Dense, x: s, weights: make([]float64, out*size), axes: slices.Concat([]int{out}, s.axes)})
	}
	for k, c := range v.at {
		t := &result.terms[at[c.from]]
		size := len(t.weights) / out
		for o := range out {
			weight := alpha * w.Floats[k*step+o*stride]
			t.weights[o*size+c.index] += weight
			if c.from.zero != nil {
				result.bias[o] += float64(weight * c.from.zero[c.index])
			}
		}
	}
	if n.Op == "Gemm" && n.Input(2) != "" {
		b, err := l.constant(n, 2)
		if err != nil {
			return nil, err
		}
		if b.Len() != out && b.Len() != 1 {
			return nil, unsupported("a bias of shape %v", b.Shape)
		}
		for o := range out {
			result.bias[o] += beta * b.Floats[o%b.Len()]
		}
	}
	return whole(n.Outputs[0], []int{1, out}, &source{axes: []int{out}, sum: result}), nil
}
