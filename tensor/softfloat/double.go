package softfloat

// Bits of special values of binary64.
const (
	NaN64     uint64 = 0x7ff8 << 48
	Inf64     uint64 = 0x7ff0 << 48
	sign64    uint64 = 1 << 63
	hidden64         = 1 << 52
	expBias64        = 1023
)

// Add64 returns a+b in binary64, rounded once.
func Add64(a, b uint64) uint64 {
	switch {
	case isNaN64(a) || isNaN64(b) || special64(a) && special64(b) && a != b:
		return NaN64
	case special64(a):
		return a
	case special64(b):
		return b
	case a&^sign64 == 0 && b&^sign64 == 0:
		return a & b // two zeros of unlike sign add to +0
	case a&^sign64 == 0:
		return b
	case b&^sign64 == 0:
		return a
	}
	n := sum(unpack64(a), unpack64(b))
	if n.significand == 0 {
		return 0
	}
	return pack64(n)
}

// Mul64 returns a*b in binary64, rounded once.
func Mul64(a, b uint64) uint64 {
	negative := (a ^ b) & sign64
	zero := a&^sign64 == 0 || b&^sign64 == 0
	infinite := special64(a) || special64(b)
	switch {
	case isNaN64(a) || isNaN64(b) || infinite && zero:
		return NaN64
	case infinite:
		return negative | Inf64
	case zero:
		return negative
	}
	return pack64(product(unpack64(a), unpack64(b)))
}

// Div64 returns a/b in binary64, rounded once.
func Div64(a, b uint64) uint64 {
	negative := (a ^ b) & sign64
	zeroA, zeroB := a&^sign64 == 0, b&^sign64 == 0
	switch {
	case isNaN64(a) || isNaN64(b) || special64(a) && special64(b) || zeroA && zeroB:
		return NaN64
	case special64(a) || zeroB:
		return negative | Inf64
	case special64(b) || zeroA:
		return negative
	}
	return pack64(quotient(unpack64(a), unpack64(b)))
}

// Sqrt64 returns the square root in binary64, rounded once.
func Sqrt64(a uint64) uint64 {
	switch {
	case isNaN64(a) || a&^sign64 != 0 && a&sign64 != 0:
		return NaN64
	case special64(a) || a&^sign64 == 0:
		return a
	}
	return pack64(root(unpack64(a)))
}

// Less64 reports a < b. Zeros are equal, and NaN is neither less nor more.
func Less64(a, b uint64) bool {
	if isNaN64(a) || isNaN64(b) {
		return false
	}
	return order64(a) < order64(b)
}

// order64 maps numbers to integers that stand in the same order.
func order64(v uint64) int64 {
	if v&sign64 != 0 {
		return -int64(v &^ sign64)
	}
	return int64(v)
}

// Widen converts binary32 to binary64, which is exact.
func Widen(a uint32) uint64 {
	negative := uint64(a&sign) << 32
	switch {
	case isNaN(a):
		return NaN64
	case special(a):
		return negative | Inf64
	case a&^sign == 0:
		return negative
	}
	return pack64(unpack(a))
}

// Narrow converts binary64 to binary32, rounded once.
func Narrow(a uint64) uint32 {
	negative := uint32(a>>32) & sign
	switch {
	case isNaN64(a):
		return NaN
	case special64(a):
		return negative | Inf
	case a&^sign64 == 0:
		return negative
	}
	return pack(unpack64(a))
}

// FromInt64 returns the binary64 nearest to an integer.
func FromInt64(v int64) uint64 {
	if v == 0 {
		return 0
	}
	n := number{negative: v < 0, exp: top, significand: uint64(v)}
	if v < 0 {
		n.significand = -n.significand
	}
	if n.significand >= 1<<(top+1) {
		n.significand = jam(n.significand, 2)
		n.exp += 2
	}
	n.normalise()
	return pack64(n)
}

func special64(v uint64) bool { return v&Inf64 == Inf64 }

func isNaN64(v uint64) bool { return v&^sign64 > Inf64 }

func unpack64(v uint64) number {
	exp, frac := int(v>>52&0x7ff), v&(hidden64-1)
	if exp == 0 {
		exp = 1 // subnormal: no hidden bit
	} else {
		frac |= hidden64
	}
	n := number{negative: v&sign64 != 0, exp: exp - expBias64 - 52 + top, significand: frac}
	n.normalise()
	return n
}

// pack64 rounds to 53 bits, ties to even.
func pack64(n number) uint64 {
	v := round(n, 52, expBias64)
	if n.negative {
		v |= sign64
	}
	return v
}
