package prover

import (
	"ayni.example/zk/circuit"
	"ayni.example/zk/claim"
	"ayni.example/zk/field"
	"ayni.example/zk/lookup"
)

// tables is what the leaves of the lookup tables are made of, whatever is proved: the numbers 0, 1, .. and T of each table.
type tables struct {
	numbers []field.Element
	mapped  map[int][]field.Element
}

func newTables(p *circuit.Plan) tables {
	t := tables{mapped: map[int][]field.Element{}}
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
	return t
}

// lookups proves that all that is looked up is in its table.
func (r *run) lookups() error {
	k := keys{beta: r.proof.Challenge(), gamma: r.proof.Challenge()}
	var tree lookup.Claim
	if len(r.plan.Blocks) > 0 {
		blocks, vars := make([]lookup.Block, len(r.plan.Blocks)), make([]int, len(r.plan.Blocks))
		for i := range blocks {
			b := &r.plan.Blocks[i]
			vars[i] = b.Bits
			blocks[i] = r.block(b, k)
		}
		layout, err := lookup.NewLayout(vars)
		if err != nil {
			return err
		}
		if tree, err = lookup.Prove(r.proof, layout, blocks); err != nil {
			return err
		}
	}
	var all []claim.Entry
	for _, g := range claim.Leaves(r.plan, tree.Point) {
		for i := range g.Entries {
			g.Entries[i].Value = r.value(&g.Entries[i])
		}
		all = append(all, g.Entries...)
	}
	r.send("leaves", all)
	return nil
}

// keys makes gamma minus the key of each row of a block.
type keys struct{ beta, gamma field.E }

// rows is gamma - tag - beta a - beta^2 b - beta^3 c at each of 2^n positions; columns may be missing.
func (k keys) rows(n, tag int, columns ...[]field.Element) field.Vec {
	v := field.NewVec(1 << n)
	constant := field.Sub(k.gamma, field.Int(int64(tag)))
	for i := range min(1<<n, field.Lanes) {
		v.Set(i, constant)
	}
	for i := range v {
		v[i] = v[0]
	}
	power := field.Neg(k.beta)
	for _, values := range columns {
		if values != nil {
			field.AccBase(v, values[:1<<n], power)
		}
		power = field.Mul(power, k.beta)
	}
	return v
}

// block is the leaves of a block.
func (r *run) block(b *circuit.Block, k keys) lookup.Block {
	table := &r.plan.Lookups[b.Lookup]
	if b.Kind == circuit.Supply {
		return r.supply(table, k)
	}
	op, step := &r.circuit.Operations[b.Operation], &r.plan.Steps[b.Operation]
	var columns [][]field.Element
	switch b.Kind {
	case circuit.Mapping:
		columns = [][]field.Element{r.padded(step.High), r.padded(op.Linear.Output)}
	case circuit.Remainder:
		columns = [][]field.Element{r.padded(step.Low)}
	case circuit.Difference:
		columns = [][]field.Element{r.difference(op.MaxPool, b.Index)}
	case circuit.Node:
		level := step.Levels[b.Index]
		columns = [][]field.Element{r.nodes(b, b.Index, 0), r.padded(level.Feature), r.padded(level.Threshold)}
	case circuit.Feature:
		level := step.Levels[b.Index]
		columns = [][]field.Element{r.inputs(b, level), r.padded(level.Value)}
	case circuit.Comparison:
		columns = [][]field.Element{r.comparisons(b, step.Levels[b.Index])}
	case circuit.Ending:
		depth := op.Forest.Depth
		columns = [][]field.Element{r.nodes(b, depth, -1<<depth), r.padded(step.Leaf)}
	}
	return lookup.Block{Den: k.rows(b.Bits, table.Tag, columns...)}
}

// supply is the leaves of a table: minus its multiplicities over its rows.
func (r *run) supply(table *circuit.Lookup, k keys) lookup.Block {
	columns := [][]field.Element{r.tables.numbers}
	switch table.Kind {
	case circuit.Mapped:
		columns = append(columns, r.tables.mapped[table.Index])
	case circuit.Nodes:
		forest := r.circuit.Operations[table.Index].Forest
		columns = append(columns, r.tensors[forest.Feature].values, r.tensors[forest.Threshold].values)
	case circuit.Leaves:
		columns = append(columns, r.tensors[r.circuit.Operations[table.Index].Forest.Leaf].values)
	case circuit.Inputs:
		columns = append(columns, r.read(circuit.Reading{r.circuit.Operations[table.Index].Forest.Input}).values)
	}
	minus := make([]field.Element, 1<<table.Bits)
	for i, x := range r.padded(table.Multiplicity) {
		minus[i].Neg(&x)
	}
	return lookup.Block{Den: k.rows(table.Bits, table.Tag, columns...), Num: minus}
}

// integers is the values of a witness tensor.
func (r *run) integers(tensor int) []int32 {
	place := &r.plan.Tensors[tensor]
	return r.answer.Witness[place.Offset:][:place.Size()]
}

// nodes is where each tree's path is at a level: t 2^D + 2^d + the bits before, plus a constant.
func (r *run) nodes(b *circuit.Block, d, constant int) []field.Element {
	step, depth := &r.plan.Steps[b.Operation], r.circuit.Operations[b.Operation].Forest.Depth
	bits := make([][]int32, d)
	for j := range bits {
		bits[j] = r.integers(step.Levels[j].Bit)
	}
	trees := r.plan.Tensors[step.Leaf].Bits[1]
	list := make([]field.Element, 1<<b.Bits)
	for i := range list {
		heap := 1
		for _, bit := range bits {
			heap = 2*heap + int(bit[i])
		}
		list[i] = field.BaseInt(int64(i&(1<<trees-1)<<depth + heap + constant))
	}
	return list
}

// inputs is where the feature of each node lies in the forest's input.
func (r *run) inputs(b *circuit.Block, level circuit.Level) []field.Element {
	step, input := &r.plan.Steps[b.Operation], r.circuit.Operations[b.Operation].Forest.Input
	trees, features := r.plan.Tensors[step.Leaf].Bits[1], r.plan.Tensors[input].Bits[1]
	list := make([]field.Element, 1<<b.Bits)
	for i, f := range r.integers(level.Feature) {
		list[i] = field.BaseInt(int64(i>>trees<<features) + int64(f))
	}
	return list
}

// comparisons is value - threshold where the bit is 1, and 2^b more where it is 0.
func (r *run) comparisons(b *circuit.Block, level circuit.Level) []field.Element {
	above := int64(1) << r.circuit.Operations[b.Operation].Forest.Bits
	value, threshold, bit := r.integers(level.Value), r.integers(level.Threshold), r.integers(level.Bit)
	list := make([]field.Element, 1<<b.Bits)
	for i := range list {
		list[i] = field.BaseInt(int64(value[i]) - int64(threshold[i]) + above*int64(1-bit[i]))
	}
	return list
}
