package main

import "fmt"

// The kernels of this file compute two groups at once for two to six rows of activations: each activation that is broadcast
// serves two products, so that multiplying, not loading, is what limits a prefill. Formats of blocks of 256 do not gain by it. The second group is R13 bytes after the
// first. Register first+i belongs to row i of the first group, first+twoRows+i to that of the second.
const twoRows = 6

func quantTwo(a *assembly) {
	q8Two(a)
	q4Two(a)
}

func twoFunction(a *assembly, name, block string, blockBytes int, before, body, after func(rows int)) {
	a.function(name, fmt.Sprintf("dst *float32, step int, w *byte, size int, x *%s, blocks, rows int", block), 56,
		"computes two groups of outputs for rows of activations; see Quant.")
	a.op("MOVQ dst+0(FP), AX")
	a.op("MOVQ step+8(FP), BX")
	a.op("SHLQ $2, BX")
	a.op("LEAQ (BX)(BX*2), R12")
	a.op("LEAQ (BX)(BX*4), DX")
	a.op("MOVQ w+16(FP), SI")
	a.op("MOVQ size+24(FP), R13")
	a.op("MOVQ x+32(FP), DI")
	a.op("MOVQ blocks+40(FP), CX")
	a.op("IMUL3Q $%d, CX, R8", blockBytes)
	a.op("LEAQ (R8)(R8*2), R9")
	a.op("LEAQ (R8)(R8*4), R10")
	a.op("VPBROADCASTD nibble<>(SB), Z30")
	a.op("MOVQ rows+48(FP), R15")
	for rows := twoRows; rows > 2; rows-- {
		a.op("CMPQ R15, $%d", rows)
		a.op("JEQ rows%d", rows)
	}
	for rows := 2; rows <= twoRows; rows++ {
		a.label(fmt.Sprintf("rows%d", rows))
		before(rows)
		a.op("PCALIGN $64")
		a.label(fmt.Sprintf("loop%d", rows))
		body(rows)
		a.op("DECQ CX")
		a.op("JNE loop%d", rows)
		a.label(fmt.Sprintf("end%d", rows))
		after(rows)
		a.op("VZEROUPPER")
		a.op("RET")
	}
}

// out addresses the outputs of row t of a group.
func out(group, t int) string {
	return fmt.Sprintf("%d(AX)%s", 64*group, [...]string{"", "(BX*1)", "(BX*2)", "(R12*1)", "(BX*4)", "(DX*1)"}[t])
}

// from addresses bytes of a group.
func from(group, offset int) string {
	return fmt.Sprintf("%d(SI)%s", offset, [...]string{"", "(R13*1)"}[group])
}

// eachOfTwo visits the rows of both groups.
func eachOfTwo(rows int, do func(group, t, i int)) {
	for group := range 2 {
		for t := range rows {
			do(group, t, group*twoRows+t)
		}
	}
}

// wordOfTwo multiplies a word of weights of both groups, in Z24 and Z25, with the activations at q, and adds them to the sums
// from first on.
func wordOfTwo(a *assembly, rows, q, first int) {
	for t := range rows {
		a.op("VPBROADCASTD %s, Z26", at(q, t))
		a.op("VPDPBUSD Z26, Z24, Z%d", first+t)
		a.op("VPDPBUSD Z26, Z25, Z%d", first+twoRows+t)
	}
}

// Z0-11 outputs, Z12-23 sums, Z24-25 weights, Z26 activations, Z27-28 scales, Z29 products.
func twinsTwo(a *assembly, name string, words, less int, load func(group, at, i, to int)) {
	one := func(rows, at0, scales int) {
		eachOfTwo(rows, func(group, t, i int) {
			if group == 0 {
				a.op("VPBROADCASTD %s, Z%d", at(less, t), 12+i)
			} else {
				a.op("VMOVDQA64 Z%d, Z%d", 12+t, 12+i)
			}
		})
		for i := range 8 {
			for group := range 2 {
				if i < words {
					a.op("PREFETCHT0 %s", from(group, ahead+at0+i*word))
				}
				load(group, at0, i, 24+group)
			}
			wordOfTwo(a, rows, 4*i, 12)
		}
		for group := range 2 {
			a.op("VCVTPH2PS %s, Z%d", from(group, scales), 27+group)
		}
		eachOfTwo(rows, func(group, t, i int) {
			a.op("VCVTDQ2PS Z%d, Z%d", 12+i, 12+i)
			a.op("VMULPS.BCST %s, Z%d, Z29", at(b32D, t), 27+group)
			a.op("VMULPS Z%d, Z29, Z29", 12+i)
			a.op("VADDPS Z29, Z%d, Z%d", i, i)
		})
		a.op("ADDQ $%d, DI", block32)
	}
	twoFunction(a, name, "Block32", block32, func(rows int) {
		zero(a, "Z", 0, rows)
		zero(a, "Z", twoRows, rows)
	}, func(rows int) {
		one(rows, 0, 2*words*word)
		a.op("DECQ CX")
		a.op("JEQ end%d", rows)
		one(rows, words*word, 2*words*word+word/2)
		a.op("ADDQ $%d, SI", (2*words+1)*word)
	}, func(rows int) {
		eachOfTwo(rows, func(group, t, i int) { a.op("VMOVUPS Z%d, %s", i, out(group, t)) })
	})
}

func q8Two(a *assembly) {
	twinsTwo(a, "q8TwoAVX512", 8, b32Less128, func(group, at, i, to int) {
		a.op("VMOVDQU64 %s, Z%d", from(group, at+i*word), to)
	})
}

func q4Two(a *assembly) {
	twinsTwo(a, "q4TwoAVX512", 4, b32Less8, func(group, at, i, to int) {
		nibbleOfTwo(a, group, at+i%4*word, i/4, to)
	})
}

// nibbleOfTwo loads the low or high nibbles of a word.
func nibbleOfTwo(a *assembly, group, offset, high, to int) {
	if high == 0 {
		a.op("VPANDD %s, Z30, Z%d", from(group, offset), to)
		return
	}
	a.op("VPSRLW $4, %s, Z%d", from(group, offset), to)
	a.op("VPANDD Z30, Z%d, Z%d", to, to)
}
