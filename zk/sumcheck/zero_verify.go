package sumcheck

import (
	"fmt"
	"slices"

	"ayni.example/zk/field"
)

// VerifyZero receives len(u) rounds about the sum of eq(u, x) f(x) that is claimed, where f has the given degree in each
// variable. The value of f at the point must be rest.
func VerifyZero(r Receiver, u []field.E, degree int, claim field.E) (point []field.E, rest field.E, err error) {
	point = make([]field.E, len(u))
	for k := range point {
		c, err := r.Receive(roundTag, degree)
		if err == nil {
			point[k], err = r.Challenge()
		}
		if err != nil {
			return nil, field.E{}, fmt.Errorf("round %d of %d: %w", k, len(u), err)
		}
		claim = next(claim, u[k], c, point[k])
	}
	return point, claim, nil
}

// next is t(r) for the polynomial t with the coefficients c from the first on, and with (1-u) t(0) + u t(1) = claim.
func next(claim, u field.E, c []field.E, r field.E) field.E {
	var sum, value field.E
	for _, coefficient := range slices.Backward(c) {
		sum = field.Add(sum, coefficient)
		value = field.Mul(field.Add(value, coefficient), r)
	}
	return field.Add(field.Sub(claim, field.Mul(u, sum)), value)
}
