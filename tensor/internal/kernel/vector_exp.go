package kernel

import "math"

const (
	expOverflow  = 88.72284  // above: +Inf
	expUnderflow = -87.33654 // below: 0, so that no subnormal is ever produced
	roundMagic   = 12582912  // 1.5 * 2^23: adding it rounds a float32 to an integer, ties to even
)

// Exp is the natural exponential in float32, within 2 ulp. Each operation below rounds once.
func Exp(x float32) float32 {
	if x != x {
		return x
	}
	if x > expOverflow {
		return float32(math.Inf(1))
	}
	if x < expUnderflow {
		return 0
	}
	m := float32(x*1.44269504) + roundMagic
	n := m - roundMagic
	// ln 2 in two parts; the first has 9 bits, so its product with n is exact.
	r := x - float32(n*0.693359375)
	r -= float32(n * -2.12194440e-4)
	p := float32(r*1.9875691500e-4) + 1.3981999507e-3
	p = float32(p*r) + 8.3334519073e-3
	p = float32(p*r) + 4.1665795894e-2
	p = float32(p*r) + 1.6666665459e-1
	p = float32(p*r) + 5.0000001201e-1
	p = float32(p*float32(r*r)) + r
	p += 1
	// n is -126 to 128; 2^n in two factors keeps both normal.
	k := int32(math.Float32bits(m)) - 0x4B400000
	h := k >> 1
	p = float32(p * math.Float32frombits(uint32(h+127)<<23))
	return float32(p * math.Float32frombits(uint32(k-h+127)<<23))
}
