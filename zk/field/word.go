package field

func addWord(a, b uint32) uint32 {
	c := a + b
	return min(c, c-P)
}

func subWord(a, b uint32) uint32 {
	c := a - b
	return min(c, c+P)
}

// reduce is t/2^32 modulo p, for t < 4p^2, which is below 2^64: so four products of words can be summed before it.
func reduce(t uint64) uint32 {
	high := uint32(t >> 32)
	high = min(high, high-P)
	c := high - uint32(uint64(uint32(t)*inverseP)*P>>32)
	return min(c, c+P)
}

// mulWords multiplies two extension elements.
func mulWords(a0, a1, a2, a3, b0, b1, b2, b3 uint32) (c0, c1, c2, c3 uint32) {
	x0, x1, x2, x3 := uint64(a0), uint64(a1), uint64(a2), uint64(a3)
	y0, y1, y2, y3 := uint64(b0), uint64(b1), uint64(b2), uint64(b3)
	t1, t2, t3 := 3*y1%P, 3*y2%P, 3*y3%P
	c0 = reduce(x0*y0 + x1*t3 + x2*t2 + x3*t1)
	c1 = reduce(x0*y1 + x1*y0 + x2*t3 + x3*t2)
	c2 = reduce(x0*y2 + x1*y1 + x2*y0 + x3*t3)
	c3 = reduce(x0*y3 + x1*y2 + x2*y1 + x3*y0)
	return c0, c1, c2, c3
}
