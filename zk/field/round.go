package field

// ProductRound is a round of the sumcheck of a b over the top variable: the sum of lo lo', which is the polynomial at 0,
// and of (hi-lo)(hi'-lo'), its leading coefficient. Vectors have two blocks or more; Unpack smaller ones.
func ProductRound(a, b Vec) (at0, atInf E) {
	h := half(a)
	return active().productRound(a[:h], a[h:], b[:h], b[h:2*h])
}

// ProductRoundBase is ProductRound with b of the base field, one number for each element of a.
func ProductRoundBase(a Vec, b []Element) (at0, atInf E) {
	h := half(a)
	return active().productRoundBase(a[:h], a[h:], b[:h*Lanes], b[h*Lanes:2*h*Lanes])
}

// EqProductRound is ProductRound of eq a b, with the factor that eq has in the top variable left out: the table eq is half
// as long as the others, over the variables that follow.
func EqProductRound(a, b, eq Vec) (at0, atInf E) {
	h := half(a)
	return active().eqProductRound(a[:h], a[h:], b[:h], b[h:2*h], eq[:h])
}

// FractionRound is a round of the sumcheck of eq (p0 q1 + p1 q0) over the top variable, with the factor that eq has in
// this variable left out: the sums of eq (p0 q1 + p1 q0) over the lower half, and of the same of the differences of the
// halves. The table eq is half as long as the others: it is over the variables that follow. For the numerator and the
// denominator at once, p0 q1 + p1 q0 + lambda q0 q1, add lambda q1 to p1 first.
func FractionRound(p0, p1, q0, q1, eq Vec) (at0, atInf E) {
	h := half(p0)
	_, _, _, _ = p1[:2*h], q0[:2*h], q1[:2*h], eq[:h]
	return active().fractionRound(p0, p1, q0, q1, eq[:h])
}

// FractionStep adds the fractions p/q of the lower and the upper half: np is p0 q1 + p1 q0, nq is q0 q1.
func FractionStep(np, nq, p, q Vec) {
	h := half(p)
	_, _, _ = np[:h], nq[:h], q[:2*h]
	active().fractionStep(np[:h], nq[:h], p[:2*h], q[:2*h])
}

// half is the number of blocks of half a vector.
func half(v Vec) int {
	if len(v) < 2 || len(v)%2 != 0 {
		panic("field: a vector has no halves of whole blocks")
	}
	return len(v) / 2
}
