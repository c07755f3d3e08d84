// Package quanttest makes models of any size from a seed, to measure proofs with. They answer nothing of use.
package quanttest

import (
	"fmt"
	"math"

	"ayni.example/zkml/onnx"
)

// source is splitmix64.
type source uint64

func (s *source) next() uint64 {
	*s += 0x9e3779b97f4a7c15
	z := uint64(*s)
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}

// unit is in [0, 1).
func (s *source) unit() float64 { return float64(s.next()>>11) / (1 << 53) }

// bell has mean 0 and variance 1: the sum of twelve uniform numbers.
func (s *source) bell() float64 {
	sum := -6.0
	for range 12 {
		sum += s.unit()
	}
	return sum
}

// Rows are random inputs with elements in [0, 1).
func Rows(seed uint64, count, width int) [][]float64 {
	s := source(seed)
	rows := make([][]float64, count)
	for i := range rows {
		rows[i] = make([]float64, width)
		for k := range rows[i] {
			rows[i][k] = s.unit()
		}
	}
	return rows
}

// MLP is a network of square layers with Relu between them.
func MLP(seed uint64, layers, width int) *onnx.Graph {
	s := source(seed)
	g := &onnx.Graph{
		Name: fmt.Sprintf("mlp-%dx%d", layers, width), Opset: 13, Initializers: map[string]*onnx.Tensor{},
		Inputs: []onnx.Value{{Name: "x", Type: onnx.Float, Shape: []int{1, width}}},
	}
	last := "x"
	for l := range layers {
		w, b := onnx.NewTensor(onnx.Float, width, width), onnx.NewTensor(onnx.Float, width)
		for i := range w.Floats {
			w.Floats[i] = s.bell() * math.Sqrt(2/float64(width))
		}
		for i := range b.Floats {
			b.Floats[i] = s.bell() / 10
		}
		weight, bias, sum := fmt.Sprintf("w%d", l), fmt.Sprintf("b%d", l), fmt.Sprintf("z%d", l)
		g.Initializers[weight], g.Initializers[bias] = w, b
		g.Nodes = append(g.Nodes, onnx.Node{Op: "Gemm", Inputs: []string{last, weight, bias}, Outputs: []string{sum}})
		if last = sum; l < layers-1 {
			last = fmt.Sprintf("y%d", l)
			g.Nodes = append(g.Nodes, onnx.Node{Op: "Relu", Inputs: []string{sum}, Outputs: []string{last}})
		}
	}
	g.Outputs = []onnx.Value{{Name: last, Type: onnx.Float, Shape: []int{1, width}}}
	return g
}

// Forest is an ensemble of perfect trees over features in [0, 1), with thresholds on a grid of 1/levels.
func Forest(seed uint64, trees, depth, features, levels int) *onnx.Graph {
	s := source(seed)
	ints, floats, texts := map[string][]int64{}, map[string][]float64{}, map[string][]string{}
	for t := range trees {
		for i := range 2<<depth - 1 {
			ints["nodes_treeids"] = append(ints["nodes_treeids"], int64(t))
			ints["nodes_nodeids"] = append(ints["nodes_nodeids"], int64(i))
			mode := "BRANCH_LEQ"
			if i >= 1<<depth-1 {
				mode = "LEAF"
				ints["target_treeids"] = append(ints["target_treeids"], int64(t))
				ints["target_nodeids"] = append(ints["target_nodeids"], int64(i))
				ints["target_ids"] = append(ints["target_ids"], 0)
				floats["target_weights"] = append(floats["target_weights"], s.bell())
			}
			texts["nodes_modes"] = append(texts["nodes_modes"], mode)
			ints["nodes_featureids"] = append(ints["nodes_featureids"], int64(s.next()%uint64(features)))
			threshold := (float64(s.next()%uint64(levels-1)) + 0.5) / float64(levels)
			floats["nodes_values"] = append(floats["nodes_values"], threshold)
			ints["nodes_truenodeids"] = append(ints["nodes_truenodeids"], int64(2*i+1))
			ints["nodes_falsenodeids"] = append(ints["nodes_falsenodeids"], int64(2*i+2))
		}
	}
	n := onnx.Node{
		Op: "TreeEnsembleRegressor", Domain: "ai.onnx.ml", Inputs: []string{"x"}, Outputs: []string{"y"},
		Attributes: map[string]onnx.Attribute{"n_targets": {Int: 1}},
	}
	for k, v := range ints {
		n.Attributes[k] = onnx.Attribute{Ints: v}
	}
	for k, v := range floats {
		n.Attributes[k] = onnx.Attribute{Floats: v}
	}
	for k, v := range texts {
		n.Attributes[k] = onnx.Attribute{Strings: v}
	}
	return &onnx.Graph{
		Name: fmt.Sprintf("forest-%dx%d", trees, depth), Opset: 13, Initializers: map[string]*onnx.Tensor{}, Nodes: []onnx.Node{n},
		Inputs:  []onnx.Value{{Name: "x", Type: onnx.Float, Shape: []int{-1, features}}},
		Outputs: []onnx.Value{{Name: "y", Type: onnx.Float, Shape: []int{-1, 1}}},
	}
}
