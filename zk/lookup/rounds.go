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
	wide    []wide    // blocks of more than one pair
	eqs     []*sumcheck.Table
	pairs   []pair // of the nodes whose blocks, or nodes below, are bound to one pair
}

// wide is the pairs of a block in a layer.
type wide struct {
	node           int
	p0, p1, q0, q1 *sumcheck.Table
}

// open starts the rounds of the layer of 2^len(u) nodes.
func (t *tree) open(u []field.E, lambda field.E) *rounds {
	depth := len(u)
	y := &rounds{
		tree: t, lambda: lambda, weights: t.weigh(u), pairs: make([]pair, len(t.nodes)), eqs: make([]*sumcheck.Table, depth),
	}
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
			y.widen(i, t.levels[n.block][depth-n.depth+1], u)
		}
	}
	return y
}

// mixed is a pair whose second numerator has lambda q1 in it.
func (y *rounds) mixed(a pair) pair {
	a.p1 = field.Add(a.p1, field.Mul(y.lambda, a.q1))
	return a
}

// widen adds the pairs of a block, 2^(len(u) - depth) of them.
func (y *rounds) widen(at int, l level, u []field.E) {
	depth := y.nodes[at].depth
	vars := len(u) - depth
	if y.eqs[depth] == nil {
		eq := y.take(blocksOf(vars - 1))
		clear(eq)
		field.EqTo(eq, u[1:vars])
		y.eqs[depth] = sumcheck.NewTable(eq, vars-1)
	}
	w := wide{node: at}
	w.q0, w.q1 = tables(l.q, vars)
	if l.p == nil {
		l.p = y.take(len(l.q))
		one := field.Base(field.One()[0])
		for i := range l.p {
			for k := range field.Lanes {
				l.p[i:].Set(k, one)
			}
		}
	}
	w.p0, w.p1 = tables(l.p, vars)
	field.AccVec(w.p1.Values(), w.q1.Values(), y.lambda)
	y.wide = append(y.wide, w)
}

// tables are the two halves of a level.
func tables(v field.Vec, vars int) (low, high *sumcheck.Table) {
	h := len(v) / 2
	return sumcheck.NewTable(v[:h:h], vars), sumcheck.NewTable(v[h:], vars)
}

// round is the polynomial of bit d: its value at 0 and its leading coefficient.
func (y *rounds) round(d int) (at0, lead field.E) {
	add := func(weight, low, top field.E) {
		at0, lead = field.Add(at0, field.Mul(weight, low)), field.Add(lead, field.Mul(weight, top))
	}
	for i, n := range y.nodes {
		switch {
		case n.block == padding && n.depth <= d:
			add(y.weights[i], y.lambda, field.Zero())
		case n.block == inner && n.depth == d:
			zero, one := y.pairs[n.zero], y.pairs[n.one]
			add(y.weights[i], zero.product(), one.minus(zero).product())
		}
	}
	for _, w := range y.wide {
		if n := y.nodes[w.node]; n.depth <= d {
			low, top := field.FractionRound(w.p0.Halves(), w.p1.Halves(), w.q0.Halves(), w.q1.Halves(), y.eqs[n.depth].Values())
			add(y.weights[w.node], low, top)
		}
	}
	return at0, lead
}

// product is p0 q1 + p1 q0.
func (a pair) product() field.E { return a.sum().P }

func (a pair) minus(b pair) pair {
	return pair{field.Sub(a.p0, b.p0), field.Sub(a.p1, b.p1), field.Sub(a.q0, b.q0), field.Sub(a.q1, b.q1)}
}

// bind makes r the value of bit d.
func (y *rounds) bind(d int, r field.E) {
	for i, n := range y.nodes {
		if n.block == inner && n.depth == d {
			a, b := y.pairs[n.zero], y.pairs[n.one]
			y.pairs[i] = pair{between(a.p0, b.p0, r), between(a.p1, b.p1, r), between(a.q0, b.q0, r), between(a.q1, b.q1, r)}
		}
	}
	for _, w := range y.wide {
		depth := y.nodes[w.node].depth
		if depth > d {
			continue
		}
		for _, t := range []*sumcheck.Table{w.p0, w.p1, w.q0, w.q1} {
			t.Bind(r)
		}
		if depth == d {
			y.pairs[w.node] = pair{w.p0.Value(), w.p1.Value(), w.q0.Value(), w.q1.Value()}
		}
	}
	for depth, eq := range y.eqs {
		if eq != nil && depth < d {
			eq.Sum()
		}
	}
}
