package quant_test

import (
	"errors"
	"math"
	"math/rand"
	"strings"
	"testing"

	"ayni.example/zk/circuit"
	"ayni.example/zk/quant"
	"ayni.example/zkml/onnx"
)

// network builds a graph node by node; constants are random.
type network struct {
	*onnx.Graph
	random *rand.Rand
}

func newNetwork(random *rand.Rand, shape ...int) *network {
	return &network{random: random, Graph: &onnx.Graph{
		Opset: 13, Initializers: map[string]*onnx.Tensor{}, Inputs: []onnx.Value{{Name: "x", Type: onnx.Float, Shape: append([]int{1}, shape...)}},
	}}
}

// constant adds a tensor with elements around middle.
func (n *network) constant(name string, middle, spread float64, shape ...int) string {
	t := onnx.NewTensor(onnx.Float, shape...)
	for i := range t.Floats {
		t.Floats[i] = middle + spread*n.random.NormFloat64()
	}
	n.Initializers[name] = t
	return name
}

func (n *network) list(name string, values ...int64) string {
	n.Initializers[name] = &onnx.Tensor{Type: onnx.Int64, Shape: []int{len(values)}, Ints: values}
	return name
}

// add appends a node; attributes are name, value pairs.
func (n *network) add(op string, inputs string, output string, attributes ...any) *network {
	node := onnx.Node{Op: op, Inputs: strings.Fields(inputs), Outputs: []string{output}, Attributes: map[string]onnx.Attribute{}}
	for i := 0; i < len(attributes); i += 2 {
		name := attributes[i].(string)
		switch v := attributes[i+1].(type) {
		case int:
			node.Attributes[name] = onnx.Attribute{Int: int64(v)}
		case []int64:
			node.Attributes[name] = onnx.Attribute{Ints: v}
		case string:
			node.Attributes[name] = onnx.Attribute{Text: v}
		case float64:
			node.Attributes[name] = onnx.Attribute{Float: v}
		}
	}
	n.Nodes = append(n.Nodes, node)
	n.Outputs = []onnx.Value{{Name: output, Type: onnx.Float}}
	return n
}

// normal adds a batch normalisation.
func (n *network) normal(input, output string, channels int) *network {
	s, b := n.constant(output+"s", 1, 0.3, channels), n.constant(output+"b", 0, 0.3, channels)
	m, v := n.constant(output+"m", 0, 0.3, channels), n.constant(output+"v", 2, 0.1, channels)
	return n.add("BatchNormalization", strings.Join([]string{input, s, b, m, v}, " "), output)
}

// conv adds a convolution with three rows and columns and a bias.
func (n *network) conv(input, output string, in, out int, attributes ...any) *network {
	w, b := n.constant(output+"w", 0, 1/math.Sqrt(float64(9*in)), out, in, 3, 3), n.constant(output+"b", 0, 0.2, out)
	return n.add("Conv", input+" "+w+" "+b, output, attributes...)
}

func (n *network) dense(input, output string, in, out int) *network {
	w, b := n.constant(output+"w", 0, 1/math.Sqrt(float64(in)), in, out), n.constant(output+"b", 0, 0.2, out)
	return n.add("Gemm", input+" "+w+" "+b, output)
}

// shapes lists networks by what they are about, each over an image of 2x6x6.
func shapes() map[string]func(n *network) {
	same := []any{"auto_pad", "SAME_UPPER"}
	return map[string]func(n *network){
		"conv stride": func(n *network) { n.conv("x", "a", 2, 4, "strides", []int64{2, 2}, "pads", []int64{1, 1, 1, 1}) },
		"conv same":   func(n *network) { n.conv("x", "a", 2, 4, "auto_pad", "SAME_LOWER", "strides", []int64{2, 2}) },
		"two convs":   func(n *network) { n.conv("x", "a", 2, 4, same...).conv("a", "b", 4, 3, same...) },
		"relu last":   func(n *network) { n.conv("x", "a", 2, 4).add("Relu", "a", "b") },
		"normalised conv": func(n *network) {
			n.conv("x", "a", 2, 4).normal("a", "b", 4).add("Relu", "b", "c").conv("c", "d", 4, 2)
		},
		"normalised relu": func(n *network) {
			n.conv("x", "a", 2, 4).add("Relu", "a", "b").normal("b", "c", 4).conv("c", "d", 4, 2)
		},
		"pool before relu": func(n *network) {
			n.conv("x", "a", 2, 4, same...).add("MaxPool", "a", "b", "kernel_shape", []int64{2, 2}, "strides", []int64{2, 2}).add("Relu", "b", "c").conv("c", "d", 4, 2)
		},
		"max pool": func(n *network) {
			n.conv("x", "a", 2, 4, same...).add("Sigmoid", "a", "b").add("MaxPool", "b", "c", "kernel_shape", []int64{3, 2}).conv("c", "d", 4, 2)
		},
		"average": func(n *network) {
			n.conv("x", "a", 2, 4, same...).add("Relu", "a", "b").add("AveragePool", "b", "c", "kernel_shape", []int64{2, 2}, "strides", []int64{2, 2}).conv("c", "d", 4, 2)
		},
		"padded average": func(n *network) {
			n.conv("x", "a", 2, 4, same...).add("AveragePool", "a", "b", "kernel_shape", []int64{3, 3}, "pads", []int64{1, 1, 1, 1}, "count_include_pad", 1)
		},
		"global average": func(n *network) {
			n.conv("x", "a", 2, 4).add("Relu", "a", "b").add("GlobalAveragePool", "b", "c").add("Flatten", "c", "d").dense("d", "e", 4, 3)
		},
		"skip": func(n *network) {
			n.conv("x", "a", 2, 4, same...).add("Relu", "a", "b").conv("b", "c", 4, 4, same...).add("Add", "c b", "d").add("Relu", "d", "e").conv("e", "f", 4, 2)
		},
		"skip of sums": func(n *network) {
			n.conv("x", "a", 2, 4, same...).add("Relu", "a", "b").add("Sub", "a b", "c").conv("c", "d", 4, 2)
		},
		"three summed": func(n *network) {
			n.conv("x", "a", 2, 2, same...).conv("x", "b", 2, 2, same...).add("Sum", "a b x", "c").add("Relu", "c", "d").conv("d", "e", 2, 2)
		},
		"join, conv": func(n *network) {
			n.conv("x", "a", 2, 3, same...).add("Relu", "a", "b").add("Concat", "b x", "c", "axis", 1).conv("c", "d", 5, 2)
		},
		"join, skip": func(n *network) {
			n.conv("x", "a", 2, 2, same...).conv("x", "b", 2, 2, same...).add("Concat", "a b", "c", "axis", 1).add("Relu", "c", "d").conv("d", "e", 4, 4, same...).add("Add", "e d", "f")
		},
		"join outputs": func(n *network) { n.conv("x", "a", 2, 3).conv("x", "b", 2, 2).add("Concat", "a b", "c", "axis", 1) },
		"moved": func(n *network) {
			n.conv("x", "a", 2, 4).add("Relu", "a", "b").add("Transpose", "b", "c", "perm", []int64{0, 2, 3, 1}).add("Flatten", "c", "d").dense("d", "e", 64, 5)
		},
		"reshaped": func(n *network) {
			n.list("s", 1, -1)
			n.add("Reshape", "x s", "a").dense("a", "b", 72, 8).add("Relu", "b", "c").dense("c", "d", 8, 4)
		},
		"unsqueezed": func(n *network) {
			n.list("s", 2, 3)
			n.list("f", 1, -1)
			n.add("Reshape", "x f", "a").dense("a", "b", 72, 8).add("Unsqueeze", "b s", "c").add("Squeeze", "c s", "d").add("Relu", "d", "e").dense("e", "f2", 8, 4)
		},
		"clip": func(n *network) {
			n.conv("x", "a", 2, 4)
			n.Initializers["l"], n.Initializers["h"] = onnx.FloatTensor([]float64{0.1}), onnx.FloatTensor([]float64{0.7})
			n.add("Clip", "a l h", "b").conv("b", "c", 4, 2)
		},
		"signed clip": func(n *network) {
			n.conv("x", "a", 2, 4)
			n.Initializers["l"], n.Initializers["h"] = onnx.FloatTensor([]float64{-0.5}), onnx.FloatTensor([]float64{0.5})
			n.add("Clip", "a l h", "b").conv("b", "c", 4, 2)
		},
		"factor": func(n *network) {
			n.Initializers["k"] = onnx.FloatTensor([]float64{4})
			n.conv("x", "a", 2, 4).add("Relu", "a", "b").add("Div", "b k", "c").conv("c", "d", 4, 2)
		},
		"negative factor": func(n *network) {
			n.Initializers["k"] = onnx.FloatTensor([]float64{-0.5})
			n.conv("x", "a", 2, 4).add("Relu", "a", "b").add("Mul", "k b", "c").conv("c", "d", 4, 2)
		},
		"channel factors": func(n *network) {
			n.constant("k", 1, 0.5, 4, 1, 1)
			n.conv("x", "a", 2, 4).add("Mul", "a k", "b").add("Relu", "b", "c").add("Mul", "c k", "d").conv("d", "e", 4, 2)
		},
		"shifted input": func(n *network) { n.constant("k", 0.4, 0.1, 1, 2, 1, 1); n.add("Sub", "x k", "a").conv("a", "b", 2, 3) },
		"softmax": func(n *network) {
			n.list("s", 1, -1)
			n.add("Reshape", "x s", "a").dense("a", "b", 72, 5).add("Softmax", "b", "c")
		},
		"sigmoid last": func(n *network) {
			n.list("s", 1, -1)
			n.add("Reshape", "x s", "a").dense("a", "b", 72, 1).add("Sigmoid", "b", "c")
		},
		"matmul, no bias": func(n *network) {
			n.list("s", 1, -1)
			n.constant("w", 0, 0.1, 72, 6)
			n.add("Reshape", "x s", "a").add("MatMul", "a w", "b")
		},
		"padded": func(n *network) {
			n.list("p", 0, 0, 1, 2, 0, 0, 0, 1)
			n.list("q", 0, 0, 0, 0, 0, 0, 0, 0)
			n.conv("x", "a", 2, 4).add("Relu", "a", "b").add("Pad", "b p", "c").conv("c", "d", 4, 3, "pads", []int64{1, 0, 0, 1}).add("Relu", "d", "e")
			n.add("Pad", "e q", "f").add("Pad", "f p", "g").add("AveragePool", "g", "h", "kernel_shape", []int64{3, 3})
		},
		"exported view": func(n *network) {
			n.list("zero", 0)
			n.list("rest", -1)
			n.conv("x", "a", 2, 4).add("Relu", "a", "b").add("Shape", "b", "s").add("Gather", "s zero", "g").add("Concat", "g rest", "t", "axis", 0)
			n.add("Reshape", "b t", "c").dense("c", "d", 64, 5)
		},
		"sliced": func(n *network) {
			n.list("from", 1, 0)
			n.list("to", 4, 4)
			n.list("axes", 1, 3)
			n.list("steps", 2, 3)
			n.conv("x", "a", 2, 4).add("Relu", "a", "b").add("Slice", "b from to axes steps", "c").add("Flatten", "c", "d").dense("d", "e", 16, 5)
		},
		"dropout, identity": func(n *network) {
			n.conv("x", "a", 2, 4).add("Dropout", "a", "b").add("Identity", "b", "c").add("Relu", "c", "d").conv("d", "e", 4, 2)
		},
	}
}

// images are random rows from low to 1.
func images(random *rand.Rand, count, width int, low float64) [][]float64 {
	rows := make([][]float64, count)
	for i := range rows {
		for range width {
			rows[i] = append(rows[i], low+(1-low)*random.Float64())
		}
	}
	return rows
}

// TestOperators quantises one network an operator and holds its answers to the float ones, and the circuit to its promise
// that no input overflows.
func TestOperators(t *testing.T) {
	for name, build := range shapes() {
		for _, low := range []float64{0, -1} {
			t.Run(name, func(t *testing.T) {
				random := rand.New(rand.NewSource(1))
				n := newNetwork(random, 2, 6, 6)
				build(n)
				m, err := quant.Quantise(n.Graph, quant.Config{Rows: images(random, 200, 72, low)})
				if err != nil {
					t.Fatal(err)
				}
				compare(t, n.Graph, m, images(random, 20, 72, low))
				extremes(t, random, m)
			})
		}
	}
}

// compare allows a difference of 8 % of the spread of the outputs.
func compare(t *testing.T, g *onnx.Graph, m *quant.Model, rows [][]float64) {
	t.Helper()
	e, err := onnx.New(g)
	if err != nil {
		t.Fatal(err)
	}
	sum, squares, wrong, count := 0.0, 0.0, 0.0, 0.0
	for _, row := range rows {
		x, err := quant.Tensor(g, row)
		if err != nil {
			t.Fatal(err)
		}
		out, err := e.Run(map[string]*onnx.Tensor{"x": x})
		if err != nil {
			t.Fatal(err)
		}
		got, _, _, err := m.Infer(row)
		if err != nil {
			t.Fatal(err)
		}
		want := out[g.Outputs[0].Name].Floats
		if len(got) != len(want) {
			t.Fatalf("%d outputs in place of %d", len(got), len(want))
		}
		for i, w := range want {
			sum, squares, count = sum+w, squares+w*w, count+1
			wrong += (got[i] - w) * (got[i] - w)
		}
	}
	spread := math.Sqrt(squares/count - sum/count*sum/count)
	if off := math.Sqrt(wrong / count); off > 0.08*spread {
		t.Errorf("root of the mean square difference %.4g, spread of the outputs %.4g", off, spread)
	}
}

// extremes evaluates the corners of the input's range.
func extremes(t *testing.T, random *rand.Rand, m *quant.Model) {
	t.Helper()
	plan, err := m.Circuit.Plan()
	if err != nil {
		t.Fatal(err)
	}
	for k := range 30 {
		x := make([]int32, 72)
		for i := range x {
			x[i] = m.Input.Low
			if k == 1 || k > 1 && random.Intn(2) == 0 {
				x[i] = m.Input.High
			}
		}
		if _, err := plan.Evaluate(m.Weights, [][]int32{x}); err != nil {
			var overflow *circuit.Overflow
			t.Fatalf("corner %d: %v (overflow: %t)", k, err, errors.As(err, &overflow))
		}
	}
}

func TestQuantiseRefuses(t *testing.T) {
	for _, c := range []struct {
		name, want string
		build      func(n *network)
	}{
		{"signed maximum", "max pooling of negative values", func(n *network) {
			n.conv("x", "a", 2, 4).add("MaxPool", "a", "b", "kernel_shape", []int64{2, 2}).conv("b", "c", 4, 2)
		}},
		{"padded maximum", "reaches over the edge", func(n *network) {
			n.add("Relu", "x", "a").add("MaxPool", "a", "b", "kernel_shape", []int64{3, 3}, "pads", []int64{1, 1, 1, 1})
		}},
		{"wide padding", "padding of 2 in front of a window of 2", func(n *network) {
			n.list("p", 0, 0, 1, 2, 0, 0, 0, 1)
			n.add("Pad", "x p", "a").add("AveragePool", "a", "b", "kernel_shape", []int64{2, 2})
		}},
		{"padding of ones", "padding [0 0 1 1 0 0 1 1] with 1", func(n *network) {
			n.list("p", 0, 0, 1, 1, 0, 0, 1, 1)
			n.Initializers["one"] = onnx.FloatTensor([]float64{1})
			n.add("Pad", "x p one", "a").conv("a", "b", 2, 2)
		}},
		{"groups", "2 groups", func(n *network) { n.constant("w", 0, 1, 4, 1, 3, 3); n.add("Conv", "x w", "a", "group", 2) }},
		{"dilations", "dilations", func(n *network) { n.conv("x", "a", 2, 4, "dilations", []int64{2, 2}) }},
		{"two activations multiplied", "product of two activations", func(n *network) { n.add("Mul", "x x", "a") }},
		{"attention", "a product of shapes", func(n *network) {
			n.constant("w", 0, 1, 6, 3)
			n.add("MatMul", "x w", "a")
		}},
		{"softmax inside", "operator Softmax", func(n *network) { n.add("Softmax", "x", "a").conv("a", "b", 2, 2) }},
		{"constant answer", "does not depend on the input", func(n *network) { n.constant("w", 0, 1, 2); n.add("Relu", "w", "a") }},
		{"constant within a channel", "differs within a channel", func(n *network) { n.constant("w", 0, 1, 6); n.add("Add", "x w", "a") }},
	} {
		t.Run(c.name, func(t *testing.T) {
			random := rand.New(rand.NewSource(1))
			n := newNetwork(random, 2, 6, 6)
			c.build(n)
			_, err := quant.Quantise(n.Graph, quant.Config{Rows: images(random, 3, 72, -1)})
			if err == nil || !errors.Is(err, onnx.ErrUnsupported) || !strings.Contains(err.Error(), c.want) {
				t.Fatalf("got %v, want an unsupported %q", err, c.want)
			}
		})
	}
}
