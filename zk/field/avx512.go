//go:build amd64 && !purego

package field

func avx512() *kernels {
	k := portable()
	k.name = "avx512"
	k.add, k.sub, k.mul = elementwise(addAVX512), elementwise(subAVX512), elementwise(mulAVX512)
	k.scale, k.acc = byScalar(scaleAVX512), byScalar(accAVX512)
	k.fold = func(dst, lo, hi Vec, r *E) {
		if s := spread(*r); len(dst) > 0 {
			foldAVX512(&dst[0], &lo[0], &hi[0], &s, len(dst))
		}
	}
	k.split = func(lo, hi Vec, r *E) {
		s := spread(*r)
		splitAVX512(&lo[0], &hi[0], &s, len(lo))
	}
	k.accBase = func(dst Vec, a []Element, c *E) {
		if s := spread(*c); len(dst) > 0 {
			accBaseAVX512(&dst[0], &a[0], &s, len(dst))
		}
	}
	k.foldBase = func(dst Vec, lo, hi []Element, r *E) {
		if s := spread(*r); len(dst) > 0 {
			foldBaseAVX512(&dst[0], &lo[0], &hi[0], &s, len(dst))
		}
	}
	sumsAVX512(k)
	k.foldRows = foldRowsBy(foldRowsAVX512)
	k.dotInt8 = func(w []int8, x []int16) int32 {
		const step = 32
		whole, s := len(w)/step, [16]int32{}
		if whole > 0 {
			dotInt8AVX512(&s, &w[0], &x[0], whole)
		}
		t := dotInt8(w[whole*step:], x[whole*step:])
		for _, v := range s {
			t += v
		}
		return t
	}
	return k
}

func sumsAVX512(k *kernels) {
	k.dot = func(a, b Vec) E {
		var s wide
		if len(a) > 0 {
			dotAVX512(&s, &a[0], &b[0], len(a))
		}
		return s.sum()
	}
	k.dotBase = func(a Vec, b []Element) E {
		var s wide
		if len(a) > 0 {
			dotBaseAVX512(&s, &a[0], &b[0], len(a))
		}
		return s.sum()
	}
	k.sum = func(a Vec) E {
		var s Block
		if len(a) > 0 {
			sumAVX512(&s, &a[0], len(a))
		}
		return s.sum()
	}
	k.productRound = func(lo, hi, lo2, hi2 Vec) (at0, atInf E) {
		var s [2]wide
		productRoundAVX512(&s, &lo[0], &hi[0], &lo2[0], &hi2[0], len(lo))
		return s[0].sum(), s[1].sum()
	}
	k.productRoundBase = func(lo, hi Vec, lo2, hi2 []Element) (at0, atInf E) {
		var s [2]wide
		productRoundBaseAVX512(&s, &lo[0], &hi[0], &lo2[0], &hi2[0], len(lo))
		return s[0].sum(), s[1].sum()
	}
	k.eqProductRound = func(lo, hi, lo2, hi2, eq Vec) (at0, atInf E) {
		var s [2]wide
		eqProductRoundAVX512(&s, &lo[0], &hi[0], &lo2[0], &hi2[0], &eq[0], len(eq))
		return s[0].sum(), s[1].sum()
	}
	k.fractionRound = func(p0, p1, q0, q1, eq Vec) (at0, atInf E) {
		var s [2]wide
		fractionRoundAVX512(&s, &p0[0], &p1[0], &q0[0], &q1[0], &eq[0], len(eq))
		return s[0].sum(), s[1].sum()
	}
	k.fractionStep = func(np, nq, p, q Vec) { fractionStepAVX512(&np[0], &nq[0], &p[0], &q[0], len(np)) }
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

// maxTiles is how many tiles' products of 255 and 128 fit into 31 bits.
const maxTiles = 1 << 14

// foldRowsBy splits coefficients, times 2^32, into four signed bytes: sums of their products with biased weights stay in
// words of 32 bits, and the reduction of the whole takes the factor out again.
func foldRowsBy(run func(dst *Block, tiles *uint8, limbs *[16]uint32, bias *[4]uint64, strips, skip, n int)) func(Vec, []uint8, int, []E) {
	return func(dst Vec, tiles []uint8, strip int, c []E) {
		if len(dst) == 0 || len(c) == 0 {
			clear(dst)
			return
		}
		into := dst
		for at := 0; at < len(c)/tileRows; at += maxTiles {
			n := min(len(c)/tileRows-at, maxTiles)
			limbs, bias := limbsOf(c[at*tileRows:][:n*tileRows])
			if at > 0 {
				into = make(Vec, len(dst))
			}
			run(&into[0], &tiles[at*tile], &limbs[0], &bias, len(dst)/2, strip-n*tile, n)
			if at > 0 {
				AddVec(dst, dst, into)
			}
		}
	}
}

func limbsOf(c []E) (limbs [][16]uint32, bias [4]uint64) {
	const shift = 1 << 64 % P
	limbs = make([][16]uint32, len(c)/tileRows)
	var total [4]uint64
	for i := range c {
		for k := range total {
			v := reduce(uint64(c[i][k][0]) * shift)
			total[k] += uint64(v)
			for l := range 4 {
				b := v & 0xff
				v = (v + 0x80) >> 8 // what is left after the signed byte
				limbs[i/tileRows][4*k+l] |= b << (8 * (i % tileRows))
			}
		}
	}
	for k := range bias {
		bias[k] = P<<30 - total[k]*weightBias
	}
	return limbs, bias
}
