package lookup

import (
	"ayni.example/zk/field"
	"ayni.example/zk/sumcheck"
)

// wide is the pairs of a block in a layer, where there are two or more.
type wide struct {
	node           int
	p0, p1, q0, q1 sumcheck.Table
}

func (y *rounds) newWide(node int, l level, vars int) wide {
	w := wide{node: node}
	w.p0, w.p1 = y.tables(l.p, vars)
	w.q0, w.q1 = y.tables(l.q, vars)
	field.AccVec(w.p1.Values(), w.q1.Values(), y.lambda)
	return w
}

// tables are the two halves of a level.
func (t *tree) tables(v field.Vec, vars int) (low, high sumcheck.Table) {
	h := len(v) / 2
	lo, hi := v[:h:h], v[h:]
	if h == 1 {
		lo, hi = append(t.take(1)[:0], lo...), append(t.take(1)[:0], hi...)
	}
	return sumcheck.NewTable(lo, vars), sumcheck.NewTable(hi, vars)
}

func (w *wide) round(eq field.Vec) (at0, lead field.E) {
	return field.FractionRound(w.p0.Halves(), w.p1.Halves(), w.q0.Halves(), w.q1.Halves(), eq)
}

// bind returns the first pair that is left.
func (w *wide) bind(r field.E) pair {
	for _, t := range []*sumcheck.Table{&w.p0, &w.p1, &w.q0, &w.q1} {
		t.Bind(r)
	}
	return pair{w.p0.Value(), w.p1.Value(), w.q0.Value(), w.q1.Value()}
}

// ones is the pairs of a block whose numerators are all 1. What they sum is q0 + q1 + lambda q0 q1, which is
// lambda r0 r1 - c with c = 1/lambda and r = q + c: half of the tables, and a product instead of two.
type ones struct {
	node   int
	c      field.E
	r0, r1 sumcheck.Table
}

func (y *rounds) newOnes(node int, l level, vars int) (ones, error) {
	if y.lambda == field.Zero() {
		return ones{}, sumcheck.ErrChallenge
	}
	o := ones{node: node, c: field.Inverse(y.lambda)}
	shift := make(field.Vec, min(len(l.q), 16))
	for i := range field.Lanes {
		shift.Set(i, o.c)
	}
	for i := range shift {
		shift[i] = shift[0]
	}
	for rest := l.q; len(rest) > 0; {
		n := min(len(rest), len(shift))
		field.AddVec(rest[:n], rest[:n], shift)
		rest = rest[n:]
	}
	o.r0, o.r1 = y.tables(l.q, vars)
	return o, nil
}

func (o *ones) round(eq field.Vec, lambda field.E) (at0, lead field.E) {
	at0, lead = field.EqProductRound(o.r0.Halves(), o.r1.Halves(), eq)
	return field.Sub(field.Mul(lambda, at0), o.c), field.Mul(lambda, lead)
}

// bind returns the first pair that is left.
func (o *ones) bind(r field.E) pair {
	o.r0.Bind(r)
	o.r1.Bind(r)
	return pair{field.One(), field.One(), field.Sub(o.r0.Value(), o.c), field.Sub(o.r1.Value(), o.c)}
}
