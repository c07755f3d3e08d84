package lookup

import (
	"ayni.example/zk/field"
	"ayni.example/zk/sumcheck"
)

// rounds is a layer while the bits of its nodes' indices are bound, from the top. Numerators p1 stand for p1 + lambda q1,
// which makes the denominators' part of p0 q1 + p1 q0.
type rounds struct {
	*tree
	lambda  field.E
	weights []field.E // of the nodes, by the coordinates of their bits
	wide    []wide
	ones    []ones
	eqs     []sumcheck.Table // by the depth of the blocks that they are for
	pairs   []pair           // of the nodes whose blocks, or nodes below, are bound to one pair
}

// open starts the rounds of the layer of 2^len(u) nodes.
func (t *tree) open(u []field.E, lambda field.E) (*rounds, error) {
	y := &rounds{
		tree: t, lambda: lambda, weights: t.weigh(u), pairs: make([]pair, len(t.nodes)), eqs: t.tablesOfEq(u),
		wide: make([]wide, 0, len(t.blocks)),
	}
	depth := len(u)
	for i, n := range t.nodes {
		switch {
		case n.block == padding:
			y.pairs[i] = y.mixed(pair{q0: field.One(), q1: field.One()})
		case n.block == inner && n.depth == depth:
			zero, one := t.sums[n.zero], t.sums[n.one]
			y.pairs[i] = y.mixed(pair{zero.P, one.P, zero.Q, one.Q})
		case n.block == inner || n.depth > depth:
		case n.depth == depth:
			y.pairs[i] = y.mixed(t.levels[n.block][1].ends())
		default:
			if err := y.add(i, t.levels[n.block][depth-n.depth+1], depth-n.depth); err != nil {
				return nil, err
			}
		}
	}
	return y, nil
}

// mixed is a pair whose second numerator has lambda q1 in it.
func (y *rounds) mixed(a pair) pair {
	a.p1 = field.Add(a.p1, field.Mul(y.lambda, a.q1))
	return a
}

// tablesOfEq are those of the coordinates after the first one that blocks have pairs for, for each depth of a block.
func (t *tree) tablesOfEq(u []field.E) []sumcheck.Table {
	list := make([]sumcheck.Table, len(u))
	for _, n := range t.nodes {
		if n.block < 0 || n.depth >= len(u) || list[n.depth].Values() != nil {
			continue
		}
		vars := len(u) - n.depth - 1
		eq := t.take(blocksOf(vars))
		clear(eq)
		field.EqTo(eq, u[1:1+vars])
		list[n.depth] = sumcheck.NewTable(eq, vars)
	}
	return list
}

// add takes the pairs of the block at a node, 2^vars of them.
func (y *rounds) add(at int, l level, vars int) error {
	if l.p == nil {
		o, err := y.newOnes(at, l, vars)
		y.ones = append(y.ones, o)
		return err
	}
	y.wide = append(y.wide, y.newWide(at, l, vars))
	return nil
}

// round is the polynomial of bit d: its value at 0 and its leading coefficient.
func (y *rounds) round(d int) (at0, lead field.E) {
	add := func(node int, low, top field.E) {
		w := y.weights[node]
		at0, lead = field.Add(at0, field.Mul(w, low)), field.Add(lead, field.Mul(w, top))
	}
	for i, n := range y.nodes {
		switch {
		case n.block == padding && n.depth <= d:
			add(i, y.lambda, field.Zero())
		case n.block == inner && n.depth == d:
			zero, one := y.pairs[n.zero], y.pairs[n.one]
			add(i, zero.product(), one.minus(zero).product())
		}
	}
	for i := range y.wide {
		if w := &y.wide[i]; y.nodes[w.node].depth <= d {
			low, top := w.round(y.eqs[y.nodes[w.node].depth].Values())
			add(w.node, low, top)
		}
	}
	for i := range y.ones {
		if o := &y.ones[i]; y.nodes[o.node].depth <= d {
			low, top := o.round(y.eqs[y.nodes[o.node].depth].Values(), y.lambda)
			add(o.node, low, top)
		}
	}
	return at0, lead
}

// bind makes r the value of bit d.
func (y *rounds) bind(d int, r field.E) {
	for i, n := range y.nodes {
		if n.block == inner && n.depth == d {
			y.pairs[i] = y.pairs[n.zero].between(y.pairs[n.one], r)
		}
	}
	for i := range y.wide {
		if w := &y.wide[i]; y.nodes[w.node].depth <= d {
			y.pairs[w.node] = w.bind(r)
		}
	}
	for i := range y.ones {
		if o := &y.ones[i]; y.nodes[o.node].depth <= d {
			y.pairs[o.node] = y.mixed(o.bind(r))
		}
	}
	for depth := range min(d, len(y.eqs)) {
		if y.eqs[depth].Values() != nil {
			y.eqs[depth].Sum()
		}
	}
}

// product is p0 q1 + p1 q0.
func (a pair) product() field.E { return a.sum().P }

func (a pair) minus(b pair) pair {
	return pair{field.Sub(a.p0, b.p0), field.Sub(a.p1, b.p1), field.Sub(a.q0, b.q0), field.Sub(a.q1, b.q1)}
}

// between is a + r (b - a).
func (a pair) between(b pair, r field.E) pair {
	return pair{between(a.p0, b.p0, r), between(a.p1, b.p1, r), between(a.q0, b.q0, r), between(a.q1, b.q1, r)}
}
