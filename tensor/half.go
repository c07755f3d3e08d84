package tensor

import "math"

// Half converts IEEE 754 binary16 to float32, which is exact.
func Half(h uint16) float32 {
	sign := uint32(h&0x8000) << 16
	exp := uint32(h>>10) & 0x1f
	frac := uint32(h & 0x3ff)
	switch {
	case exp == 0x1f:
		return math.Float32frombits(sign | 0x7f800000 | frac<<13)
	case exp != 0:
		return math.Float32frombits(sign | (exp+112)<<23 | frac<<13)
	}
	// A subnormal half is frac * 2^-24, exact in float32.
	f := float32(float32(frac) * 0x1p-24)
	return math.Float32frombits(math.Float32bits(f) | sign)
}

// ToHalf rounds a float32 to binary16, ties to even; NaN becomes a quiet NaN.
func ToHalf(f float32) uint16 {
	b := math.Float32bits(f)
	sign := uint16(b >> 16 & 0x8000)
	b &= 0x7fffffff
	switch {
	case b > 0x7f800000:
		return sign | 0x7e00
	case b >= 0x477ff000: // rounds to more than 65504
		return sign | 0x7c00
	case b < 0x38800000: // subnormal or zero: adding 0.5 leaves round(f * 2^24) in the low bits
		f = math.Float32frombits(b) + 0.5
		return sign | uint16(math.Float32bits(f)-0x3f000000)
	}
	b += 0xfff + b>>13&1
	return sign | uint16((b-0x38000000)>>13)
}
