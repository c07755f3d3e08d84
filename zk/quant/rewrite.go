package quant

import (
	"maps"
	"slices"

	"ayni.example/zkml/onnx"
)

// rewrite gives a graph with the same answers in which max pooling comes after the activation that followed it: both
// orders agree because the activations are monotone, and the circuit pools values from 0 up.
func rewrite(g *onnx.Graph) *onnx.Graph {
	out := *g
	out.Nodes = slices.Clone(g.Nodes)
	readers := map[string][]int{}
	for i, n := range out.Nodes {
		for _, name := range n.Inputs {
			readers[name] = append(readers[name], i)
		}
	}
	outputs := map[string]bool{}
	for _, v := range g.Outputs {
		outputs[v.Name] = true
	}
	for i := range out.Nodes {
		pool := &out.Nodes[i]
		if len(pool.Inputs) == 0 || pool.Op != "MaxPool" || pool.Domain != "" || outputs[pool.Outputs[0]] || len(readers[pool.Outputs[0]]) != 1 {
			continue
		}
		k := readers[pool.Outputs[0]][0]
		act := &out.Nodes[k]
		if act.Inputs[0] != pool.Outputs[0] || act.Domain != "" || act.Op != "Relu" && act.Op != "Sigmoid" && act.Op != "Clip" {
			continue
		}
		first, second := *act, *pool
		first.Inputs = slices.Concat(pool.Inputs[:1], act.Inputs[1:])
		first.Outputs = pool.Outputs
		second.Inputs, second.Outputs = pool.Outputs, act.Outputs
		out.Nodes[i], out.Nodes[k] = first, second
	}
	return &out
}

// uses counts the readers of each value, the caller of the model included.
func uses(g *onnx.Graph) map[string]int {
	count := map[string]int{}
	for _, n := range g.Nodes {
		for _, name := range n.Inputs {
			count[name]++
		}
	}
	for _, v := range g.Outputs {
		count[v.Name]++
	}
	return count
}

// moved runs a node that only moves elements on numbers of cells in place of values.
func moved(g *onnx.Graph, n *onnx.Node, inputs []*value, constants map[string]*onnx.Tensor) (*value, error) {
	single := &onnx.Graph{Opset: g.Opset, Initializers: maps.Clone(constants), Nodes: []onnx.Node{*n}}
	single.Nodes[0].Outputs = n.Outputs[:1]
	feed := map[string]*onnx.Tensor{}
	var cells []cell
	for i, v := range inputs {
		if v == nil {
			continue
		}
		x := onnx.NewTensor(onnx.Double, v.shape...)
		for k := range v.at {
			x.Floats[k] = float64(len(cells))
			cells = append(cells, v.at[k])
		}
		if feed[n.Inputs[i]] == nil {
			single.Inputs = append(single.Inputs, onnx.Value{Name: n.Inputs[i], Type: onnx.Double})
		}
		feed[n.Inputs[i]] = x
	}
	e, err := onnx.New(single)
	if err != nil {
		return nil, err
	}
	out, err := e.Run(feed, n.Outputs[0])
	if err != nil {
		return nil, err
	}
	t := out[n.Outputs[0]]
	v := &value{name: n.Outputs[0], shape: t.Shape, at: make([]cell, len(t.Floats))}
	for i, f := range t.Floats {
		v.at[i] = cells[int(f)]
	}
	return v, nil
}
