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
	s := spread(*c)
	for i := range dst {
		dst[i].mul(&a[i], &s)
	}
}

func accVec(dst, a Vec, c *E) {
	s := spread(*c)
	var t Block
	for i := range dst {
		t.mul(&a[i], &s)
		dst[i].add(&dst[i], &t)
	}
}

func accBase(dst Vec, a []Element, c *E) {
	for i := range dst {
		b, d := (*[Lanes]Element)(a[i*Lanes:]), &dst[i]
		for k := range d {
			for j := range d[k] {
				d[k][j] = addWord(d[k][j], reduce(uint64(c[k][0])*uint64(b[j][0])))
			}
		}
	}
}

func foldVec(dst, lo, hi Vec, r *E) {
	s := spread(*r)
	var t Block
	for i := range dst {
		t.sub(&hi[i], &lo[i])
		t.mul(&t, &s)
		dst[i].add(&lo[i], &t)
	}
}

func foldBase(dst Vec, lo, hi []Element, r *E) {
	for i := range dst {
		l, h, d := (*[Lanes]Element)(lo[i*Lanes:]), (*[Lanes]Element)(hi[i*Lanes:]), &dst[i]
		for j := range l {
			diff := uint64(subWord(h[j][0], l[j][0]))
			d[0][j] = addWord(l[j][0], reduce(uint64(r[0][0])*diff))
			for k := 1; k < len(d); k++ {
				d[k][j] = reduce(uint64(r[k][0]) * diff)
			}
		}
	}
}

func split(lo, hi Vec, r *E) {
	scaleVec(hi, lo, r)
	subVec(lo, lo, hi)
}

func dot(a, b Vec) E {
	var s, t Block
	for i := range a {
		t.mul(&a[i], &b[i])
		s.add(&s, &t)
	}
	return s.sum()
}

func dotBase(a Vec, b []Element) E {
	var s, t Block
	for i := range a {
		t.mulBase(&a[i], (*[Lanes]Element)(b[i*Lanes:]))
		s.add(&s, &t)
	}
	return s.sum()
}

func sum(a Vec) E {
	var s Block
	for i := range a {
		s.add(&s, &a[i])
	}
	return s.sum()
}

func (b *Block) add(x, y *Block) {
	for k := range b {
		for i := range b[k] {
			b[k][i] = addWord(x[k][i], y[k][i])
		}
	}
}

func (b *Block) sub(x, y *Block) {
	for k := range b {
		for i := range b[k] {
			b[k][i] = subWord(x[k][i], y[k][i])
		}
	}
}

func (b *Block) mul(x, y *Block) {
	for i := range Lanes {
		b[0][i], b[1][i], b[2][i], b[3][i] = mulWords(x[0][i], x[1][i], x[2][i], x[3][i], y[0][i], y[1][i], y[2][i], y[3][i])
	}
}

func (b *Block) mulBase(x *Block, y *[Lanes]Element) {
	for k := range b {
		for i := range b[k] {
			b[k][i] = reduce(uint64(x[k][i]) * uint64(y[i][0]))
		}
	}
}
