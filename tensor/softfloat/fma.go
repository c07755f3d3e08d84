package softfloat

// FMA returns a*b+c, rounded once.
func FMA(a, b, c uint32) uint32 {
	if normal(a) && normal(b) && normal(c) {
		if v, ok := fastFMA(a, b, c); ok {
			return v
		}
	}
	product := (a ^ b) & sign
	if special(a) || special(b) || special(c) {
		return fmaSpecial(a, b, c, product)
	}
	if a&^sign == 0 || b&^sign == 0 {
		if c&^sign == 0 {
			return product & c // two zeros of unlike sign add to +0
		}
		return c
	}
	p := multiply(unpack(a), unpack(b))
	if c&^sign == 0 {
		return pack(p)
	}
	n := sum(p, unpack(c))
	if n.significand == 0 {
		return 0
	}
	return pack(n)
}

// Add returns a+b, rounded once.
func Add(a, b uint32) uint32 {
	switch {
	case normal(a) && normal(b):
		if v, ok := fastAdd(a, b); ok {
			return v
		}
	case a == 0 && normal(b): // every sum begins like this
		return b
	}
	return FMA(a, one, b)
}

// Mul returns a*b, rounded once. Adding -0 changes nothing, not even the sign of a zero.
func Mul(a, b uint32) uint32 {
	if normal(a) && normal(b) {
		if v, ok := fastMul(a, b); ok {
			return v
		}
	}
	return FMA(a, b, minus0)
}

// FromInt returns the float nearest to an integer.
func FromInt(v int32) uint32 {
	if v == 0 {
		return 0
	}
	m := int64(v)
	n := number{negative: m < 0, exp: top, significand: uint64(max(m, -m))}
	n.normalise()
	return pack(n)
}

// special reports NaN and infinity.
func special(v uint32) bool { return v&Inf == Inf }

func isNaN(v uint32) bool { return v&^sign > Inf }

func fmaSpecial(a, b, c, product uint32) uint32 {
	infinite := special(a) || special(b)
	switch {
	case isNaN(a) || isNaN(b) || isNaN(c):
		return NaN
	case infinite && (a&^sign == 0 || b&^sign == 0):
		return NaN
	case infinite && special(c) && product != c&sign:
		return NaN
	case infinite:
		return product | Inf
	}
	return c
}

func unpack(v uint32) number {
	exp, frac := int(v>>23&0xff), uint64(v&(hidden-1))
	if exp == 0 {
		exp = 1 // subnormal: no hidden bit
	} else {
		frac |= hidden
	}
	// The significand as an integer is scaled by 2^(exp-expBias-23).
	n := number{negative: v&sign != 0, exp: exp - expBias - 23 + top, significand: frac}
	n.normalise()
	return n
}

// multiply is exact: 24 bits times 24 bits are 48.
func multiply(a, b number) number {
	const low = top - 23 // zeros below a significand of 24 bits
	n := number{negative: a.negative != b.negative, exp: a.exp + b.exp - top + 2*low}
	n.significand = (a.significand >> low) * (b.significand >> low)
	n.normalise()
	return n
}

// pack rounds to 24 bits, ties to even.
func pack(n number) uint32 {
	v := uint32(round(n, 23, expBias))
	if n.negative {
		v |= sign
	}
	return v
}

// round gives the bits, without the sign, of the nearest number of a format with so many bits of fraction.
func round(n number, fraction, bias int) uint64 {
	drop, infinite := top-fraction, 2*bias+1
	exp := min(n.exp+bias, infinite)
	if exp < 1 {
		n.significand = jam(n.significand, 1-exp)
		exp = 1
	}
	m := n.significand >> drop
	rest, half := n.significand&(1<<drop-1), uint64(1)<<(drop-1)
	if rest > half || rest == half && m&1 != 0 {
		m++
	}
	// The hidden bit, or a carry out of the significand, moves into the exponent by addition.
	return min(m+uint64(exp-1)<<fraction, uint64(infinite)<<fraction)
}
