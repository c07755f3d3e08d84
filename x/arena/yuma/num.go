package yuma

import (
	"math"
	"math/bits"
)

// Num is a signed fixed-point number with 32 bits of fraction. Sums, products and quotients that do not fit are the nearest
// number that does.
type Num int64

const (
	fraction = 32
	// One is the number 1.
	One Num = 1 << fraction
	// u16Max is the denominator of fractions that are kept in 16 bits.
	u16Max = math.MaxUint16
)

// Whole is an integer as a number.
func Whole(n int32) Num { return Num(n) << fraction }

// share is n/65535.
func share(n uint16) Num { return Num((uint64(n) << fraction) / u16Max) }

// Add is a + b.
func (a Num) Add(b Num) Num {
	sum := a + b
	switch {
	case a > 0 && b > 0 && sum < 0:
		return math.MaxInt64
	case a < 0 && b < 0 && sum >= 0:
		return math.MinInt64
	}
	return sum
}

// Mul is a * b, rounded down.
func (a Num) Mul(b Num) Num {
	hi, lo := bits.Mul64(a.magnitude(), b.magnitude())
	negative := (a < 0) != (b < 0)
	if negative { // rounding down is away from zero
		var carry uint64
		lo, carry = bits.Add64(lo, 1<<fraction-1, 0)
		hi += carry
	}
	return signed(hi>>fraction, hi<<fraction|lo>>fraction, negative)
}

// Div is a / b, rounded towards zero; 0 where b is.
func (a Num) Div(b Num) Num {
	if b == 0 {
		return 0
	}
	x, y, negative := a.magnitude(), b.magnitude(), (a < 0) != (b < 0)
	if x>>fraction >= y {
		return signed(1, 0, negative)
	}
	q, _ := bits.Div64(x>>fraction, x<<fraction, y)
	return signed(0, q, negative)
}

// U16 is the number times 65535, rounded down, within 0 and 65535.
func (a Num) U16() uint16 {
	return uint16(min(max(a, 0), One).Mul(Whole(u16Max)) >> fraction)
}

// Of is the share a of an amount, rounded down; a is not negative.
func (a Num) Of(amount uint64) uint64 {
	hi, lo := bits.Mul64(uint64(a), amount)
	return hi<<fraction | lo>>fraction
}

func (a Num) magnitude() uint64 {
	if a < 0 {
		return -uint64(a)
	}
	return uint64(a)
}

// signed is the nearest number to a magnitude of 128 bits.
func signed(hi, lo uint64, negative bool) Num {
	switch {
	case (hi != 0 || lo > math.MaxInt64) && negative:
		return math.MinInt64
	case hi != 0 || lo > math.MaxInt64:
		return math.MaxInt64
	case negative:
		return -Num(lo)
	}
	return Num(lo)
}

// normalise divides by the sum, where there is one.
func normalise(values []Num) {
	sum := total(values)
	if sum == 0 {
		return
	}
	for i, v := range values {
		values[i] = v.Div(sum)
	}
}

func total(values []Num) Num {
	var sum Num
	for _, v := range values {
		sum = sum.Add(v)
	}
	return sum
}
