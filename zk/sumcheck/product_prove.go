package sumcheck

import (
	"slices"

	"ayni.example/zk/field"
)

// Product is a term of a batch: the sum of A B over 2^Vars values is Claim. A and B are overwritten.
type Product struct {
	Vars  int
	Claim field.E
	A, B  field.Vec
	Base  []field.Element // B, where its values are of the base field: a cheaper first round
}

// ProveProducts sends the rounds of a batch in which term j counts weight^j times. The values are A and B of each term at
// the last coordinates of the point, as many as it has variables.
func ProveProducts(s Sender, weight field.E, terms []Product) (point []field.E, values [][2]field.E) {
	n := 0
	vars := make([]int, len(terms))
	for j, t := range terms {
		vars[j] = t.Vars
		n = max(n, t.Vars)
	}
	pairs, claims := make([]*pair, len(terms)), make([]field.E, len(terms))
	weights, power := Weights(weight, n, vars), field.One()
	for j, t := range terms {
		pairs[j] = newPair(t)
		claims[j] = field.Mul(power, t.Claim)
		power = field.Mul(power, weight)
	}
	half := field.Inverse(field.Int(2))
	point = make([]field.E, n)
	for k := range point {
		var at0, lead field.E
		for j, p := range pairs {
			if p.vars() < n-k {
				// The term is constant in this variable: each of its two values is half of the claim.
				claims[j] = field.Mul(claims[j], half)
				at0 = field.Add(at0, claims[j])
				continue
			}
			low, top := p.round()
			at0 = field.Add(at0, field.Mul(weights[j], low))
			lead = field.Add(lead, field.Mul(weights[j], top))
		}
		s.Send(roundTag, at0, lead)
		point[k] = s.Challenge()
		for _, p := range pairs {
			if p.vars() == n-k {
				p.bind(point[k])
			}
		}
	}
	values = make([][2]field.E, len(pairs))
	for j, p := range pairs {
		values[j] = p.values()
	}
	return point, values
}

// ProveRounds sends the first rounds of the sum of a b over 2^vars values, which it overwrites, and returns both
// polynomials of the variables that are left.
func ProveRounds(s Sender, a, b field.Vec, vars, rounds int) (point []field.E, restA, restB field.Vec) {
	p := newPair(Product{Vars: vars, A: a, B: b})
	point = make([]field.E, rounds)
	for k := range point {
		s.Send(roundTag, list(p.round())...)
		point[k] = s.Challenge()
		p.bind(point[k])
	}
	return point, p.a.Values(), p.b.Values()
}

func list(a, b field.E) []field.E { return []field.E{a, b} }

// pair is a product while its variables are bound.
type pair struct {
	a, b Table
	base []field.Element // b before the first variable is bound, or nil
}

func newPair(t Product) *pair {
	p := &pair{a: NewTable(slices.Clip(t.A), t.Vars)}
	switch {
	case t.Base == nil:
		p.b = NewTable(slices.Clip(t.B), t.Vars)
	case t.Vars > laneVars:
		p.base = t.Base[:1<<t.Vars]
	default:
		p.b = NewTable(field.PackBase(t.Base[:1<<t.Vars]), t.Vars)
	}
	return p
}

func (p *pair) vars() int { return p.a.Vars() }

// round is the polynomial of the first variable: its value at 0 and its leading coefficient.
func (p *pair) round() (at0, lead field.E) {
	if p.base != nil {
		return field.ProductRoundBase(p.a.Halves(), p.base)
	}
	return field.ProductRound(p.a.Halves(), p.b.Halves())
}

func (p *pair) bind(r field.E) {
	if p.base == nil {
		p.a.Bind(r)
		p.b.Bind(r)
		return
	}
	p.a.Bind(r)
	// The bound half of a leaves room for what is b from now on.
	h := len(p.a.values)
	b := p.a.values[h : 2*h]
	p.a.values = slices.Clip(p.a.values)
	half := len(p.base) / 2
	field.FoldBase(b, p.base[:half], p.base[half:], r)
	p.b, p.base = NewTable(b, p.a.Vars()), nil
}

func (p *pair) values() [2]field.E { return [2]field.E{p.a.Value(), p.b.Value()} }
