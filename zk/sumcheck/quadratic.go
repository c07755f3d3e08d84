package sumcheck

import "ayni.example/zk/field"

// Quadratic is the prover's half of the rounds that VerifyZero receives with degree two, for who computes a round by its
// own loops. A round's value at 1 follows from the claim, which saves a pass over the tables and takes the inverses of u.
type Quadratic struct {
	u, inverses []field.E
	claim       field.E
	point       []field.E
}

// NewQuadratic starts the rounds about the sum of eq(u, x) f(x) that is claimed.
func NewQuadratic(u []field.E, claim field.E) (*Quadratic, error) {
	inverses, err := invert(u)
	if err != nil {
		return nil, err
	}
	return &Quadratic{u: u, inverses: inverses, claim: claim, point: make([]field.E, 0, len(u)+1)}, nil
}

// Round sends the polynomial of the next variable, given its value at 0 and its leading coefficient, and draws that variable.
func (q *Quadratic) Round(s Sender, at0, lead field.E) field.E {
	k := len(q.point)
	slope := field.Sub(field.Mul(field.Sub(q.claim, at0), q.inverses[k]), lead)
	s.Send(roundTag, slope, lead)
	r := s.Challenge()
	q.claim = field.Add(at0, field.Mul(r, field.Add(slope, field.Mul(r, lead))))
	q.point = append(q.point, r)
	return r
}

// Point is what was drawn.
func (q *Quadratic) Point() []field.E { return q.point }

// invert is the inverses of all of u by one division (Montgomery, Math. Comp. 48, 1987).
func invert(u []field.E) ([]field.E, error) {
	list, product := make([]field.E, len(u)), field.One()
	for i, x := range u {
		list[i] = product
		product = field.Mul(product, x)
	}
	if product == field.Zero() {
		return nil, ErrChallenge
	}
	rest := field.Inverse(product)
	for i := len(u) - 1; i >= 0; i-- {
		list[i] = field.Mul(list[i], rest)
		rest = field.Mul(rest, u[i])
	}
	return list, nil
}
