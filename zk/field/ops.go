package field

import "slices"

// AddVec makes dst a + b.
func AddVec(dst, a, b Vec) {
	_, _ = a[:len(dst)], b[:len(dst)]
	active().add(dst, a, b)
}

// SubVec makes dst a - b.
func SubVec(dst, a, b Vec) {
	_, _ = a[:len(dst)], b[:len(dst)]
	active().sub(dst, a, b)
}

// MulVec makes dst a b, element by element.
func MulVec(dst, a, b Vec) {
	_, _ = a[:len(dst)], b[:len(dst)]
	active().mul(dst, a, b)
}

// ScaleVec makes dst c a.
func ScaleVec(dst, a Vec, c E) {
	_ = a[:len(dst)]
	active().scale(dst, a, &c)
}

// AccVec adds c a to dst.
func AccVec(dst, a Vec, c E) {
	_ = a[:len(dst)]
	active().acc(dst, a, &c)
}

// AccBase adds c a to dst; a has an element for each of dst, or fewer.
func AccBase(dst Vec, a []Element, c E) {
	whole := len(a) / Lanes
	active().accBase(dst[:whole], a, &c)
	for i := whole * Lanes; i < len(a); i++ {
		dst.Set(i, Add(dst.At(i), MulBase(c, a[i])))
	}
}

// FoldVec makes dst lo + r (hi - lo); dst may be lo.
func FoldVec(dst, lo, hi Vec, r E) {
	_, _ = lo[:len(dst)], hi[:len(dst)]
	active().fold(dst, lo, hi, &r)
}

// FoldBase is FoldVec of numbers of the base field.
func FoldBase(dst Vec, lo, hi []Element, r E) {
	hi = hi[:len(lo)]
	whole := len(lo) / Lanes
	active().foldBase(dst[:whole], lo, hi, &r)
	for i := whole * Lanes; i < len(lo); i++ {
		d := Element{subWord(hi[i][0], lo[i][0])}
		dst.Set(i, Add(Base(lo[i]), MulBase(r, d)))
	}
}

// Dot is the sum of a[i] b[i].
func Dot(a, b Vec) E {
	_ = b[:len(a)]
	return active().dot(a, b)
}

// DotBase is the sum of a[i] b[i] over the elements of b.
func DotBase(a Vec, b []Element) E {
	whole := len(b) / Lanes
	s := active().dotBase(a[:whole], b)
	for i := whole * Lanes; i < len(b); i++ {
		s = Add(s, MulBase(a.At(i), b[i]))
	}
	return s
}

// Sum is the sum of all elements.
func Sum(a Vec) E { return active().sum(a) }

// Eq is the table of eq(r, i) for all i: bit k of i from the top belongs to r[k].
func Eq(r []E) Vec {
	v := NewVec(1 << len(r))
	EqTo(v, r)
	return v
}

// EqTo writes the table of Eq to a vector that has room for it.
func EqTo(v Vec, r []E) {
	const inside = 3 // variables of the elements of a block
	if len(r) <= inside {
		copy(v, Pack(eqList(r)))
		return
	}
	outer := r[:len(r)-inside]
	v[0] = Pack(eqList(r[len(outer):]))[0]
	// The variables come from the last to the first: each doubles the table and becomes its top bit.
	for k, n := len(outer)-1, 1; k >= 0; k, n = k-1, 2*n {
		active().split(v[:n], v[n:2*n], &outer[k])
	}
}

func eqList(r []E) []E {
	list := make([]E, 1, 1<<len(r))
	list[0] = One()
	for _, x := range slices.Backward(r) {
		n := len(list)
		list = list[:2*n]
		for i := range n {
			list[n+i] = Mul(list[i], x)
			list[i] = Sub(list[i], list[n+i])
		}
	}
	return list
}
