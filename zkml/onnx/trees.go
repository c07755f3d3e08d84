package onnx

import (
	"errors"
	"fmt"
	"math"
)

// Forest is a tree ensemble: what a row adds up to is Base plus the leaf weights that it reaches.
type Forest struct {
	Trees   []Tree
	Base    []float64 // one a target or class
	Average bool      // the sum of leaf weights is divided by the number of trees
	Labels  []int64   // of classes, nil for a regression or text labels
	Post    string    // what is done to the sums: NONE, SOFTMAX, LOGISTIC
	Binary  bool      // a classifier with one sum for two classes
}

// Tree lists its nodes, the root first; each branch points to later nodes.
type Tree []TreeNode

// TreeNode is a branch, whose condition leads to Yes or to No, or, when Mode is LEAF, a leaf.
type TreeNode struct {
	Mode      string
	Feature   int
	Threshold float64
	Yes, No   int
	Weights   map[int]float64 // of a leaf, by target or class
}

// Holds evaluates a branch's condition. A feature that is no number goes to No.
func (n *TreeNode) Holds(x float64) bool {
	switch n.Mode {
	case "BRANCH_LEQ":
		return x <= n.Threshold
	case "BRANCH_LT":
		return x < n.Threshold
	case "BRANCH_GTE":
		return x >= n.Threshold
	}
	return x > n.Threshold
}

// Leaf is the leaf that a row reaches.
func (t Tree) Leaf(row []float64) *TreeNode {
	at := 0
	for t[at].Mode != "LEAF" {
		if n := &t[at]; n.Holds(row[n.Feature]) {
			at = n.Yes
		} else {
			at = n.No
		}
	}
	return &t[at]
}

// Sums adds up a row's leaves.
func (f *Forest) Sums(row []float64) []float64 {
	out := make([]float64, len(f.Base))
	for _, t := range f.Trees {
		for k, w := range t.Leaf(row).Weights {
			out[k] += w
		}
	}
	for k := range out {
		if f.Average {
			out[k] /= float64(len(f.Trees))
		}
		out[k] += f.Base[k]
	}
	return out
}

// Features is one more than the greatest feature that a branch reads.
func (f *Forest) Features() int {
	n := 0
	for _, t := range f.Trees {
		for i := range t {
			if t[i].Mode != "LEAF" {
				n = max(n, t[i].Feature+1)
			}
		}
	}
	return n
}

// Forest reads the ensemble of a TreeEnsembleRegressor or TreeEnsembleClassifier node.
func (n *Node) Forest() (*Forest, error) {
	f := &Forest{Post: n.Text("post_transform", "NONE")}
	prefix, outputs := "target", int(n.Int("n_targets", 1))
	if n.Op == "TreeEnsembleClassifier" {
		prefix, f.Labels = "class", n.Ints("classlabels_int64s")
		outputs = max(len(f.Labels), len(n.Attributes["classlabels_strings"].Strings))
	}
	if outputs < 1 || outputs > 1<<12 {
		return nil, fmt.Errorf("%d outputs are out of range", outputs)
	}
	switch mode := n.Text("aggregate_function", "SUM"); mode {
	case "SUM":
	case "AVERAGE":
		f.Average = true
	default:
		return nil, unsupported("aggregate_function " + mode)
	}
	if n.Has("nodes_values_as_tensor") || n.Has(prefix+"_weights_as_tensor") || n.Has("base_values_as_tensor") {
		return nil, unsupported("trees of doubles (..._as_tensor)")
	}
	index, err := f.branches(n)
	if err != nil {
		return nil, err
	}
	top, err := f.leaves(n, prefix, outputs, index)
	if err != nil {
		return nil, err
	}
	// Two classes with one sum: the format's way of a binary boosted classifier.
	if f.Binary = prefix == "class" && outputs == 2 && top == 0; f.Binary {
		outputs = 1
	}
	f.Base = make([]float64, outputs)
	if base := n.Floats("base_values"); len(base) == outputs {
		copy(f.Base, base)
	} else if len(base) > 0 {
		return nil, fmt.Errorf("%d base values for %d outputs", len(base), outputs)
	}
	return f, nil
}

// place names a node of the file: its tree and its number there.
type place struct{ tree, node int64 }

// spot is where a node of the file went.
type spot struct{ tree, node int }

var errLists = errors.New("the lists that describe nodes differ in length")

// branches reads the nodes and checks that they are trees.
func (f *Forest) branches(n *Node) (map[place]spot, error) {
	trees, nodes := n.Ints("nodes_treeids"), n.Ints("nodes_nodeids")
	features, yes, no := n.Ints("nodes_featureids"), n.Ints("nodes_truenodeids"), n.Ints("nodes_falsenodeids")
	values, modes := n.Floats("nodes_values"), n.Attributes["nodes_modes"].Strings
	count := len(trees)
	if count == 0 || len(nodes) != count || len(features) != count || len(yes) != count || len(no) != count || len(values) != count || len(modes) != count {
		return nil, errLists
	}
	index, numbers := map[place]spot{}, map[int64]int{}
	for i, id := range trees {
		t, ok := numbers[id]
		if !ok {
			t = len(f.Trees)
			numbers[id] = t
			f.Trees = append(f.Trees, nil)
		}
		key := place{id, nodes[i]}
		if _, twice := index[key]; twice {
			return nil, fmt.Errorf("node %d of tree %d stands twice", nodes[i], id)
		}
		index[key] = spot{t, len(f.Trees[t])}
		f.Trees[t] = append(f.Trees[t], TreeNode{Mode: modes[i], Feature: int(features[i]), Threshold: values[i]})
	}
	for i, id := range trees {
		at := index[place{id, nodes[i]}]
		node := &f.Trees[at.tree][at.node]
		switch node.Mode {
		case "LEAF":
			continue
		case "BRANCH_LEQ", "BRANCH_LT", "BRANCH_GTE", "BRANCH_GT":
		default:
			return nil, unsupported("a tree's branch " + node.Mode)
		}
		a, okYes := index[place{id, yes[i]}]
		b, okNo := index[place{id, no[i]}]
		if !okYes || !okNo || a.node <= at.node || b.node <= at.node {
			return nil, fmt.Errorf("node %d of tree %d does not lead to later nodes", nodes[i], id)
		}
		if node.Feature < 0 || node.Feature > 1<<20 || math.IsNaN(node.Threshold) {
			return nil, fmt.Errorf("node %d of tree %d: feature %d or threshold %v is out of range", nodes[i], id, node.Feature, node.Threshold)
		}
		node.Yes, node.No = a.node, b.node
	}
	return index, nil
}

// leaves reads the leaf weights and gives the greatest output that any of them adds to.
func (f *Forest) leaves(n *Node, prefix string, outputs int, index map[place]spot) (int, error) {
	trees, nodes, ids := n.Ints(prefix+"_treeids"), n.Ints(prefix+"_nodeids"), n.Ints(prefix+"_ids")
	weights := n.Floats(prefix + "_weights")
	if len(nodes) != len(trees) || len(ids) != len(trees) || len(weights) != len(trees) {
		return 0, errLists
	}
	top := 0
	for i := range trees {
		at, ok := index[place{trees[i], nodes[i]}]
		if !ok || ids[i] < 0 || ids[i] >= int64(outputs) {
			return 0, fmt.Errorf("weight %d belongs to no leaf or no output", i)
		}
		leaf := &f.Trees[at.tree][at.node]
		if leaf.Mode != "LEAF" || math.IsNaN(weights[i]) || math.IsInf(weights[i], 0) {
			return 0, fmt.Errorf("weight %d is no number of a leaf", i)
		}
		if leaf.Weights == nil {
			leaf.Weights = map[int]float64{}
		}
		leaf.Weights[int(ids[i])] += weights[i]
		top = max(top, int(ids[i]))
	}
	return top, nil
}
