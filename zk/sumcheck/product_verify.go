package sumcheck

import (
	"fmt"

	"ayni.example/zk/field"
)

// VerifyProducts receives n rounds about a sum of products that is claimed. The sum of the products at the point must be rest.
func VerifyProducts(r Receiver, n int, claim field.E) (point []field.E, rest field.E, err error) {
	point = make([]field.E, n)
	for k := range point {
		m, err := r.Receive(roundTag, 2)
		if err == nil {
			point[k], err = r.Challenge()
		}
		if err != nil {
			return nil, field.E{}, fmt.Errorf("round %d of %d: %w", k, n, err)
		}
		at0, lead := m[0], m[1]
		// g(1) is claim - g(0): the slope is what it has beyond g(0) and the leading coefficient.
		slope := field.Sub(field.Sub(claim, field.Add(at0, at0)), lead)
		claim = field.Add(at0, field.Mul(point[k], field.Add(slope, field.Mul(point[k], lead))))
	}
	return point, claim, nil
}

// Weights are the factors of the terms of a batch: that of term j, which depends on the last vars[j] of n variables alone,
// is weight^j / 2^(n - vars[j]), because a sum over all n variables counts it 2^(n - vars[j]) times.
func Weights(weight field.E, n int, vars []int) []field.E {
	half := field.Inverse(field.Int(2))
	list := make([]field.E, len(vars))
	power := field.One()
	for j, v := range vars {
		list[j] = field.Mul(power, field.Pow(half, uint64(n-v)))
		power = field.Mul(power, weight)
	}
	return list
}
