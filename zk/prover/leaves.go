package prover

import (
	"ayni.example/zk/circuit"
	"ayni.example/zk/claim"
	"ayni.example/zk/field"
	"ayni.example/zk/lookup"
	"ayni.example/zk/transcript"
)

// tables is what leaves are made of, whatever is proved.
type tables struct {
	layout    *lookup.Layout          // nil without lookups
	numbers   []field.Element         // 0, 1, .. as many as the longest table has rows
	mapped    map[int][]field.Element // T of each table
	trees     map[int][]field.Element // of each Forest, t 2^D at each position
	instances map[int][]field.Element // i
	inputs    map[int]inputs
}

// inputs is the instance and the feature of each position of a Forest's input.
type inputs struct {
	instance, feature []field.Element
}

func newTables(p *circuit.Plan) (tables, error) {
	t := tables{
		mapped: map[int][]field.Element{}, trees: map[int][]field.Element{}, instances: map[int][]field.Element{},
		inputs: map[int]inputs{},
	}
	most := 0
	for _, l := range p.Lookups {
		most = max(most, l.Bits)
		if l.Kind == circuit.Mapped {
			for _, x := range p.Circuit.Tables[l.Index].Values {
				t.mapped[l.Index] = append(t.mapped[l.Index], field.BaseInt(int64(x)))
			}
		}
	}
	t.numbers = make([]field.Element, 1<<most)
	for i := range t.numbers {
		t.numbers[i] = field.BaseInt(int64(i))
	}
	for i, op := range p.Circuit.Operations {
		if op.Forest != nil {
			place := &p.Tensors[p.Steps[i].Leaf]
			for at := range place.Size() {
				instance, tree := at>>place.Bits[1], at&(1<<place.Bits[1]-1)
				t.trees[i] = append(t.trees[i], field.BaseInt(int64(tree)<<op.Forest.Depth))
				t.instances[i] = append(t.instances[i], field.BaseInt(int64(instance)))
			}
			var in inputs
			input := &p.Tensors[op.Forest.Input]
			for at := range input.Size() {
				in.instance = append(in.instance, field.BaseInt(int64(at>>input.Bits[1])))
				in.feature = append(in.feature, field.BaseInt(int64(at&(1<<input.Bits[1]-1))))
			}
			t.inputs[i] = in
		}
	}
	if len(p.Blocks) == 0 {
		return t, nil
	}
	vars := make([]int, len(p.Blocks))
	for i, b := range p.Blocks {
		vars[i] = b.Bits
	}
	var err error
	t.layout, err = lookup.NewLayout(vars)
	return t, err
}

// lookups proves that all that is looked up is in its table.
func (r *run) lookups() error {
	drawn := r.proof.Draw(transcript.Keys, 2)
	k := keys{beta: drawn[0], gamma: drawn[1]}
	var tree lookup.Claim
	if r.tables.layout != nil {
		blocks, memory := make([]lookup.Block, len(r.plan.Blocks)), r.memory.leaves(r.plan)
		for i := range blocks {
			b := &r.plan.Blocks[i]
			n := (1<<b.Bits + field.Lanes - 1) / field.Lanes
			blocks[i] = lookup.Block{Den: memory[:n:n]}
			memory = memory[n:]
			r.block(&blocks[i], b, k)
		}
		var err error
		if tree, err = r.memory.tree.Prove(r.proof, r.tables.layout, blocks); err != nil {
			return err
		}
	}
	at := points{x: tree.Point, eq: map[int]field.Vec{}}
	var all []claim.Entry
	for _, g := range claim.Leaves(r.plan, tree.Point) {
		r.leafValues(g, at)
		all = append(all, g.Entries...)
	}
	r.send("leaves", all)
	return nil
}

// points is a point and eq of its first coordinates, for each number of them that was asked for.
type points struct {
	x  []field.E
	eq map[int]field.Vec
}

// leafValues fills in the values of a group.
func (r *run) leafValues(g claim.Group, at points) {
	var differences [][]field.Element
	if g.Operation >= 0 && r.circuit.Operations[g.Operation].MaxPool != nil && len(r.circuit.Operations[g.Operation].MaxPool.Reading) == 1 {
		differences = r.differences[g.Operation]
	}
	for i := range g.Entries {
		e := &g.Entries[i]
		if i > 0 && differences != nil {
			y := &g.Entries[0]
			e.Value = field.Sub(y.Value, field.DotBase(at.eq[len(y.Point)], differences[i-1]))
			continue
		}
		e.Value = r.valueAt(e, at)
	}
}

// valueAt is value where an entry of a committed tensor is its polynomial at the first coordinates of a point.
func (r *run) valueAt(e *claim.Entry, at points) field.E {
	if e.Point == nil {
		return r.value(e)
	}
	n := len(e.Point)
	if at.eq[n] == nil {
		at.eq[n] = field.Eq(at.x[:n])
	}
	return field.DotBase(at.eq[n], r.padded(e.Tensor))
}

// keys makes one number of a row.
type keys struct{ beta, gamma field.E }

// column is a part of the component of rows that the power of beta belongs to, times a number.
type column struct {
	power  int
	factor int64
	values []field.Element
}

// leaves makes den gamma - tag - the components of the rows, 2^n of them.
func (k keys) leaves(den field.Vec, n int, tag int64, columns ...column) {
	constant := field.Sub(k.gamma, field.Int(tag))
	den[0] = field.Block{}
	for i := range min(1<<n, field.Lanes) {
		den.Set(i, constant)
	}
	for i := range den {
		den[i] = den[0]
	}
	for _, c := range columns {
		field.AccBase(den, c.values[:1<<n], field.Mul(field.Pow(k.beta, uint64(c.power)), field.Int(-c.factor)))
	}
}

// block fills in the leaves of a block.
func (r *run) block(leaves *lookup.Block, b *circuit.Block, k keys) {
	table := &r.plan.Lookups[b.Lookup]
	if b.Kind == circuit.Supply {
		r.supply(leaves, table, k)
		return
	}
	op, step := &r.circuit.Operations[b.Operation], &r.plan.Steps[b.Operation]
	var columns []column
	switch b.Kind {
	case circuit.Mapping:
		columns = []column{{1, 1, r.padded(step.High)}, {2, 1, r.padded(op.Linear.Output)}}
	case circuit.Remainder:
		columns = []column{{1, 1, r.padded(step.Low)}}
	case circuit.Difference:
		columns = []column{{1, 1, r.differences[b.Operation][b.Index]}}
	case circuit.Node:
		level := step.Levels[b.Index]
		columns = append(r.node(b, b.Index), column{2, 1, r.padded(level.Feature)}, column{3, 1, r.padded(level.Threshold)})
	case circuit.Feature:
		level := step.Levels[b.Index]
		columns = []column{{1, 1, r.tables.instances[b.Operation]}, {2, 1, r.padded(level.Feature)}, {3, 1, r.padded(level.Value)}}
	case circuit.Comparison:
		level, above := step.Levels[b.Index], int64(1)<<op.Forest.Bits
		k.gamma = field.Sub(k.gamma, field.Mul(k.beta, field.Int(above)))
		columns = []column{{1, 1, r.padded(level.Value)}, {1, -1, r.padded(level.Threshold)}, {1, -above, r.padded(level.Bit)}}
	default: // circuit.Ending
		depth := op.Forest.Depth
		k.gamma = field.Add(k.gamma, field.Mul(k.beta, field.Int(1<<depth)))
		columns = append(r.node(b, depth), column{2, 1, r.padded(step.Leaf)})
	}
	k.leaves(leaves.Den, b.Bits, int64(table.Tag), columns...)
}

// supply fills in the leaves of a table: minus its multiplicities over its rows.
func (r *run) supply(leaves *lookup.Block, table *circuit.Lookup, k keys) {
	columns := []column{{1, 1, r.tables.numbers}}
	switch table.Kind {
	case circuit.Mapped:
		columns = append(columns, column{2, 1, r.tables.mapped[table.Index]})
	case circuit.Nodes:
		forest := r.circuit.Operations[table.Index].Forest
		columns = append(columns, column{2, 1, r.tensors[forest.Feature].values}, column{3, 1, r.tensors[forest.Threshold].values})
	case circuit.Leaves:
		columns = append(columns, column{2, 1, r.tensors[r.circuit.Operations[table.Index].Forest.Leaf].values})
	case circuit.Inputs:
		input := r.circuit.Operations[table.Index].Forest.Input
		in := r.tables.inputs[table.Index]
		columns = []column{{1, 1, in.instance}, {2, 1, in.feature}, {3, 1, r.read(circuit.Reading{input}).values}}
	default: // circuit.Range
	}
	leaves.Num = make([]field.Element, 1<<table.Bits)
	for i, x := range r.padded(table.Multiplicity) {
		leaves.Num[i].Neg(&x)
	}
	k.leaves(leaves.Den, table.Bits, int64(table.Tag), columns...)
}

// path is where the trees of a forest are at a level: 2^d + the bits before, as numbers of the field.
type path struct {
	operation, level int
	heap             []field.Element
}

// node is where each tree's path is at a level: t 2^D + 2^d + the bits before. Levels are asked for from the first on.
func (r *run) node(b *circuit.Block, d int) []column {
	p := &r.path
	if d == 0 {
		*p = path{operation: b.Operation, heap: make([]field.Element, 1<<b.Bits)}
		for i := range p.heap {
			p.heap[i].SetOne()
		}
	}
	for ; p.level < d; p.level++ {
		for i, bit := range r.padded(r.plan.Steps[b.Operation].Levels[p.level].Bit) {
			p.heap[i].Double(&p.heap[i]).Add(&p.heap[i], &bit)
		}
	}
	return []column{{1, 1, r.tables.trees[b.Operation]}, {1, 1, p.heap}}
}
