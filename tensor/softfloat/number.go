package softfloat

import "math/bits"

// number is an unpacked finite value that is not zero: significand * 2^(exp-top), with the
// leading bit of the significand at bit top. Below the bits of either format there is room for a sticky bit.
type number struct {
	negative    bool
	exp         int
	significand uint64
}

const top = 61 // where the leading bit of an unpacked significand stands

func (n *number) normalise() {
	shift := bits.LeadingZeros64(n.significand) - (63 - top)
	n.significand <<= shift
	n.exp -= shift
}

// sum is a+b before it is rounded; its significand is 0 where nothing is left. Bits shifted out are kept as one
// sticky bit; when the leading bits cancel, the shift was at most one and nothing was lost.
func sum(a, b number) number {
	if a.exp < b.exp {
		a, b = b, a
	}
	b.significand = jam(b.significand, a.exp-b.exp)
	if a.negative == b.negative {
		a.significand += b.significand // below 2^63
	} else {
		if a.significand == b.significand {
			return number{}
		}
		if a.significand < b.significand {
			a, b = number{b.negative, a.exp, b.significand}, a
		}
		a.significand -= b.significand
	}
	shift := bits.LeadingZeros64(a.significand) - (63 - top)
	if shift < 0 {
		a.significand = jam(a.significand, 1)
	} else {
		a.significand <<= shift
	}
	a.exp -= shift
	return a
}

// product is a*b before it is rounded.
func product(a, b number) number {
	hi, lo := bits.Mul64(a.significand, b.significand) // leading bit 122 or 123
	n := number{negative: a.negative != b.negative, exp: a.exp + b.exp + 1, significand: hi<<2 | lo>>62}
	n.stick(lo<<2 != 0)
	n.normalise()
	return n
}

// quotient is a/b before it is rounded.
func quotient(a, b number) number {
	q, rest := bits.Div64(a.significand>>3, a.significand<<61, b.significand) // leading bit 60 or 61
	n := number{negative: a.negative != b.negative, exp: a.exp - b.exp, significand: q}
	n.stick(rest != 0)
	n.normalise()
	return n
}

// root is the square root of a positive number before it is rounded: of an integer of 122 to 124 bits, by Newton's method
// from above, which falls until it stands at the floor.
func root(a number) number {
	shift := uint(top + a.exp&1)
	hi, lo := a.significand>>(64-shift), a.significand<<shift
	r := uint64(1) << (top + 1)
	for {
		q, _ := bits.Div64(hi, lo, r)
		next := (r + q) / 2
		if next >= r {
			break
		}
		r = next
	}
	n := number{exp: a.exp >> 1, significand: r}
	squareHi, squareLo := bits.Mul64(r, r)
	n.stick(squareHi != hi || squareLo != lo)
	return n
}

// stick keeps in the last bit whether anything was lost.
func (n *number) stick(lost bool) {
	if lost {
		n.significand |= 1
	}
}

// jam shifts right and keeps in the last bit whether anything was lost.
func jam(v uint64, shift int) uint64 {
	if shift > 63 {
		shift = 63
	}
	lost := v & (1<<shift - 1)
	v >>= shift
	if lost != 0 {
		v |= 1
	}
	return v
}
