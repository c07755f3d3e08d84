package lookup

import (
	"fmt"

	"ayni.example/zk/field"
	"ayni.example/zk/sumcheck"
)

// layerTag marks the values that end a layer.
const layerTag = "layer"

// Claim is what numerators and denominators of the leaves are at a point.
type Claim struct {
	Point []field.E
	Fraction
}

// Verify receives the layers of a tree whose sum is zero. Its claim holds if the leaves have it; see Layout.Check.
func Verify(r sumcheck.Receiver, l *Layout) (Claim, error) {
	var c Claim
	for k := range l.Vars {
		point, last, err := layer(r, c, k)
		var tau field.E
		if err == nil {
			tau, err = r.Challenge()
		}
		if err != nil {
			return Claim{}, fmt.Errorf("layer %d of %d: %w", k, l.Vars, err)
		}
		c = last.join(point, tau)
	}
	return c, nil
}

// layer receives layer k, about which c claims, and returns the values of its two halves that end it.
func layer(r sumcheck.Receiver, c Claim, k int) (point []field.E, last pair, err error) {
	if k == 0 {
		last, err = receivePair(r)
		if err != nil {
			return nil, pair{}, err
		}
		sum := last.sum()
		if sum.Q == field.Zero() {
			return nil, pair{}, ErrPole
		}
		if sum.P != field.Zero() {
			return nil, pair{}, ErrSum
		}
		return nil, last, nil
	}
	lambda, err := r.Challenge()
	if err != nil {
		return nil, pair{}, err
	}
	point, rest, err := sumcheck.VerifyZero(r, c.Point, 2, c.mix(lambda))
	if err != nil {
		return nil, pair{}, err
	}
	if last, err = receivePair(r); err != nil {
		return nil, pair{}, err
	}
	if last.sum().mix(lambda) != rest {
		return nil, pair{}, ErrLayer
	}
	return point, last, nil
}

func receivePair(r sumcheck.Receiver) (pair, error) {
	m, err := r.Receive(layerTag, 4)
	if err != nil {
		return pair{}, err
	}
	return pair{m[0], m[1], m[2], m[3]}, nil
}

// pair is two fractions that a node joins.
type pair struct{ p0, p1, q0, q1 field.E }

func (a pair) sum() Fraction {
	return Fraction{
		P: field.Add(field.Mul(a.p0, a.q1), field.Mul(a.p1, a.q0)),
		Q: field.Mul(a.q0, a.q1),
	}
}

// mix is P + lambda Q.
func (f Fraction) mix(lambda field.E) field.E { return field.Add(f.P, field.Mul(lambda, f.Q)) }

// join is the claim about the layer below a pair of values at a point: tau tells its halves apart.
func (a pair) join(point []field.E, tau field.E) Claim {
	return Claim{
		Point:    append([]field.E{tau}, point...),
		Fraction: Fraction{P: between(a.p0, a.p1, tau), Q: between(a.q0, a.q1, tau)},
	}
}

// between is a + r (b - a).
func between(a, b, r field.E) field.E { return field.Add(a, field.Mul(r, field.Sub(b, a))) }
