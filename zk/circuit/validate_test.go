package circuit_test

import (
	"errors"
	"strings"
	"testing"

	"ayni.example/zk/circuit"
)

// TestValidate breaks one rule at a time; the error says which, and in which operation.
func TestValidate(t *testing.T) {
	term := func(c *circuit.Circuit) *circuit.Term { return &c.Operations[0].Linear.Terms[0] }
	for _, c := range []struct {
		name string
		do   func(c *circuit.Circuit)
		want string
	}{
		{"no shift", func(c *circuit.Circuit) { c.Shift = 0 }, "shift 0"},
		{"shift and table too wide", func(c *circuit.Circuit) {
			c.Shift = 16
			c.Tables[0] = circuit.Table{Bits: 15, Values: make([]int16, 1<<15)}
		}, "15 bits"},
		{"short table", func(c *circuit.Circuit) { c.Tables[0].Values = c.Tables[0].Values[1:] }, "7 values"},
		{"wild table", func(c *circuit.Circuit) { c.Tables[0].Values[1] = 256 }, "value 256"},
		{"unused table", func(c *circuit.Circuit) { c.Tables = append(c.Tables, c.Tables[0]) }, "table 1 is not used"},
		{"too many tables", func(c *circuit.Circuit) { c.Tables = make([]circuit.Table, 65) }, "65 tables"},
		{"no operations", func(c *circuit.Circuit) { c.Operations = nil }, "0 operations"},
		{"many operations", func(c *circuit.Circuit) { c.Operations = make([]circuit.Operation, circuit.MaxOperations+1) }, "4097 operations"},
		{"many tensors", func(c *circuit.Circuit) { c.Tensors = make([]circuit.Tensor, circuit.MaxTensors+1) }, "16385 tensors"},
		{"empty operation", func(c *circuit.Circuit) { c.Operations[1] = circuit.Operation{} }, "operation 1 (empty)"},
		{"two in one", func(c *circuit.Circuit) { c.Operations[1].MaxPool = &circuit.MaxPool{} }, "operation 1 (scale): an operation is exactly one"},
		{"no axes", func(c *circuit.Circuit) { c.Tensors[0].Axes = nil }, "tensor 0: 0 axes"},
		{"five axes", func(c *circuit.Circuit) { c.Tensors[0].Axes = []int{1, 1, 1, 1, 1} }, "tensor 0: 5 axes"},
		{"zero length", func(c *circuit.Circuit) { c.Tensors[0].Axes = []int{0} }, "tensor 0: length 0"},
		{"huge length", func(c *circuit.Circuit) { c.Tensors[0].Axes = []int{1 << 62} }, "tensor 0: length"},
		{"huge shape", func(c *circuit.Circuit) { c.Tensors[1].Axes = []int{1 << 20, 1 << 20, 1 << 20, 1 << 20} }, "more than 2^26 padded values"},
		{"strange kind", func(c *circuit.Circuit) { c.Tensors[0].Kind = 4 }, "tensor 0: unknown kind"},
		{"no terms", func(c *circuit.Circuit) { c.Operations[0].Linear.Terms = nil }, "operation 0 (linear): 0 terms"},
		{"strange term", func(c *circuit.Circuit) { term(c).Kind = 9 }, "term 0: unknown kind"},
		{"field of another kind", func(c *circuit.Circuit) { term(c).Factor = 1 }, "operation 0 (dense): term 0: a field is set"},
		{"factor zero", func(c *circuit.Circuit) { c.Operations[1].Linear.Terms[0].Factor = 0 }, "operation 1 (scale): term 0: factor 0"},
		{"no multiplier", func(c *circuit.Circuit) { c.Operations[0].Linear.Factor = 0 }, "operation 0 (dense): factor 0"},
		{"multiplier without table", func(c *circuit.Circuit) { c.Operations[1].Linear.Factor = 2 }, "factor 2 without a table"},
		{"no such table", func(c *circuit.Circuit) { c.Operations[0].Linear.Table = 1 }, "there is no table 1"},
		{"no such output", func(c *circuit.Circuit) { c.Operations[0].Linear.Output = 99 }, "there is no tensor 99"},
		{"public output of a table", func(c *circuit.Circuit) { c.Operations[0].Linear.Output = 4 }, "output 4 is not a tensor of kind 2"},
		{"weight used twice", func(c *circuit.Circuit) { c.Operations[1] = c.Operations[0] }, "weight 1 is used twice"},
		{"made twice", func(c *circuit.Circuit) { c.Operations = append(c.Operations, c.Operations[1]) }, "operation 2 (scale): tensor 4 is made twice"},
		{"empty reading", func(c *circuit.Circuit) { term(c).Reading = nil }, "a reading has 0 pieces"},
		{"reads a weight", func(c *circuit.Circuit) { term(c).Reading = circuit.Reading{1} }, "tensor 1 cannot be read"},
		{"reads what is not made", func(c *circuit.Circuit) { term(c).Reading = circuit.Reading{3} }, "tensor 3 is read before"},
		{"reads itself", func(c *circuit.Circuit) { c.Operations[0], c.Operations[1] = c.Operations[1], c.Operations[0] }, "tensor 3 is read before"},
		{"no such operand", func(c *circuit.Circuit) { term(c).Reading = circuit.Reading{-1} }, "tensor -1 cannot be read"},
		{"wrong weight", func(c *circuit.Circuit) { c.Tensors[1].Axes = []int{3, 2} }, "weight 1 has axes [3 2], not [2 3]"},
		{"weight is none", func(c *circuit.Circuit) { term(c).Weight = 0 }, "tensor 0 is not a weight"},
		{"wrong scale", func(c *circuit.Circuit) { c.Tensors[4].Axes = []int{3} }, "a scale term reads axes [2]"},
		{"dense of a plane", func(c *circuit.Circuit) { c.Tensors[3].Axes = []int{2, 1} }, "a dense term"},
		{"unused input", func(c *circuit.Circuit) { c.Tensors = append(c.Tensors, circuit.Tensor{Axes: []int{1}}) }, "tensor 5 is not used"},
		{"unused weight", func(c *circuit.Circuit) {
			c.Tensors = append(c.Tensors, circuit.Tensor{Kind: circuit.Weight, Axes: []int{1}})
		}, "tensor 5 is not used"},
		{"unmade witness", func(c *circuit.Circuit) {
			c.Tensors = append(c.Tensors, circuit.Tensor{Kind: circuit.Witness, Axes: []int{1}})
		}, "tensor 5 is not made"},
	} {
		t.Run(c.name, func(t *testing.T) { refuse(t, tiny(), c.do, c.want) })
	}
	if err := tiny().Validate(); err != nil {
		t.Error(err)
	}
}

func refuse(t *testing.T, c *circuit.Circuit, do func(c *circuit.Circuit), want string) {
	t.Helper()
	if err := c.Validate(); err != nil {
		t.Fatalf("valid so far: %v", err)
	}
	do(c)
	err := c.Validate()
	if !errors.Is(err, circuit.ErrInvalid) || !strings.Contains(err.Error(), want) {
		t.Errorf("%v, want an error that says %q", err, want)
	}
}

// windowed has a convolution, an average and a maximum, one after another.
func windowed() *circuit.Circuit {
	c := tiny()
	c.Tensors = []circuit.Tensor{
		{Kind: circuit.Input, Axes: []int{2, 8, 8}},
		{Kind: circuit.Weight, Axes: []int{3, 2, 3, 3}},
		{Kind: circuit.Witness, Axes: []int{3, 8, 8}},
		{Kind: circuit.Witness, Axes: []int{3, 4, 4}},
		{Kind: circuit.Output, Axes: []int{3, 2, 2}},
	}
	c.Operations = []circuit.Operation{
		{Linear: &circuit.Linear{Output: 2, Factor: 1, Terms: []circuit.Term{
			{Kind: circuit.Conv, Weight: 1, Reading: circuit.Reading{0}, Stride: [2]int{1, 1}, Pad: [2]int{1, 1}},
		}}},
		{MaxPool: &circuit.MaxPool{Output: 3, Reading: circuit.Reading{2}, Window: [2]int{2, 2}, Stride: [2]int{2, 2}}},
		{Linear: &circuit.Linear{Output: 4, Table: circuit.NoTable, Factor: 1, Terms: []circuit.Term{
			{Kind: circuit.Pool, Reading: circuit.Reading{3}, Factor: 1, Window: [2]int{2, 2}, Stride: [2]int{2, 2}},
		}}},
	}
	return c
}

func TestValidateWindows(t *testing.T) {
	conv := func(c *circuit.Circuit) *circuit.Term { return &c.Operations[0].Linear.Terms[0] }
	pool := func(c *circuit.Circuit) *circuit.Term { return &c.Operations[2].Linear.Terms[0] }
	for _, c := range []struct {
		name string
		do   func(c *circuit.Circuit)
		want string
	}{
		{"no stride", func(c *circuit.Circuit) { conv(c).Stride[0] = 0 }, "operation 0 (conv): term 0: window 3 with stride 0"},
		{"huge stride", func(c *circuit.Circuit) { conv(c).Stride[1] = 1 << 40 }, "stride"},
		{"padding of a whole window", func(c *circuit.Circuit) { conv(c).Pad[0] = 3 }, "padding 3"},
		{"negative padding", func(c *circuit.Circuit) { conv(c).Pad[0] = -1 }, "padding -1"},
		{"window beyond", func(c *circuit.Circuit) { c.Tensors[2].Axes[1] = 10 }, "window 9 of 10"},
		{"other channels", func(c *circuit.Circuit) { c.Tensors[0].Axes[0] = 3 }, "weight 1 has axes"},
		{"weight of three axes", func(c *circuit.Circuit) { c.Tensors[1].Axes = []int{3, 2, 9} }, "four axes"},
		{"window of an average of zero", func(c *circuit.Circuit) { pool(c).Window[0] = 0 }, "operation 2 (pool): term 0: window 0"},
		{"channels of an average", func(c *circuit.Circuit) { c.Tensors[4].Axes[0] = 2 }, "a pool reads 3 channels"},
		{"maximum beyond", func(c *circuit.Circuit) { c.Operations[1].MaxPool.Window[0] = 3 }, "operation 1 (maxpool): windows reach to 9"},
		{"many values of a maximum", func(c *circuit.Circuit) { c.Operations[1].MaxPool.Window = [2]int{9, 9} }, "windows of 81 values"},
		{"maximum of other channels", func(c *circuit.Circuit) { c.Tensors[3].Axes[0] = 2 }, "a maxpool reads axes"},
		{"maximum that is public", func(c *circuit.Circuit) { c.Tensors[3].Kind = circuit.Output }, "output 3 is not a tensor of kind 2"},
		{"large witness", func(c *circuit.Circuit) {
			c.Tensors[0].Axes, c.Tensors[2].Axes = []int{2, 1 << 11, 1 << 11}, []int{3, 1 << 11, 1 << 11}
		}, "the witness has more than 2^24"},
	} {
		t.Run(c.name, func(t *testing.T) { refuse(t, windowed(), c.do, c.want) })
	}
}

func forest() *circuit.Circuit {
	nodes := []int{3, 4}
	return &circuit.Circuit{
		Shift: 1,
		Tensors: []circuit.Tensor{
			{Kind: circuit.Input, Axes: []int{5, 6}},
			{Kind: circuit.Weight, Axes: nodes},
			{Kind: circuit.Weight, Axes: nodes},
			{Kind: circuit.Weight, Axes: nodes},
			{Kind: circuit.Output, Axes: []int{5, 2}},
		},
		Operations: []circuit.Operation{{Forest: &circuit.Forest{
			Input: 0, Feature: 1, Threshold: 2, Leaf: 3, Output: 4, Depth: 2, Bits: 8, Classes: []int{0, 1, 1}, Base: []int32{7, -7},
		}}},
	}
}

func TestValidateForest(t *testing.T) {
	f := func(c *circuit.Circuit) *circuit.Forest { return c.Operations[0].Forest }
	for _, c := range []struct {
		name string
		do   func(c *circuit.Circuit)
		want string
	}{
		{"no depth", func(c *circuit.Circuit) { f(c).Depth = 0 }, "operation 0 (forest): depth 0"},
		{"too deep", func(c *circuit.Circuit) { f(c).Depth = 60 }, "depth 60"},
		{"wide features", func(c *circuit.Circuit) { f(c).Bits = 17 }, "features of 17 bits"},
		{"no trees", func(c *circuit.Circuit) { f(c).Classes = nil }, "0 trees"},
		{"no classes", func(c *circuit.Circuit) { f(c).Base = nil }, "0 classes"},
		{"strange class", func(c *circuit.Circuit) { f(c).Classes[2] = 2 }, "tree 2 is of class 2 of 2"},
		{"far base", func(c *circuit.Circuit) { f(c).Base[0] = 1 << 30 }, "class 0 starts at"},
		{"reads an output", func(c *circuit.Circuit) { f(c).Input = 4 }, "tensor 4 is not an input"},
		{"weight twice", func(c *circuit.Circuit) { f(c).Leaf = 2 }, "weight 2 is used twice"},
		{"wrong nodes", func(c *circuit.Circuit) { f(c).Depth = 3 }, "weight 1 has axes [3 4], not [3 8]"},
		{"wrong output", func(c *circuit.Circuit) { c.Tensors[4].Axes = []int{5, 3} }, "the output has axes"},
		{"input of another step", func(c *circuit.Circuit) {
			c.Tensors = append(c.Tensors, circuit.Tensor{Kind: circuit.Output, Axes: []int{5, 6}})
			c.Operations = append(c.Operations, circuit.Operation{Linear: &circuit.Linear{Output: 5, Table: circuit.NoTable, Factor: 1, Terms: []circuit.Term{
				{Kind: circuit.Scale, Reading: circuit.Reading{0}, Factor: 1},
			}}})
		}, "input 0 is read by a forest and by another step"},
	} {
		t.Run(c.name, func(t *testing.T) { refuse(t, forest(), c.do, c.want) })
	}
}

// TestRange holds values from outside to lengths and ranges: nothing of them reaches an evaluation.
func TestRange(t *testing.T) {
	w := circuit.Weights{{}, {Int8: make([]int8, 6)}, {Int32: make([]int32, 2)}, {}, {}}
	p := plan(t, tiny())
	if _, err := p.Evaluate(w, [][]int32{{-128, 0, 255}}); err != nil {
		t.Fatal(err)
	}
	for name, inputs := range map[string][][]int32{
		"none": nil, "two": {{0, 0, 0}, {0}}, "short": {{0, 0}}, "low": {{-129, 0, 0}}, "high": {{0, 256, 0}},
	} {
		if _, err := p.Evaluate(w, inputs); err == nil {
			t.Errorf("inputs %s are taken", name)
		}
	}
	f := plan(t, forest())
	trees := func(feature, threshold, leaf int32) circuit.Weights {
		v := make(circuit.Weights, 5)
		for i, x := range []int32{feature, threshold, leaf} {
			v[1+i].Int32 = make([]int32, 12)
			v[1+i].Int32[11] = x
		}
		return v
	}
	x := [][]int32{make([]int32, 30)}
	if _, err := f.Evaluate(trees(5, 256, 1<<29), x); err != nil {
		t.Fatal(err)
	}
	for name, w := range map[string]circuit.Weights{
		"none": nil, "empty": make(circuit.Weights, 5), "feature": trees(6, 0, 0), "negative feature": trees(-1, 0, 0),
		"threshold": trees(0, 257, 0), "negative threshold": trees(0, -1, 0), "leaf": trees(0, 0, 1<<29+1),
	} {
		if _, err := f.Evaluate(w, x); !errors.Is(err, circuit.ErrInvalid) {
			t.Errorf("weights %s: %v", name, err)
		}
	}
	if err := f.Circuit.CheckOutputs([][]int32{make([]int32, 9)}); err == nil {
		t.Error("outputs that are too short are taken")
	}
	if err := f.Circuit.CheckOutputs([][]int32{{9: circuit.MaxInteger + 1}}); err == nil {
		t.Error("an output beyond half of the field is taken")
	}
}
