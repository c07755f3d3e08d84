package softfloat

import "math/bits"

// The ways here are for normal numbers with a normal result, which nearly all are: without unpacking, and with no branch that
// depends on the digits. They leave everything else to the general way.

// normal reports a number that is neither zero, subnormal, infinite nor NaN.
func normal(v uint32) bool { return v>>23&0xff-1 < 0xfe }

// fastTop is where the leading bit of a significand stands before it is rounded.
const fastTop = 62

// finish rounds a significand with its leading bit at fastTop to 24 bits, ties to even.
func finish(negative uint32, exp int, m uint64) (v uint32, ok bool) {
	const drop = fastTop - 23
	m = (m + 1<<(drop-1) - 1 + m>>drop&1) >> drop
	// A carry out of the significand moves into the exponent by addition.
	return negative | (uint32(exp-1)<<23 + uint32(m)), exp >= 1 && exp < 0xfe
}

func fastMul(a, b uint32) (v uint32, ok bool) {
	m := uint64(a&(hidden-1)|hidden) * uint64(b&(hidden-1)|hidden) // leading bit 46 or 47
	carry := m >> 47
	exp := int(a>>23&0xff) + int(b>>23&0xff) - expBias + int(carry)
	return finish((a^b)&sign, exp, m<<(fastTop-46-carry))
}

func fastAdd(a, b uint32) (v uint32, ok bool) {
	const low = 32 // zeros below a significand, whose leading bit is 55 then
	x, y := uint64(a&(hidden-1)|hidden)<<low, uint64(b&(hidden-1)|hidden)<<low
	return fastSum(a&sign, int(a>>23&0xff), x, b&sign, int(b>>23&0xff), y)
}

// fastSum adds significands with leading bits at 55 or below. One that is shifted out leaves a sticky bit; when leading bits
// cancel the shift was at most one, and nothing was lost.
func fastSum(signX uint32, expX int, x uint64, signY uint32, expY int, y uint64) (v uint32, ok bool) {
	if expX < expY || expX == expY && x < y {
		signX, expX, x, signY, expY, y = signY, expY, y, signX, expX, x
	}
	y = jam(y, expX-expY)
	// The larger less the smaller, or their sum: a conditional negation.
	negate := -uint64((signX ^ signY) >> 31)
	m := x + (y ^ negate) - negate
	if m == 0 {
		return 0, true
	}
	zeros := bits.LeadingZeros64(m)
	return finish(signX, expX+8-zeros, m<<(zeros-1))
}

func fastFMA(a, b, c uint32) (v uint32, ok bool) {
	m := uint64(a&(hidden-1)|hidden) * uint64(b&(hidden-1)|hidden)
	carry := m >> 47
	exp := int(a>>23&0xff) + int(b>>23&0xff) - expBias + int(carry)
	return fastSum((a^b)&sign, exp, m<<(9-carry), c&sign, int(c>>23&0xff), uint64(c&(hidden-1)|hidden)<<32)
}
