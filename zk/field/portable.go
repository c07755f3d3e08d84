package field

// kernels is one family of loops. Lengths are checked before they are called; those of dst, or of the first vector, count.
type kernels struct {
	name             string
	add, sub, mul    func(dst, a, b Vec)
	scale, acc       func(dst, a Vec, c *E)
	accBase          func(dst Vec, a []Element, c *E)
	fold             func(dst, lo, hi Vec, r *E)
	foldBase         func(dst Vec, lo, hi []Element, r *E)
	split            func(lo, hi Vec, r *E)
	dot              func(a, b Vec) E
	dotBase          func(a Vec, b []Element) E
	sum              func(a Vec) E
	productRound     func(lo, hi, lo2, hi2 Vec) (at0, atInf E)
	productRoundBase func(lo, hi Vec, lo2, hi2 []Element) (at0, atInf E)
	eqProductRound   func(lo, hi, lo2, hi2, eq Vec) (at0, atInf E)
	fractionRound    func(p0, p1, q0, q1, eq Vec) (at0, atInf E)
	fractionStep     func(np, nq, p, q Vec)
	foldRows         func(dst Vec, tiles []uint8, strip int, c []E)
	dotInt8          func(w []int8, x []int16) int32
}

func portable() *kernels {
	return &kernels{
		name: "portable", add: addVec, sub: subVec, mul: mulVec, scale: scaleVec, acc: accVec, accBase: accBase,
		fold: foldVec, foldBase: foldBase, split: split, dot: dot, dotBase: dotBase, sum: sum,
		productRound: productRound, productRoundBase: productRoundBase, eqProductRound: eqProductRound,
		fractionRound: fractionRound, fractionStep: fractionStep, foldRows: foldRows, dotInt8: dotInt8,
	}
}

func addVec(dst, a, b Vec) {
	for i := range dst {
		dst[i].add(&a[i], &b[i])
	}
}

func subVec(dst, a, b Vec) {
	for i := range dst {
		dst[i].sub(&a[i], &b[i])
	}
}

func mulVec(dst, a, b Vec) {
	for i := range dst {
		dst[i].mul(&a[i], &b[i])
	}
}

func scaleVec(dst, a Vec, c *E) {
	m := newMultiplier(c)
	for i := range dst {
		m.scale(&dst[i], &a[i])
	}
}

func accVec(dst, a Vec, c *E) {
	m := newMultiplier(c)
	for i := range dst {
		m.acc(&dst[i], &a[i])
	}
}

func foldVec(dst, lo, hi Vec, r *E) {
	m := newMultiplier(r)
	for i := range dst {
		m.fold(&dst[i], &lo[i], &hi[i])
	}
}

func split(lo, hi Vec, r *E) {
	scaleVec(hi, lo, r)
	subVec(lo, lo, hi)
}

func accBase(dst Vec, a []Element, c *E) {
	f := newFactor(c)
	for i := range dst {
		d, row := &dst[i], (*[Lanes]Element)(a[i*Lanes:])
		for j := range row {
			w := uint64(row[j][0])
			d[0][j] = addWord(d[0][j], plantard(w*f[0]+carry))
			d[1][j] = addWord(d[1][j], plantard(w*f[1]+carry))
			d[2][j] = addWord(d[2][j], plantard(w*f[2]+carry))
			d[3][j] = addWord(d[3][j], plantard(w*f[3]+carry))
		}
	}
}

func foldBase(dst Vec, lo, hi []Element, r *E) {
	f := newFactor(r)
	for i := range dst {
		l, h, d := (*[Lanes]Element)(lo[i*Lanes:]), (*[Lanes]Element)(hi[i*Lanes:]), &dst[i]
		for j := range l {
			low := l[j][0]
			w := uint64(h[j][0]) + P - uint64(low)
			d[0][j] = addWord(low, plantard(w*f[0]+carry))
			d[1][j] = plantard(w*f[1] + carry)
			d[2][j] = plantard(w*f[2] + carry)
			d[3][j] = plantard(w*f[3] + carry)
		}
	}
}

func dot(a, b Vec) E {
	var s sums
	for i := range a {
		s.add(&a[i], &b[i])
	}
	return s.element()
}

func dotBase(a Vec, b []Element) E {
	var s sums
	for i := range a {
		s.addBase(&a[i], words(b[i*Lanes:]))
	}
	return s.element()
}

func sum(a Vec) (e E) {
	var s [4]uint64
	for i := range a {
		for k := range s {
			for _, w := range &a[i][k] {
				s[k] += uint64(w)
			}
		}
	}
	for k := range s {
		e[k][0] = uint32(s[k] % P)
	}
	return e
}

// words are eight numbers of the base field.
func words(list []Element) *[Lanes]uint32 {
	r := (*[Lanes]Element)(list)
	return &[Lanes]uint32{r[0][0], r[1][0], r[2][0], r[3][0], r[4][0], r[5][0], r[6][0], r[7][0]}
}
