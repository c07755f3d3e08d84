package sumcheck

import "ayni.example/zk/field"

// ProductAt is what ProveZero sums, of the factors' values at a point.
func ProductAt(values []field.E) field.E {
	p := field.One()
	for _, v := range values {
		p = field.Mul(p, v)
	}
	return p
}

// BitsAt is what ProveBits sums, of the columns' values at a point.
func BitsAt(weight field.E, values []field.E) (sum field.E) {
	power := field.One()
	for _, b := range values {
		sum = field.Add(sum, field.Mul(power, field.Sub(field.Mul(b, b), b)))
		power = field.Mul(power, weight)
	}
	return sum
}

func multiply(dst field.Vec, columns []field.Vec) {
	copy(dst, columns[0])
	for _, c := range columns[1:] {
		field.MulVec(dst, dst, c)
	}
}

func sumBits(weight field.E) compose {
	return func(dst field.Vec, columns []field.Vec) {
		clear(dst)
		power := field.One()
		for _, b := range columns {
			field.AccVec(dst, b, field.Neg(power))
			field.MulVec(b, b, b)
			field.AccVec(dst, b, power)
			power = field.Mul(power, weight)
		}
	}
}
