package quant

import (
	"fmt"
	"math"

	"ayni.example/zk/circuit"
	"ayni.example/zkml/onnx"
)

const (
	maxDepth    = 12 // of a tree; a perfect tree has 2^depth leaves
	maxNodes    = 1 << 22
	featureBits = 16
	leafSum     = 1 << 28 // what the leaves of one row add up to at most, in units
)

// forestNode is the tree ensemble of a graph that is nothing else.
func forestNode(g *onnx.Graph) *onnx.Node {
	for i := range g.Nodes {
		if n := &g.Nodes[i]; n.Domain == "ai.onnx.ml" && (n.Op == "TreeEnsembleRegressor" || n.Op == "TreeEnsembleClassifier") {
			return n
		}
	}
	return nil
}

// quantiseForest makes perfect trees over integer features. Where calibration shows that a feature lies on a grid, its
// integers are the grid's and every comparison is that of the float model; otherwise it is rounded, see feature.round.
func quantiseForest(g *onnx.Graph, n *onnx.Node, cfg Config) (*Model, error) {
	if len(g.Nodes) != 1 {
		return nil, unsupported("trees together with other operators")
	}
	f, err := n.Forest()
	if err != nil {
		return nil, err
	}
	width := len(cfg.Rows[0])
	if width < f.Features() {
		return nil, fmt.Errorf("rows of %d numbers for trees that read %d features", width, f.Features())
	}
	trees, classes := split(f)
	depth := 1
	for _, t := range trees {
		depth = max(depth, height(t.Tree))
	}
	if depth > maxDepth {
		return nil, unsupported("a tree of depth %d: train with a depth of at most %d", depth, maxDepth)
	}
	enc, bits, rounded, err := features(trees, cfg.Rows)
	if err != nil {
		return nil, err
	}
	if len(trees)<<depth > maxNodes {
		return nil, unsupported("%d trees of depth %d: more than %d nodes when perfect", len(trees), depth, maxNodes)
	}
	instances := max(cfg.Instances, 1)
	b := &builder{circuit: &circuit.Circuit{Shift: 1}}
	op := &circuit.Forest{Depth: depth, Bits: bits, Classes: classes}
	op.Input = b.tensor(circuit.Input, []int{instances, width})
	shape := []int{len(trees), 1 << depth}
	feature, threshold := make([]int32, len(trees)<<depth), make([]int32, len(trees)<<depth)
	leaf, unit := make([]int32, len(trees)<<depth), leafUnit(f, trees)
	for i, t := range trees {
		p := perfect{tree: t, enc: enc, bits: bits, unit: unit, feature: feature[i<<depth:], threshold: threshold[i<<depth:], leaf: leaf[i<<depth : (i+1)<<depth]}
		p.fill(0, 1)
	}
	op.Feature = b.weight(shape, circuit.Values{Int32: feature})
	op.Threshold = b.weight(shape, circuit.Values{Int32: threshold})
	op.Leaf = b.weight(shape, circuit.Values{Int32: leaf})
	average := 1.0
	if f.Average {
		average = float64(len(f.Trees))
	}
	for _, v := range f.Base {
		op.Base = append(op.Base, int32(math.Round(v*average/unit)))
	}
	op.Output = b.tensor(circuit.Output, []int{instances, len(f.Base)})
	b.circuit.Operations = []circuit.Operation{{Forest: op}}
	m := &Model{Circuit: b.circuit, Weights: b.weights, Input: *enc}
	if rounded > 0 {
		m.Notes = append(m.Notes, fmt.Sprintf("%d of %d features lie on no grid of %d bits and are rounded: inputs next to a threshold may fall to its other side", rounded, width, exactBits))
	}
	m.Output = Decoding{Tensors: []int{op.Output}, Scale: []float64{unit / average}, Post: map[string]string{"SOFTMAX": "Softmax", "LOGISTIC": "Logistic"}[f.Post]}
	for i := range instances * len(f.Base) {
		m.Output.At = append(m.Output.At, [2]int{0, i})
	}
	return m, nil
}
