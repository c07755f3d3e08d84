package softfloat

// Constants of the exponential in docs/spec/numerics-1.md.
const (
	expOverflow  uint32 = 0x42b17218 // 88.72284
	expUnderflow uint32 = 0xc2aeac4f // -87.33654
	log2e        uint32 = 0x3fb8aa3b // 1.44269504
	roundMagic   uint32 = 0x4b400000 // 1.5 * 2^23
	ln2High      uint32 = 0x3f318000 // 0.693359375
	ln2Low       uint32 = 0xb95e8083 // -2.12194440e-4
)

// Exp is the profile's exponential: each operation rounds once.
func Exp(x uint32) uint32 {
	switch {
	case isNaN(x):
		return NaN
	case Less(expOverflow, x):
		return Inf
	case Less(x, expUnderflow):
		return 0
	}
	m := Add(Mul(x, log2e), roundMagic)
	n := Sub(m, roundMagic)
	r := Sub(x, Mul(n, ln2High))
	r = Sub(r, Mul(n, ln2Low))
	p := uint32(0x39506967) // 1.9875691500e-4, then the polynomial's other coefficients
	for _, c := range [...]uint32{
		0x3ab743ce, // 1.3981999507e-3
		0x3c088908, // 8.3334519073e-3
		0x3d2aa9c1, // 4.1665795894e-2
		0x3e2aaaaa, // 1.6666665459e-1
		0x3f000000, // 5.0000001201e-1
	} {
		p = Add(Mul(p, r), c)
	}
	p = Add(Mul(p, Mul(r, r)), r)
	p = Add(p, one)
	// n is -126 to 128; 2^n in two factors keeps both normal.
	k := int32(m) - int32(roundMagic)
	h := k >> 1
	p = Mul(p, uint32(h+expBias)<<23)
	return Mul(p, uint32(k-h+expBias)<<23)
}
