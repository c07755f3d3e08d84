package main

import (
	"fmt"
	"strings"
)

// The loops of zk/field, for AVX-512. A block of eight extension elements is two registers, [c0|c1] and [c2|c3], of
// sixteen words each: a pair. With A_k = [a_k|a_k] and t_k = 3 b_k, a product's pair is
//
//	[c0|c1] = A0 [b0|b1] + A1 [t3|b0] + A2 [t2|t3] + A3 [t1|t2]
//	[c2|c3] = A0 [b2|b3] + A1 [b1|b2] + A2 [b0|b1] + A3 [t3|b0]
//
// for the even and the odd words, whose products are 64 bits wide; four of them fit, and are reduced together or added to
// wider sums.

// Words of the field, see zk/field/word.go.
const (
	fieldP       = 1<<31 - 1<<24 + 1
	fieldInverse = 0x81000001
	blockBytes   = 128
)

// Registers that keep constants: p, 1/p and 2p^2.
const (
	zP       = "Z31"
	zInverse = "Z30"
	zTwice   = "Z29"
)

// fieldCode is the function that is being written, with the registers it has left.
type fieldCode struct {
	*assembly
	spare []string
}

// pair is two registers, or a place in memory.
type pair struct{ x, y string }

// begin writes the head of a function of words: pointers and, as the last and in CX, the number of blocks.
func (f *fieldCode) begin(name, params, doc string) {
	words := strings.Fields(params)
	typed := make([]string, 0, len(words)+1)
	for _, w := range words {
		typed = append(typed, w+" *Block")
	}
	f.signature(name, append(typed, "n int"), doc)
}

// signature begins a function whose parameters are words, given with their types.
func (f *fieldCode) signature(name string, params []string, doc string) {
	f.function(name+"AVX512", strings.Join(params, ", "), 8*len(params), doc)
	registers := []string{"DI", "SI", "DX", "BX", "R8", "R9"}
	for i, p := range params {
		word, _, _ := strings.Cut(p, " ")
		to := "CX"
		if word != "n" {
			to = registers[i]
		}
		f.op("MOVQ %s+%d(FP), %s", word, 8*i, to)
	}
	f.spare = f.spare[:0]
	for i := 28; i >= 0; i-- {
		f.spare = append(f.spare, fmt.Sprintf("Z%d", i))
	}
	f.op("MOVL $0x%x, AX", fieldP)
	f.op("VPBROADCASTD AX, %s", zP)
	f.op("MOVL $0x%x, AX", fieldInverse)
	f.op("VPBROADCASTD AX, %s", zInverse)
	f.op("MOVQ $0x%x, AX", uint64(2*fieldP*fieldP))
	f.op("VPBROADCASTQ AX, %s", zTwice)
	f.op("MOVL $0x5555, AX")
	f.op("KMOVW AX, K1")
}

// loop writes body once for each block; pointers advance by the given bytes.
func (f *fieldCode) loop(steps map[string]int, body func()) {
	f.op("PCALIGN $32")
	f.label("loop")
	body()
	for _, r := range []string{"DI", "SI", "DX", "BX", "R8", "R9"} {
		if steps[r] != 0 {
			f.op("ADDQ $%d, %s", steps[r], r)
		}
	}
	f.op("DECQ CX")
	f.op("JNE loop")
}

func (f *fieldCode) end() {
	f.op("VZEROUPPER")
	f.op("RET")
}

func blocks(registers ...string) map[string]int {
	steps := map[string]int{}
	for _, r := range registers {
		steps[r] = blockBytes
	}
	return steps
}

func (f *fieldCode) get() string {
	r := f.spare[len(f.spare)-1]
	f.spare = f.spare[:len(f.spare)-1]
	return r
}

func (f *fieldCode) put(registers ...string) { f.spare = append(f.spare, registers...) }

func (f *fieldCode) getPair() pair { return pair{f.get(), f.get()} }

func (f *fieldCode) putPair(p pair) { f.put(p.x, p.y) }

func (f *fieldCode) zero(registers ...string) {
	for _, r := range registers {
		f.op("VPXORD %s, %s, %s", r, r, r)
	}
}

// load reads a pair at an address.
func (f *fieldCode) load(ptr string) pair {
	p := f.getPair()
	f.op("VMOVDQU32 (%s), %s", ptr, p.x)
	f.op("VMOVDQU32 64(%s), %s", ptr, p.y)
	return p
}

func (f *fieldCode) store(p pair, ptr string) {
	f.op("VMOVDQU32 %s, (%s)", p.x, ptr)
	f.op("VMOVDQU32 %s, 64(%s)", p.y, ptr)
}

// add makes a the sum of a and b, modulo p.
func (f *fieldCode) add(a, b string) {
	t := f.get()
	f.op("VPADDD %s, %s, %s", b, a, a)
	f.op("VPSUBD %s, %s, %s", zP, a, t)
	f.op("VPMINUD %s, %s, %s", t, a, a)
	f.put(t)
}

// sub makes a the difference a - b, modulo p; b may be in memory.
func (f *fieldCode) sub(a, b string) {
	t := f.get()
	f.op("VPSUBD %s, %s, %s", b, a, a)
	f.op("VPADDD %s, %s, %s", zP, a, t)
	f.op("VPMINUD %s, %s, %s", t, a, a)
	f.put(t)
}

func (f *fieldCode) addPair(a, b pair) {
	f.add(a.x, b.x)
	f.add(a.y, b.y)
}

func (f *fieldCode) subPair(a, b pair) {
	f.sub(a.x, b.x)
	f.sub(a.y, b.y)
}

// difference is hi - lo of two places.
func (f *fieldCode) difference(hi, lo string) pair {
	p := f.load(hi)
	f.sub(p.x, fmt.Sprintf("(%s)", lo))
	f.sub(p.y, fmt.Sprintf("64(%s)", lo))
	return p
}

func (f *fieldCode) triple(src string) string {
	d := f.get()
	f.op("VPADDD %s, %s, %s", src, src, d)
	t := f.get()
	f.op("VPSUBD %s, %s, %s", zP, d, t)
	f.op("VPMINUD %s, %s, %s", t, d, d)
	f.put(t)
	f.add(d, src)
	return d
}

// rows are the second factors of a product: those of the pair's first register and those of its second.
type rows struct {
	low, high [4]string
	all       []string
}

// rows are made of b, whose registers they keep.
func (f *fieldCode) rows(b pair) rows {
	t1, t2 := f.triple(b.x), f.triple(b.y)
	r1, r2, r3 := f.get(), f.get(), f.get()
	f.op("VSHUFI64X2 $0x4e, %s, %s, %s", b.x, t2, r1)
	f.op("VSHUFI64X2 $0x4e, %s, %s, %s", b.y, b.x, r2)
	f.op("VSHUFI64X2 $0x4e, %s, %s, %s", t2, t1, r3)
	f.put(t1)
	return rows{[4]string{b.x, r1, t2, r3}, [4]string{b.y, r2, b.x, r1}, []string{b.x, b.y, r1, r2, t2, r3}}
}

// odd moves the odd words to the even ones.
func (f *fieldCode) odd(registers ...string) {
	for _, r := range registers {
		f.op("VPSRLQ $32, %s, %s", r, r)
	}
}

// factor is the first factor of a product: [a_k|a_k] of a place in memory or of a pair.
type factor struct {
	ptr string
	pair
}

func place(ptr string) factor { return factor{ptr: ptr} }

func (f *fieldCode) fetch(a factor, k int, odd bool) string {
	r := f.get()
	switch {
	case a.ptr == "":
		from := a.x
		if k >= 2 {
			from = a.y
		}
		f.op("VSHUFI64X2 $0x%x, %s, %s, %s", []int{0x44, 0xee}[k%2], from, from, r)
	case odd && k%2 == 0: // one word further, so that odd words come to even places, within the same line
		f.op("VBROADCASTI64X4 %d(%s), %s", 32*k+4, a.ptr, r)
	default:
		f.op("VBROADCASTI64X4 %d(%s), %s", 32*k, a.ptr, r)
		if odd {
			f.odd(r)
		}
	}
	return r
}

// products are the sums of four products of the even or the odd words, added to s if it holds sums already.
func (f *fieldCode) products(s pair, more bool, a factor, r rows, odd bool) {
	for k := range 4 {
		x := f.fetch(a, k, odd)
		for i, row := range []string{r.low[k], r.high[k]} {
			to := []string{s.x, s.y}[i]
			if k == 0 && !more {
				f.op("VPMULUDQ %s, %s, %s", x, row, to)
				continue
			}
			t := f.get()
			if more && k%2 == 0 { // below 4p^2: below 2p^2, and room for two
				f.op("VPSUBQ %s, %s, %s", zTwice, to, t)
				f.op("VPMINUQ %s, %s, %s", t, to, to)
			}
			f.op("VPMULUDQ %s, %s, %s", x, row, t)
			f.op("VPADDQ %s, %s, %s", t, to, to)
			f.put(t)
		}
		f.put(x)
	}
}

// reduce makes odd the words of the sums, see reduce in zk/field/word.go; even is spent.
func (f *fieldCode) reduce(even, odd string) {
	t, u := f.get(), f.get()
	f.op("VPMULUDQ %s, %s, %s", zInverse, even, t)
	f.op("VPMULUDQ %s, %s, %s", zInverse, odd, u)
	f.op("VPMULUDQ %s, %s, %s", zP, t, t)
	f.op("VPMULUDQ %s, %s, %s", zP, u, u)
	f.op("VMOVSHDUP %s, K1, %s", even, odd)
	f.op("VMOVSHDUP %s, K1, %s", t, u)
	f.op("VPSUBD %s, %s, %s", zP, odd, t)
	f.op("VPMINUD %s, %s, %s", t, odd, odd)
	f.op("VPSUBD %s, %s, %s", u, odd, odd)
	f.op("VPADDD %s, %s, %s", zP, odd, t)
	f.op("VPMINUD %s, %s, %s", t, odd, odd)
	f.put(t, u)
}

func (f *fieldCode) reducePair(even, odd pair) pair {
	f.reduce(even.x, odd.x)
	f.reduce(even.y, odd.y)
	f.putPair(even)
	return odd
}

// times is the pair of a b.
func (f *fieldCode) times(a factor, b pair) pair {
	r := f.rows(b)
	even, odd := f.getPair(), f.getPair()
	f.products(even, false, a, r, false)
	f.oddFactor(a)
	f.odd(r.all...)
	f.products(odd, false, a, r, true)
	f.put(r.all...)
	return f.reducePair(even, odd)
}

// oddFactor prepares a pair of registers for its odd words.
func (f *fieldCode) oddFactor(a factor) {
	if a.ptr == "" {
		f.odd(a.x, a.y)
	}
}

// cross is the pair of a b + c d.
func (f *fieldCode) cross(a factor, b func() pair, c factor, d func() pair) pair {
	even, odd := f.getPair(), f.getPair()
	r := f.rows(b())
	f.products(even, false, a, r, false)
	f.oddFactor(a)
	f.odd(r.all...)
	f.products(odd, false, a, r, true)
	f.put(r.all...)
	r = f.rows(d())
	f.products(even, true, c, r, false)
	f.oddFactor(c)
	f.odd(r.all...)
	f.products(odd, true, c, r, true)
	f.put(r.all...)
	return f.reducePair(even, odd)
}

// wide is a sum of products of 64 bits: the sums themselves modulo 2^64, and those of their high halves.
type wide struct{ low, high pair }

func (f *fieldCode) wide() wide {
	w := wide{f.getPair(), f.getPair()}
	f.zero(w.low.x, w.low.y, w.high.x, w.high.y)
	return w
}

func (f *fieldCode) gather(w wide, s pair) {
	for _, r := range [][3]string{{s.x, w.low.x, w.high.x}, {s.y, w.low.y, w.high.y}} {
		f.op("VPADDQ %s, %s, %s", r[0], r[1], r[1])
		f.odd(r[0])
		f.op("VPADDQ %s, %s, %s", r[0], r[2], r[2])
	}
}

// sumTimes adds a b to a wide sum.
func (f *fieldCode) sumTimes(w wide, a factor, b pair) {
	r := f.rows(b)
	s := f.getPair()
	f.products(s, false, a, r, false)
	f.gather(w, s)
	f.oddFactor(a)
	f.odd(r.all...)
	f.products(s, false, a, r, true)
	f.gather(w, s)
	f.putPair(s)
	f.put(r.all...)
}

// result writes wide sums where the first parameter points to.
func (f *fieldCode) result(sums ...wide) {
	at := 0
	for _, w := range sums {
		for _, r := range []string{w.low.x, w.low.y, w.high.x, w.high.y} {
			f.op("VMOVDQU64 %s, %d(DI)", r, at)
			at += 64
		}
	}
}
