package main

import "fmt"

func fieldAVX512(a *assembly) {
	f := &fieldCode{assembly: a}
	fieldElements(f)
	fieldScalars(f)
	fieldBase(f)
	fieldSums(f)
	fieldRounds(f)
	fieldInt8(f)
}

func fieldElements(f *fieldCode) {
	for _, o := range []struct {
		name, doc string
		op        func(a, b pair)
	}{{"add", "adds.", f.addPair}, {"sub", "subtracts.", f.subPair}} {
		f.begin(o.name, "dst a b", o.doc)
		f.loop(blocks("DI", "SI", "DX"), func() {
			x, y := f.load("SI"), f.load("DX")
			o.op(x, y)
			f.store(x, "DI")
			f.putPair(x)
			f.putPair(y)
		})
		f.end()
	}
	f.begin("mul", "dst a b", "multiplies.")
	f.loop(blocks("DI", "SI", "DX"), func() {
		x := f.times(place("SI"), f.load("DX"))
		f.store(x, "DI")
		f.putPair(x)
	})
	f.end()
}

// constant is the product of a and rows that stay the same, of a block of equal elements.
func (f *fieldCode) constant(a factor, r rows) pair {
	even, odd := f.getPair(), f.getPair()
	f.products(even, false, a, r, false)
	f.oddFactor(a)
	f.products(odd, false, a, r, true)
	return f.reducePair(even, odd)
}

func fieldScalars(f *fieldCode) {
	f.begin("scale", "dst a c", "multiplies by c, eight times the same element.")
	r := f.rows(f.load("DX"))
	f.loop(blocks("DI", "SI"), func() {
		x := f.constant(place("SI"), r)
		f.store(x, "DI")
		f.putPair(x)
	})
	f.end()
	f.begin("acc", "dst a c", "adds c a to dst.")
	r = f.rows(f.load("DX"))
	f.loop(blocks("DI", "SI"), func() {
		x, d := f.constant(place("SI"), r), f.load("DI")
		f.addPair(x, d)
		f.store(x, "DI")
		f.putPair(x)
		f.putPair(d)
	})
	f.end()
	f.begin("fold", "dst lo hi r", "makes dst lo + r (hi - lo).")
	r = f.rows(f.load("BX"))
	f.loop(blocks("DI", "SI", "DX"), func() {
		d := f.difference("DX", "SI")
		x, lo := f.constant(factor{pair: d}, r), f.load("SI")
		f.addPair(x, lo)
		f.store(x, "DI")
		f.putPair(d)
		f.putPair(x)
		f.putPair(lo)
	})
	f.end()
	f.begin("split", "lo hi r", "makes hi r lo, and lo less by it.")
	r = f.rows(f.load("DX"))
	f.loop(blocks("DI", "SI"), func() {
		x, lo := f.constant(place("DI"), r), f.load("DI")
		f.subPair(lo, x)
		f.store(x, "SI")
		f.store(lo, "DI")
		f.putPair(x)
		f.putPair(lo)
	})
	f.end()
}

// baseTimes is the pair of c and the eight words of [a|a], of which only one product each needs to be reduced.
func (f *fieldCode) baseTimes(a string, c pair) pair {
	even, odd := f.getPair(), f.getPair()
	f.op("VPMULUDQ %s, %s, %s", a, c.x, even.x)
	f.op("VPMULUDQ %s, %s, %s", a, c.y, even.y)
	f.odd(a)
	f.op("VPMULUDQ %s, %s, %s", a, c.x, odd.x)
	f.op("VPMULUDQ %s, %s, %s", a, c.y, odd.y)
	return f.reducePair(even, odd)
}

func (f *fieldCode) words(ptr string) string {
	r := f.get()
	f.op("VBROADCASTI64X4 (%s), %s", ptr, r)
	return r
}

func fieldBase(f *fieldCode) {
	f.signature("accBase", []string{"dst *Block", "a *Element", "c *Block", "n int"}, "adds c a to dst.")
	c := f.load("DX")
	f.loop(map[string]int{"DI": blockBytes, "SI": 32}, func() {
		a := f.words("SI")
		x, d := f.baseTimes(a, c), f.load("DI")
		f.addPair(x, d)
		f.store(x, "DI")
		f.put(a)
		f.putPair(x)
		f.putPair(d)
	})
	f.end()
	f.signature("foldBase", []string{"dst *Block", "lo *Element", "hi *Element", "r *Block", "n int"}, "makes dst lo + r (hi - lo).")
	c = f.load("BX")
	f.loop(map[string]int{"DI": blockBytes, "SI": 32, "DX": 32}, func() {
		lo := f.get()
		d := f.wordsDifference("DX", "SI")
		x := f.baseTimes(d, c)
		f.op("VMOVDQU32 (SI), %s", half(lo)) // [lo|0]
		f.add(x.x, lo)
		f.store(x, "DI")
		f.put(lo, d)
		f.putPair(x)
	})
	f.end()
}

// half is the name of the lower half of a register.
func half(z string) string { return "Y" + z[1:] }

// wordsDifference is [d|d] for the differences d of eight words.
func (f *fieldCode) wordsDifference(hi, lo string) string {
	d, l := f.words(hi), f.words(lo)
	f.sub(d, l)
	f.put(l)
	return d
}

const sumsDoc = "leaves the wide sums in out: "

func fieldSums(f *fieldCode) {
	f.signature("dot", []string{"out *wide", "a *Block", "b *Block", "n int"}, sumsDoc+"of a b.")
	w := f.wide()
	f.loop(blocks("SI", "DX"), func() { f.sumTimes(w, place("SI"), f.load("DX")) })
	f.result(w)
	f.end()
	f.signature("dotBase", []string{"out *wide", "a *Block", "b *Element", "n int"}, sumsDoc+"of a b.")
	w = f.wide()
	f.loop(map[string]int{"SI": blockBytes, "DX": 32}, func() {
		b := f.words("DX")
		f.sumBase(w, f.load("SI"), b)
	})
	f.result(w)
	f.end()
	f.signature("sum", []string{"out *Block", "a *Block", "n int"}, "adds all blocks up.")
	s := f.getPair()
	f.zero(s.x, s.y)
	f.loop(blocks("SI"), func() {
		x := f.load("SI")
		f.addPair(s, x)
		f.putPair(x)
	})
	f.store(s, "DI")
	f.end()
}

// sumBase adds a b to a wide sum, for words [b|b]; their products are small enough to add the even to the odd.
func (f *fieldCode) sumBase(w wide, a pair, b string) {
	s, t := f.getPair(), f.getPair()
	f.op("VPMULUDQ %s, %s, %s", a.x, b, s.x)
	f.op("VPMULUDQ %s, %s, %s", a.y, b, s.y)
	f.odd(a.x, a.y, b)
	f.op("VPMULUDQ %s, %s, %s", a.x, b, t.x)
	f.op("VPMULUDQ %s, %s, %s", a.y, b, t.y)
	f.op("VPADDQ %s, %s, %s", t.x, s.x, s.x)
	f.op("VPADDQ %s, %s, %s", t.y, s.y, s.y)
	f.gather(w, s)
	f.putPair(s)
	f.putPair(t)
	f.putPair(a)
	f.put(b)
}

func fieldRounds(f *fieldCode) {
	f.signature("productRound", []string{"out *[2]wide", "lo *Block", "hi *Block", "lo2 *Block", "hi2 *Block", "n int"}, sumsDoc+"of lo lo2 and of (hi-lo) (hi2-lo2).")
	at0, atInf := f.wide(), f.wide()
	f.loop(blocks("SI", "DX", "BX", "R8"), func() {
		f.sumTimes(at0, place("SI"), f.load("BX"))
		d := f.difference("DX", "SI")
		f.sumTimes(atInf, factor{pair: d}, f.difference("R8", "BX"))
		f.putPair(d)
	})
	f.result(at0, atInf)
	f.end()
	f.signature("productRoundBase", []string{"out *[2]wide", "lo *Block", "hi *Block", "lo2 *Element", "hi2 *Element", "n int"}, sumsDoc+"of lo lo2 and of (hi-lo) (hi2-lo2).")
	at0, atInf = f.wide(), f.wide()
	f.loop(map[string]int{"SI": blockBytes, "DX": blockBytes, "BX": 32, "R8": 32}, func() {
		f.sumBase(at0, f.load("SI"), f.words("BX"))
		f.sumBase(atInf, f.difference("DX", "SI"), f.wordsDifference("R8", "BX"))
	})
	f.result(at0, atInf)
	f.end()
	f.signature("eqProductRound", []string{"out *[2]wide", "lo *Block", "hi *Block", "lo2 *Block", "hi2 *Block", "eq *Block", "n int"}, sumsDoc+"of eq lo lo2 and of eq (hi-lo) (hi2-lo2).")
	at0, atInf = f.wide(), f.wide()
	f.loop(blocks("SI", "DX", "BX", "R8", "R9"), func() {
		f.sumTimes(at0, place("R9"), f.times(place("SI"), f.load("BX")))
		d := f.difference("DX", "SI")
		f.sumTimes(atInf, place("R9"), f.times(factor{pair: d}, f.difference("R8", "BX")))
		f.putPair(d)
	})
	f.result(at0, atInf)
	f.end()
	fractions(f)
}

// fractions has more places than registers for them: the upper half is at a distance from the lower one, in AX.
func fractions(f *fieldCode) {
	f.signature("fractionRound", []string{"out *[2]wide", "p0 *Block", "p1 *Block", "q0 *Block", "q1 *Block", "eq *Block", "n int"}, sumsDoc+"of eq (p0 q1 + p1 q0) over the lower halves and over the differences.")
	at0, atInf := f.wide(), f.wide()
	f.op("MOVQ CX, AX")
	f.op("SHLQ $7, AX")
	f.loop(blocks("SI", "DX", "BX", "R8", "R9"), func() {
		at := func(ptr string) func() pair { return func() pair { return f.load(ptr) } }
		f.sumTimes(at0, place("R9"), f.cross(place("SI"), at("R8"), place("DX"), at("BX")))
		apart := func(ptr string) func() pair {
			return func() pair {
				p := f.getPair()
				f.op("VMOVDQU32 (%s)(AX*1), %s", ptr, p.x)
				f.op("VMOVDQU32 64(%s)(AX*1), %s", ptr, p.y)
				f.sub(p.x, fmt.Sprintf("(%s)", ptr))
				f.sub(p.y, fmt.Sprintf("64(%s)", ptr))
				return p
			}
		}
		d0, d1 := apart("SI")(), apart("DX")()
		f.sumTimes(atInf, place("R9"), f.cross(factor{pair: d0}, apart("R8"), factor{pair: d1}, apart("BX")))
		f.putPair(d0)
		f.putPair(d1)
	})
	f.result(at0, atInf)
	f.end()
	f.begin("fractionStep", "np nq p q", "makes np p0 q1 + p1 q0 and nq q0 q1, for the halves of p and q.")
	f.op("MOVQ CX, AX")
	f.op("SHLQ $7, AX")
	f.op("LEAQ (DX)(AX*1), R8")
	f.op("LEAQ (BX)(AX*1), R9")
	f.loop(blocks("DI", "SI", "DX", "BX", "R8", "R9"), func() {
		even, odd := f.getPair(), f.getPair()
		evenQ, oddQ := f.getPair(), f.getPair()
		r := f.rows(f.load("R9")) // q1
		f.products(even, false, place("DX"), r, false)
		f.products(evenQ, false, place("BX"), r, false)
		f.odd(r.all...)
		f.products(odd, false, place("DX"), r, true)
		f.products(oddQ, false, place("BX"), r, true)
		f.put(r.all...)
		q := f.reducePair(evenQ, oddQ)
		f.store(q, "SI")
		f.putPair(q)
		r = f.rows(f.load("BX")) // q0
		f.products(even, true, place("R8"), r, false)
		f.odd(r.all...)
		f.products(odd, true, place("R8"), r, true)
		f.put(r.all...)
		p := f.reducePair(even, odd)
		f.store(p, "DI")
		f.putPair(p)
	})
	f.end()
}

// Shape of a tile of zk/field's Matrix, and of the bytes of coefficients that go with it.
const (
	tileBytes  = 64
	limbs      = 4
	limbsBytes = 64
)

// fieldInt8 multiplies int8. In foldRows a tile is four rows of sixteen columns, biased to 0..255; sixteen words of four
// signed bytes, one for each row, are byte l of coefficient k at 4k+l.
func fieldInt8(f *fieldCode) {
	f.signature("foldRows", []string{"dst *Block", "tiles *uint8", "limbs *[16]uint32", "bias *[4]uint64", "strips int", "skip int", "n int"},
		"combines the rows of n tiles a strip, for each strip; skip are the bytes between strips.")
	odds := f.get()
	f.op("VMOVDQU32 oddWords<>(SB), %s", odds)
	f.op("PCALIGN $32")
	f.label("strip")
	sums := make([]string, 4*limbs)
	for i := range sums {
		sums[i] = f.get()
	}
	f.zero(sums...)
	f.op("MOVQ DX, R10")
	f.op("MOVQ CX, R11")
	f.op("PCALIGN $32")
	f.label("tile")
	w := f.get()
	f.op("VMOVDQU32 (SI), %s", w)
	for i, s := range sums {
		f.op("VPDPBUSD.BCST %d(R10), %s, %s", 4*i, w, s)
	}
	f.put(w)
	f.op("ADDQ $%d, SI", tileBytes)
	f.op("ADDQ $%d, R10", limbsBytes)
	f.op("DECQ R11")
	f.op("JNE tile")
	for part := range 2 {
		for k := range 4 {
			f.joinLimbs(sums[limbs*k:][:limbs], part, k, odds)
		}
	}
	f.put(sums...)
	f.op("ADDQ $%d, DI", 2*blockBytes)
	f.op("ADDQ R9, SI")
	f.op("DECQ R8")
	f.op("JNE strip")
	f.end()
	odd := make([]uint32, 16)
	for i := range odd {
		odd[i] = uint32(2*i+1) % 16
	}
	f.data("oddWords", odd...)
	dotInt8(f)
}

// joinLimbs makes coefficient k of eight columns, the lower or the upper ones, of its sums of bytes.
func (f *fieldCode) joinLimbs(sums []string, part, k int, odds string) {
	s := f.get()
	f.op("VPBROADCASTQ %d(BX), %s", 8*k, s)
	for l, sum := range sums {
		x := f.get()
		if part == 1 {
			f.op("VEXTRACTI64X4 $1, %s, %s", sum, half(x))
			sum = x
		}
		f.op("VPMOVSXDQ %s, %s", half(sum), x)
		if l > 0 {
			f.op("VPSLLQ $%d, %s, %s", 8*l, x, x)
		}
		f.op("VPADDQ %s, %s, %s", x, s, s)
		f.put(x)
	}
	t := f.get()
	f.op("VPMULUDQ %s, %s, %s", zInverse, s, t)
	f.op("VPMULUDQ %s, %s, %s", zP, t, t)
	f.op("VPSUBD %s, %s, %s", t, s, s)
	f.op("VPADDD %s, %s, %s", zP, s, t)
	f.op("VPMINUD %s, %s, %s", t, s, s)
	f.op("VPERMD %s, %s, %s", s, odds, s)
	f.op("VMOVDQU32 %s, %d(DI)", half(s), blockBytes*part+32*k)
	f.put(s, t)
}

func dotInt8(f *fieldCode) {
	f.signature("dotInt8", []string{"out *[16]int32", "w *int8", "x *int16", "n int"}, "leaves the sums of n times thirty-two terms in out.")
	s := f.get()
	f.zero(s)
	f.loop(map[string]int{"SI": 32, "DX": 64}, func() {
		w := f.get()
		f.op("VPMOVSXBW (SI), %s", w)
		f.op("VPMADDWD (DX), %s, %s", w, w)
		f.op("VPADDD %s, %s, %s", w, s, s)
		f.put(w)
	})
	f.op("VMOVDQU32 %s, (DI)", s)
	f.end()
}
