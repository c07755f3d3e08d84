package kernel

import "math"

// FMA returns a*b+c with one rounding, as the fused instructions of IEEE 754 do. The product
// of two float32 is exact in float64; the sum may not be, and rounding it twice is wrong only
// near ties and subnormals, which fmaSlow settles.
func FMA(a, b, c float32) float32 {
	p := float64(float64(a) * float64(b))
	s := p + float64(c)
	if mayDoubleRound(s) {
		return fmaSlow(p, float64(c))
	}
	return float32(s)
}

const (
	tieMask   = 1<<29 - 1          // bits of a float64 below the last bit of a float32
	tie       = 1 << 28            // exactly half of that last bit
	subnormal = (1023 - 126) << 53 // shifted pattern of the least normal float32
)

// mayDoubleRound reports whether s sits on a float32 tie or below the normal range.
func mayDoubleRound(s float64) bool {
	b := math.Float64bits(s)
	return b&tieMask == tie || b<<1-1 < subnormal-1
}

// fmaSlow rounds p+c to odd in float64 and then to float32. Rounding to odd keeps the sticky
// information, so the second rounding is right (Boldo and Melquiond, 2008).
//
//go:noinline
func fmaSlow(p, c float64) float32 {
	s := p + c
	t := s - p
	e := (p - (s - t)) + (c - t) // exact error of the sum (Knuth's TwoSum)
	if e < 0 || e > 0 {          // not where s is infinite
		b := math.Float64bits(s)
		if (e < 0) != (s < 0) {
			b--
		}
		s = math.Float64frombits(b | 1)
	}
	return float32(s)
}
