package main

import (
	"fmt"
	"math/big"
)

// SHA-256 of sixteen messages at once (FIPS 180-4), for zk/hash: word t of all of them is one register.

// Registers: the words of the message are 0 to 15, the eight of the state follow, the last are free.
const (
	shaState = 16
	shaFree  = 24
)

func sha256x16(a *assembly) {
	a.data("rounds", shaConstants()...)
	// Bytes 2, 1, 0 of each word and a zero: the word in the other order, a byte lower.
	a.data("lower", 0x80000102, 0x80040506, 0x8008090a, 0x800c0d0e)
	compress(a)
	shifted(a)
	exchange(a)
}

func z(i int) string { return fmt.Sprintf("Z%d", i) }

func compress(a *assembly) {
	a.function("compressAVX512", "state *[8][16]uint32, words *[16]uint32, n int", 24, "continues sixteen hashes by n blocks of sixteen words each.")
	a.op("MOVQ state+0(FP), DI")
	a.op("MOVQ words+8(FP), SI")
	a.op("MOVQ n+16(FP), CX")
	for i := range 8 {
		a.op("VMOVDQU32 %d(DI), %s", 64*i, z(shaState+i))
	}
	a.op("PCALIGN $32")
	a.label("block")
	for i := range 16 {
		a.op("VMOVDQU32 %d(SI), %s", 64*i, z(i))
	}
	a.op("ADDQ $1024, SI")
	a.op("LEAQ rounds<>(SB), DX")
	a.op("MOVL $3, AX")
	a.op("PCALIGN $32")
	a.label("rounds")
	for t := range 16 {
		round(a, t)
		schedule(a, t)
	}
	a.op("ADDQ $64, DX")
	a.op("DECL AX")
	a.op("JNE rounds")
	for t := range 16 {
		round(a, t)
	}
	for i := range 8 {
		a.op("VPADDD %d(DI), %s, %s", 64*i, z(shaState+i), z(shaState+i))
		a.op("VMOVDQU32 %s, %d(DI)", z(shaState+i), 64*i)
	}
	a.op("DECQ CX")
	a.op("JNE block")
	a.op("VZEROUPPER")
	a.op("RET")
}

// Truth tables of functions of three bits, the first operand being the last that is written.
const (
	bitsXor    = 0x96
	bitsChoose = 0xca
	bitsMost   = 0xe8
)

// round is round t of sixteen; the state moves by renaming.
func round(a *assembly, t int) {
	s := func(i int) string { return z(shaState + (i-t+16)%8) } // a is 0, h is 7
	x, y, w := z(shaFree), z(shaFree+1), z(shaFree+2)
	a.op("VPADDD.BCST %d(DX), %s, %s", 4*t, z(t), y)
	a.op("VPADDD %s, %s, %s", y, s(7), s(7))
	a.op("VMOVDQA32 %s, %s", s(4), w)
	a.op("VPTERNLOGD $0x%x, %s, %s, %s", bitsChoose, s(6), s(5), w)
	a.op("VPADDD %s, %s, %s", w, s(7), s(7))
	// The sigma of e, the longest chain, comes last to both sums.
	a.op("VPADDD %s, %s, %s", s(7), s(3), s(3))
	sigma(a, s(4), x, y, w, [3]int{6, 11, 25}, true)
	a.op("VPADDD %s, %s, %s", x, s(3), s(3))
	a.op("VPADDD %s, %s, %s", x, s(7), s(7))
	sigma(a, s(0), x, y, w, [3]int{2, 13, 22}, true)
	a.op("VMOVDQA32 %s, %s", s(0), w)
	a.op("VPTERNLOGD $0x%x, %s, %s, %s", bitsMost, s(2), s(1), w)
	a.op("VPADDD %s, %s, %s", w, x, x)
	a.op("VPADDD %s, %s, %s", x, s(7), s(7))
}

// schedule makes word t the one that is used sixteen rounds later.
func schedule(a *assembly, t int) {
	w := func(i int) string { return z((t + i) % 16) }
	x, y, v := z(shaFree+3), z(shaFree+4), z(shaFree+5)
	sigma(a, w(1), x, y, v, [3]int{7, 18, 3}, false)
	a.op("VPADDD %s, %s, %s", x, w(0), w(0))
	a.op("VPADDD %s, %s, %s", w(9), w(0), w(0))
	sigma(a, w(14), x, y, v, [3]int{17, 19, 10}, false)
	a.op("VPADDD %s, %s, %s", x, w(0), w(0))
}

// sigma is the exclusive or of three rotations of src, the last of them a shift where it does not turn.
func sigma(a *assembly, src, dst, x, y string, by [3]int, turn bool) {
	last := "VPSRLD"
	if turn {
		last = "VPRORD"
	}
	a.op("VPRORD $%d, %s, %s", by[0], src, dst)
	a.op("VPRORD $%d, %s, %s", by[1], src, x)
	a.op("%s $%d, %s, %s", last, by[2], src, y)
	a.op("VPTERNLOGD $0x%x, %s, %s, %s", bitsXor, y, x, dst)
}

// shifted makes the words of messages that begin with one byte before little-endian words.
func shifted(a *assembly) {
	a.function("shiftedAVX512", "dst *[16]uint32, src *uint32, step int, first uint64, n int", 40,
		"writes sixteen messages and the bit that ends them: the byte that first begins with, then n words, each step bytes further.")
	a.op("MOVQ dst+0(FP), DI")
	a.op("MOVQ src+8(FP), SI")
	a.op("MOVQ step+16(FP), BX")
	a.op("MOVQ first+24(FP), AX")
	a.op("MOVQ n+32(FP), CX")
	a.op("VPBROADCASTD AX, Z0")
	a.op("MOVL $0xff000000, AX")
	a.op("VPBROADCASTD AX, Z3")
	a.op("VBROADCASTI32X4 lower<>(SB), Z4")
	a.op("PCALIGN $32")
	a.label("loop")
	a.op("VMOVDQU32 (SI), Z1")
	a.op("VPSHUFB Z4, Z1, Z2")
	a.op("VPTERNLOGD $0xf8, Z3, Z0, Z2") // Z2 | Z0 & Z3
	a.op("VMOVDQU32 Z2, (DI)")
	a.op("VMOVDQA32 Z1, Z0")
	a.op("ADDQ $64, DI")
	a.op("ADDQ BX, SI")
	a.op("DECQ CX")
	a.op("JNE loop")
	a.op("MOVL $0x00800000, AX") // the byte that is left, and the bit that ends a message
	a.op("VPBROADCASTD AX, Z2")
	a.op("VPTERNLOGD $0xf8, Z3, Z0, Z2")
	a.op("VMOVDQU32 Z2, (DI)")
	a.op("VZEROUPPER")
	a.op("RET")
}

// exchange exchanges rows and columns, by pairs of words, of pairs, and of quarters of registers.
func exchange(a *assembly) {
	a.function("exchangeAVX512", "dst *[16][16]uint32, src *[32]Sum", 16, "exchanges rows and columns.")
	a.op("MOVQ dst+0(FP), DI")
	a.op("MOVQ src+8(FP), SI")
	for i := range 16 {
		a.op("VMOVDQU32 %d(SI), %s", 64*i, z(i))
	}
	for _, s := range []struct {
		distance  int
		low, high string
	}{{1, "VPUNPCKLDQ", "VPUNPCKHDQ"}, {2, "VPUNPCKLQDQ", "VPUNPCKHQDQ"}, {4, "VSHUFI32X4 $0x88,", "VSHUFI32X4 $0xdd,"}, {8, "VSHUFI32X4 $0x88,", "VSHUFI32X4 $0xdd,"}} {
		for i := range 16 {
			if j := i + s.distance; i&s.distance == 0 {
				a.op("%s %s, %s, Z16", s.low, z(j), z(i))
				a.op("%s %s, %s, %s", s.high, z(j), z(i), z(j))
				a.op("VMOVDQA32 Z16, %s", z(i))
			}
		}
	}
	for i := range 16 {
		a.op("VMOVDQU32 %s, %d(DI)", z(i), 64*transposed(i))
	}
	a.op("VZEROUPPER")
	a.op("RET")
}

// transposed is the column that register i holds at last: the first two steps leave the columns of four in the order 0, 2, 1, 3.
func transposed(i int) int { return i&^3 | i&1<<1 | i>>1&1 }

// shaConstants are the first 32 bits of the fractional parts of the cube roots of the first 64 primes.
func shaConstants() []uint32 {
	words := make([]uint32, 0, 64)
	for n := int64(2); len(words) < 64; n++ {
		if !big.NewInt(n).ProbablyPrime(0) {
			continue
		}
		most, root := new(big.Int).Lsh(big.NewInt(n), 96), int64(0) // root is at most the cube root of n 2^96
		for bit := int64(1) << 35; bit > 0; bit >>= 1 {
			if more := big.NewInt(root | bit); more.Exp(more, big.NewInt(3), nil).Cmp(most) <= 0 {
				root |= bit
			}
		}
		words = append(words, uint32(root))
	}
	return words
}
