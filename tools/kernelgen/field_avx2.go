package main

import (
	"fmt"
	"strings"
)

// The loops of zk/field for AVX2: four elements at a time, each word in 64 bits, coefficient by coefficient. There are
// registers for one product; what is between two of them is on the stack.

// Registers of a product; the first seven besides the coefficients of the factors are three times those of the second.
const (
	yFirst   = 0  // a0 to a3
	ySecond  = 4  // b0 to b3
	yThrice  = 8  // 3b1 to 3b3
	ySum     = 11 // and two more that are free
	yInverse = "Y14"
	yP       = "Y15"
)

// narrowCode is the function that is being written.
type narrowCode struct{ *assembly }

// operand is where four elements are: in blocks, in words of the base field, or on the stack, 64 bits each.
type operand struct {
	ptr   string
	base  bool
	slot  int
	stack bool
}

func inBlocks(ptr string) operand { return operand{ptr: ptr} }

func inWords(ptr string) operand { return operand{ptr: ptr, base: true} }

const slotBytes = 4 * 32

func onStack(slot int) operand { return operand{slot: slot, stack: true} }

func y(i int) string { return fmt.Sprintf("Y%d", i) }

func fieldAVX2(a *assembly) {
	n := &narrowCode{a}
	narrowElements(n)
	narrowScalars(n)
	narrowSums(n)
	narrowRounds(n)
}

// signature begins a function with a frame of the given number of slots; the last word, in CX, counts blocks.
func (n *narrowCode) signature(name string, params []string, slots int, doc string) {
	n.frame(name+"AVX2", strings.Join(params, ", "), slots*slotBytes, 8*len(params), doc)
	registers := []string{"DI", "SI", "DX", "BX", "R8", "R9"}
	for i, p := range params {
		word, _, _ := strings.Cut(p, " ")
		to := "CX"
		if word != "n" {
			to = registers[i]
		}
		n.op("MOVQ %s+%d(FP), %s", word, 8*i, to)
	}
	n.op("MOVL $0x%x, AX", fieldP)
	n.op("VMOVD AX, X15")
	n.op("VPBROADCASTD X15, %s", yP)
	n.op("MOVL $0x%x, AX", fieldInverse)
	n.op("VMOVD AX, X14")
	n.op("VPBROADCASTD X14, %s", yInverse)
}

// halves writes body for both halves of a block, in a loop over blocks; pointers advance by the given bytes.
func (n *narrowCode) halves(steps map[string]int, body func(half int)) {
	n.op("PCALIGN $32")
	n.label("loop")
	body(0)
	body(1)
	for _, r := range []string{"DI", "SI", "DX", "BX", "R8", "R9"} {
		if steps[r] != 0 {
			n.op("ADDQ $%d, %s", steps[r], r)
		}
	}
	n.op("DECQ CX")
	n.op("JNE loop")
}

func (n *narrowCode) end() {
	n.op("VZEROUPPER")
	n.op("RET")
}

// load reads coefficient k of a half.
func (n *narrowCode) load(o operand, half, k int, to string) {
	switch {
	case o.stack:
		n.op("VMOVDQU %d(SP), %s", o.slot*slotBytes+32*k, to)
	case o.base:
		n.op("VPMOVZXDQ %d(%s), %s", 16*half, o.ptr, to)
	default:
		n.op("VPMOVZXDQ %d(%s), %s", 32*k+16*half, o.ptr, to)
	}
}

// store writes a coefficient, which is the words at even places of Y11.
func (n *narrowCode) store(o operand, half, k int) {
	if o.stack {
		n.op("VMOVDQU Y11, %d(SP)", o.slot*slotBytes+32*k)
		return
	}
	n.op("VEXTRACTI128 $1, Y11, X13")
	n.op("VSHUFPS $0x88, X13, X11, X13")
	n.op("VMOVDQU X13, %d(%s)", 32*k+16*half, o.ptr)
}

// sum makes a + b of a, modulo p, and difference a - b.
func (n *narrowCode) sum(a, b string) {
	n.op("VPADDD %s, %s, %s", b, a, a)
	n.op("VPSUBD %s, %s, Y13", yP, a)
	n.op("VPMINUD Y13, %s, %s", a, a)
}

func (n *narrowCode) difference(a, b string) {
	n.op("VPSUBD %s, %s, %s", b, a, a)
	n.op("VPADDD %s, %s, Y13", yP, a)
	n.op("VPMINUD Y13, %s, %s", a, a)
}

// linear writes op of a and b to dst, coefficient by coefficient.
func (n *narrowCode) linear(op func(a, b string), dst, a, b operand, half int) {
	for k := range 4 {
		if k > 0 && a.base { // the coefficients of a number of the base field besides the first are zero
			break
		}
		n.load(a, half, k, "Y11")
		n.load(b, half, k, "Y12")
		op("Y11", "Y12")
		n.store(dst, half, k)
	}
}

// thrice makes 3 b of the coefficients that need it.
func (n *narrowCode) thrice() {
	for k := 1; k < 4; k++ {
		b, t := y(ySecond+k), y(yThrice+k-1)
		n.op("VPADDD %s, %s, %s", b, b, t)
		n.op("VPSUBD %s, %s, Y13", yP, t)
		n.op("VPMINUD Y13, %s, %s", t, t)
		n.sum(t, b)
	}
}

// second loads the second factor.
func (n *narrowCode) second(o operand, half int) {
	for k := range 4 {
		n.load(o, half, k, y(ySecond+k))
	}
	n.thrice()
}

// times multiplies a by the second factor and hands each coefficient, in Y11, to use.
func (n *narrowCode) times(a operand, half int, use func(k int)) {
	if a.base {
		n.load(a, half, 0, "Y0")
		for k := range 4 {
			n.op("VPMULUDQ Y0, %s, Y11", y(ySecond+k))
			n.reduce()
			use(k)
		}
		return
	}
	for k := range 4 {
		n.load(a, half, k, y(yFirst+k))
	}
	for k := range 4 {
		for i := range 4 { // a_i and b_(k-i), or three times the one that has gone round
			b := y(ySecond + (k-i+4)%4)
			if i > k {
				b = y(yThrice + (k-i+4)%4 - 1)
			}
			to := "Y12"
			if i == 0 {
				to = "Y11"
			}
			n.op("VPMULUDQ %s, %s, %s", y(yFirst+i), b, to)
			if i > 0 {
				n.op("VPADDQ Y12, Y11, Y11")
			}
		}
		n.reduce()
		use(k)
	}
}

// reduce makes words of the sums in Y11, see reduce in zk/field/word.go.
func (n *narrowCode) reduce() {
	n.op("VPMULUDQ %s, Y11, Y12", yInverse)
	n.op("VPMULUDQ %s, Y12, Y12", yP)
	n.op("VPSUBD %s, Y11, Y13", yP)
	n.op("VPMINUD Y13, Y11, Y11")
	n.op("VPSUBD Y12, Y11, Y11")
	n.op("VPADDD %s, Y11, Y13", yP)
	n.op("VPMINUD Y13, Y11, Y11")
	n.op("VPSRLQ $32, Y11, Y11")
}

// write is a use of coefficients that stores them.
func (n *narrowCode) write(dst operand, half int) func(k int) {
	return func(k int) { n.store(dst, half, k) }
}

// gather is a use that adds them to a slot.
func (n *narrowCode) gather(slot int) func(k int) {
	return func(k int) {
		n.load(onStack(slot), 0, k, "Y12")
		n.sum("Y11", "Y12")
		n.store(onStack(slot), 0, k)
	}
}

func (n *narrowCode) zero(slots ...int) {
	n.op("VPXOR Y11, Y11, Y11")
	for _, s := range slots {
		for k := range 4 {
			n.store(onStack(s), 0, k)
		}
	}
}

// result writes slots as wide sums, whose high halves are the words and whose low halves are zero.
func (n *narrowCode) result(slots ...int) {
	for i, s := range slots {
		for k := range 4 {
			n.load(onStack(s), 0, k, "Y11")
			at := 256*i + 32*k
			n.op("VMOVDQU Y11, %d(DI)", at+128)
			n.op("VPSLLQ $32, Y11, Y11")
			n.op("VMOVDQU Y11, %d(DI)", at)
		}
	}
}
