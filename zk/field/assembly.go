//go:build amd64 && !purego

package field

// assembly is one family's loops as they are in assembly: n counts blocks, and is not zero.
type assembly struct {
	add, sub, mul    func(dst, a, b *Block, n int)
	scale, acc       func(dst, a, c *Block, n int)
	accBase          func(dst *Block, a *Element, c *Block, n int)
	fold             func(dst, lo, hi, r *Block, n int)
	foldBase         func(dst *Block, lo, hi *Element, r *Block, n int)
	split            func(lo, hi, r *Block, n int)
	sum              func(out, a *Block, n int)
	dot              func(out *wide, a, b *Block, n int)
	dotBase          func(out *wide, a *Block, b *Element, n int)
	productRound     func(out *[2]wide, lo, hi, lo2, hi2 *Block, n int)
	productRoundBase func(out *[2]wide, lo, hi *Block, lo2, hi2 *Element, n int)
	eqProductRound   func(out *[2]wide, lo, hi, lo2, hi2, eq *Block, n int)
	fractionRound    func(out *[2]wide, p0, p1, q0, q1, eq *Block, n int)
	fractionStep     func(np, nq, p, q *Block, n int)
}

// kernels are these loops for vectors, with portable ones for what is missing.
func (f *assembly) kernels(name string) *kernels {
	k := portable()
	k.name = name
	k.add, k.sub, k.mul = elementwise(f.add), elementwise(f.sub), elementwise(f.mul)
	k.scale, k.acc = byScalar(f.scale), byScalar(f.acc)
	k.accBase = func(dst Vec, a []Element, c *E) {
		if s := spread(*c); len(dst) > 0 {
			f.accBase(&dst[0], &a[0], &s, len(dst))
		}
	}
	k.fold = func(dst, lo, hi Vec, r *E) {
		if s := spread(*r); len(dst) > 0 {
			f.fold(&dst[0], &lo[0], &hi[0], &s, len(dst))
		}
	}
	k.foldBase = func(dst Vec, lo, hi []Element, r *E) {
		if s := spread(*r); len(dst) > 0 {
			f.foldBase(&dst[0], &lo[0], &hi[0], &s, len(dst))
		}
	}
	k.split = func(lo, hi Vec, r *E) {
		s := spread(*r)
		f.split(&lo[0], &hi[0], &s, len(lo))
	}
	f.sums(k)
	f.rounds(k)
	return k
}

func (f *assembly) sums(k *kernels) {
	k.sum = func(a Vec) E {
		var s Block
		if len(a) > 0 {
			f.sum(&s, &a[0], len(a))
		}
		return s.sum()
	}
	k.dot = func(a, b Vec) E {
		var s wide
		if len(a) > 0 {
			f.dot(&s, &a[0], &b[0], len(a))
		}
		return s.sum()
	}
	k.dotBase = func(a Vec, b []Element) E {
		var s wide
		if len(a) > 0 {
			f.dotBase(&s, &a[0], &b[0], len(a))
		}
		return s.sum()
	}
}

func (f *assembly) rounds(k *kernels) {
	k.productRound = func(lo, hi, lo2, hi2 Vec) (at0, atInf E) {
		var s [2]wide
		f.productRound(&s, &lo[0], &hi[0], &lo2[0], &hi2[0], len(lo))
		return s[0].sum(), s[1].sum()
	}
	k.productRoundBase = func(lo, hi Vec, lo2, hi2 []Element) (at0, atInf E) {
		var s [2]wide
		f.productRoundBase(&s, &lo[0], &hi[0], &lo2[0], &hi2[0], len(lo))
		return s[0].sum(), s[1].sum()
	}
	k.eqProductRound = func(lo, hi, lo2, hi2, eq Vec) (at0, atInf E) {
		var s [2]wide
		f.eqProductRound(&s, &lo[0], &hi[0], &lo2[0], &hi2[0], &eq[0], len(eq))
		return s[0].sum(), s[1].sum()
	}
	k.fractionRound = func(p0, p1, q0, q1, eq Vec) (at0, atInf E) {
		var s [2]wide
		f.fractionRound(&s, &p0[0], &p1[0], &q0[0], &q1[0], &eq[0], len(eq))
		return s[0].sum(), s[1].sum()
	}
	k.fractionStep = func(np, nq, p, q Vec) { f.fractionStep(&np[0], &nq[0], &p[0], &q[0], len(np)) }
}

func elementwise(f func(dst, a, b *Block, n int)) func(dst, a, b Vec) {
	return func(dst, a, b Vec) {
		if len(dst) > 0 {
			f(&dst[0], &a[0], &b[0], len(dst))
		}
	}
}

func byScalar(f func(dst, a, c *Block, n int)) func(dst, a Vec, c *E) {
	return func(dst, a Vec, c *E) {
		if s := spread(*c); len(dst) > 0 {
			f(&dst[0], &a[0], &s, len(dst))
		}
	}
}

// wide holds sums of products of words: in [0] and [1] the sums of coefficients 0 and 1, 2 and 3, modulo 2^64, four lanes
// each; in [2] and [3] those of the products' high halves.
type wide [4][8]uint64

func (w *wide) sum() (e E) {
	for k := range e {
		var low, high uint64
		for i := 4 * (k % 2); i < 4*(k%2)+4; i++ {
			high += w[2+k/2][i]
			low += w[k/2][i] - w[2+k/2][i]<<32
		}
		e[k][0] = addWord(uint32(high%P), reduce(low))
	}
	return e
}
