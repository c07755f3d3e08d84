package softfloat

// Sub returns a-b, rounded once.
func Sub(a, b uint32) uint32 { return Add(a, b^sign) }

// Div returns a/b, rounded once.
func Div(a, b uint32) uint32 {
	negative := (a ^ b) & sign
	zeroA, zeroB := a&^sign == 0, b&^sign == 0
	switch {
	case isNaN(a) || isNaN(b) || special(a) && special(b) || zeroA && zeroB:
		return NaN
	case special(a) || zeroB:
		return negative | Inf
	case special(b) || zeroA:
		return negative
	}
	return pack(quotient(unpack(a), unpack(b)))
}

// Sqrt returns the square root, rounded once.
func Sqrt(a uint32) uint32 {
	switch {
	case isNaN(a) || a&^sign != 0 && a&sign != 0:
		return NaN
	case special(a) || a&^sign == 0:
		return a
	}
	return pack(root(unpack(a)))
}

// Less reports a < b. Zeros are equal, and NaN is neither less nor more.
func Less(a, b uint32) bool {
	if isNaN(a) || isNaN(b) {
		return false
	}
	return order(a) < order(b)
}

// order maps numbers to integers that stand in the same order.
func order(v uint32) int64 {
	if v&sign != 0 {
		return -int64(v &^ sign)
	}
	return int64(v)
}

// Max is one step of the profile's maximum: b where it is larger, else a. At its end a row adds +0, so that zeros of
// either sign are +0.
func Max(a, b uint32) uint32 {
	if Less(a, b) {
		return b
	}
	return a
}
