package lookup

import (
	"slices"

	"ayni.example/zk/field"
	"ayni.example/zk/sumcheck"
)

// Block is leaves: numerators over denominators.
type Block struct {
	Den field.Vec       // overwritten
	Num []field.Element // or nil where all numerators are 1
}

// tree is all fractions: those of each block from its leaves up, and the sums of blocks.
type tree struct {
	*Layout
	blocks []Block
	levels [][]level  // of each block; level j has 2^j fractions, the last are the leaves
	sums   []Fraction // of all leaves under each node
	memory field.Vec  // what is not taken yet
}

// level is fractions of a block, each vector as sumcheck.Table's halves. The numerators of leaves that are 1 are nil.
type level struct{ p, q field.Vec }

func (p *Prover) newTree(l *Layout, blocks []Block) *tree {
	t := &tree{
		Layout: l, blocks: blocks, levels: make([][]level, len(blocks)), sums: make([]Fraction, len(l.nodes)), memory: p.reserve(l),
	}
	for i := len(l.nodes) - 1; i >= 0; i-- {
		switch n := l.nodes[i]; n.block {
		case inner:
			zero, one := t.sums[n.zero], t.sums[n.one]
			t.sums[i] = pair{zero.P, one.P, zero.Q, one.Q}.sum()
		case padding:
			t.sums[i] = Fraction{Q: field.One()}
		default:
			t.sums[i] = t.add(n.block)
		}
	}
	return t
}

// reserve is what trees of the layout take, more or less: two vectors of each level, numerators, and tables of eq.
func (p *Prover) reserve(l *Layout) field.Vec {
	const small = 100 // levels of less than a block
	need := 0
	for _, v := range l.Blocks {
		need += 4*blocksOf(v) + small
	}
	if len(p.memory) < need {
		p.memory = make(field.Vec, need)
	}
	return p.memory
}

// take is a vector of so many blocks, of any content, with room for one block more.
func (t *tree) take(blocks int) field.Vec {
	room := max(2, blocks)
	if len(t.memory) < room {
		t.memory = make(field.Vec, room)
	}
	v := t.memory[:blocks:room]
	t.memory = t.memory[room:]
	return v
}

// add fills the levels of a block, and returns its sum.
func (t *tree) add(b int) Fraction {
	vars, block := t.Blocks[b], t.blocks[b]
	levels := make([]level, vars+1)
	var p field.Vec
	if block.Num != nil {
		p = t.take(blocksOf(vars))
		clear(p)
		for i, e := range block.Num[:1<<vars] {
			p[i/field.Lanes][0][i%field.Lanes] = e[0]
		}
	}
	q := slices.Clip(block.Den)
	for j := vars; j > 0; j-- {
		levels[j] = level{q: halves(q, j)}
		if p != nil {
			levels[j].p = halves(p, j)
		}
		p, q = t.take(blocksOf(j-1)), t.take(blocksOf(j-1))
		levels[j].step(p, q)
	}
	t.levels[b] = levels
	sum := Fraction{P: field.One(), Q: q.At(0)}
	if p != nil {
		sum.P = p.At(0)
	}
	return sum
}

func halves(v field.Vec, vars int) field.Vec {
	t := sumcheck.NewTable(v, vars)
	return t.Halves()
}

func blocksOf(vars int) int { return max(1, 1<<vars/field.Lanes) }

// step adds the fractions of the two halves.
func (l level) step(p, q field.Vec) {
	if l.p != nil {
		field.FractionStep(p, q, l.p, l.q)
		return
	}
	h := len(l.q) / 2
	field.AddVec(p, l.q[:h], l.q[h:])
	field.MulVec(q, l.q[:h], l.q[h:])
}

// ends is the two fractions of a level of two.
func (l level) ends() pair {
	e := pair{p0: field.One(), p1: field.One(), q0: l.q.At(0), q1: l.q[1:].At(0)}
	if l.p != nil {
		e.p0, e.p1 = l.p.At(0), l.p[1:].At(0)
	}
	return e
}
