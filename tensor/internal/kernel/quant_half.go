package kernel

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
