package tensor

import (
	"math"

	"ayni.example/tensor/internal/kernel"
)

// Half converts IEEE 754 binary16 to float32, which is exact.
func Half(h uint16) float32 { return kernel.Half(h) }

// BHalf converts bfloat16 to float32, which is exact.
func BHalf(h uint16) float32 { return math.Float32frombits(uint32(h) << 16) }

// ToBHalf rounds a float32 to bfloat16, ties to even; NaN becomes a quiet NaN.
func ToBHalf(f float32) uint16 {
	b := math.Float32bits(f)
	if b&0x7fffffff > 0x7f800000 {
		return uint16(b>>16) | 0x40
	}
	return uint16((b + 0x7fff + b>>16&1) >> 16)
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
