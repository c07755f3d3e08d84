package poly

import "ayni.example/zk/field"

// Eval is the multilinear polynomial of the given values at r. There are 2^len(r) values.
func Eval(values field.Vec, r []field.E) field.E { return field.Dot(values, field.Eq(r)) }

// EvalBase is Eval of values of the base field.
func EvalBase(values []field.Element, r []field.E) field.E {
	return field.DotBase(field.Eq(r), values[:1<<len(r)])
}

// Interpolate is the value at x of the polynomial of degree below len(y) that is y[i] at i.
func Interpolate(y []field.E, x field.E) (s field.E) {
	for i := range y {
		above, below := field.One(), field.One()
		for j := range y {
			if j != i {
				above = field.Mul(above, field.Sub(x, field.Int(int64(j))))
				below = field.Mul(below, field.Int(int64(i-j)))
			}
		}
		s = field.Add(s, field.Mul(y[i], field.Mul(above, field.Inverse(below))))
	}
	return s
}
