package anchored

import "math/bits"

// Num is a number in units of 2^-32.
type Num = int64

// One is 1.
const One Num = 1 << 32

// frac is a/b.
func frac(a, b int64) Num { return quo(a*One, b*One) }

// mul is a*b, rounded down. The product has to be below 2^31 in size, which the bounds of epochs see to.
func mul(a, b Num) Num {
	hi, lo := bits.Mul64(size(a), size(b))
	product := int64(hi<<32 | lo>>32)
	if (a < 0) == (b < 0) {
		return product
	}
	if lo<<32 != 0 {
		product++
	}
	return -product
}

// quo is a/b, rounded towards zero, for b above zero and a result below 2^31 in size; above, it is that.
func quo(a, b Num) Num {
	n := size(a)
	q := uint64(1)<<63 - 1
	if hi := n >> 32; hi < uint64(b) {
		q, _ = bits.Div64(hi, n<<32, uint64(b))
		q = min(q, 1<<63-1)
	}
	if a < 0 {
		return -int64(q)
	}
	return int64(q)
}

// root is the square root of what is not below zero and below 8, to 2^-30.
func root(a Num) Num {
	n, r := uint64(a)<<28, uint64(0)
	for bit := uint64(1) << 62; bit != 0; bit >>= 2 {
		if n >= r+bit {
			n -= r + bit
			r = r>>1 + bit
		} else {
			r >>= 1
		}
	}
	return Num(r) << 2
}

func size(a Num) uint64 {
	if a < 0 {
		return uint64(-a)
	}
	return uint64(a)
}

func clamp(a, least, most Num) Num { return max(least, min(a, most)) }
