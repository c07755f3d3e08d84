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

// rest is 2^32 modulo p.
const rest = 1 << 32 % P

// shrink is t modulo p, but below 2^58.
func shrink(t uint64) uint64 { return t&(1<<32-1) + t>>32*rest }

// reduceSmall is reduce for t < 2^32 p.
func reduceSmall(t uint64) uint32 {
	c := uint32(t>>32) - uint32(uint64(uint32(t)*inverseP)*P>>32)
	return min(c, c+P)
}

// reduceAdd is t/2^32 + a modulo p, for t with a sign, of up to 2p^2 in absolute value, and a word a.
func reduceAdd(t, a int64) uint32 {
	c := t>>32 + a - int64(uint64(uint32(t)*inverseP)*P>>32) // between -2p and 2p
	w := uint32(c + c>>63&(2*P))
	return min(w, w-P)
}

// centred is w modulo p, at most p/2 in absolute value.
func centred(w uint64) int64 {
	c := int64(w % P)
	if c > P/2 {
		c -= P
	}
	return c
}

// multiplier is an element that many are multiplied by: its coefficients c, of which sums of four products with words
// fit into 63 bits, and the last three of them times three.
type multiplier struct{ c, three [4]int64 }

func newMultiplier(e *E) (m multiplier) {
	for k := range e {
		w := uint64(e[k][0])
		m.c[k], m.three[k] = centred(w), centred(3*w)
	}
	return m
}

// factor is an element that many numbers t of the base field are multiplied by: plantard(f[k] t) is coefficient k of the product.
type factor [4]uint64

func newFactor(e *E) (f factor) {
	for k := range f {
		f[k] = uint64(e[k][0]) << 32 % P
		f[k] = (P - f[k]) % P
	}
	return f
}

// plantard is -t/2^64 modulo p, for t of up to 2^63 (Plantard, IEEE Transactions on Emerging Topics in Computing 9, 2021).
func plantard(t uint64) uint32 {
	const inverse = 0x3f00ffff81000001
	return uint32((t*inverse>>32 + 1) * P >> 32)
}
