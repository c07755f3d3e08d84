package main

import "fmt"

// The kernels of AVX2 compute 8 of the 16 rows of a group, half 0 or 1, for at most four rows of activations. SI is the
// weights of the half, DX the group with 16 bytes a half, R13 with 8.
const rowsAVX2 = 4

func quantAVX2(a *assembly) {
	wide := func(name string, v uint32) { a.data(name, v, v, v, v, v, v, v, v) }
	wide("nibbles", 0x0f0f0f0f)
	wide("crumbs", 0x30303030)
	wide("signs", 0x80808080)
	wide("pairs", 0x00010001)
	q8AVX2(a)
	q4AVX2(a)
	q4kAVX2(a)
	q6kAVX2(a)
}

// halfFunction is quantFunction for one half of a group.
func halfFunction(a *assembly, name, block string, blockBytes int, before, body func(rows int)) {
	a.function(name, fmt.Sprintf("dst *float32, step int, w *byte, x *%s, blocks, rows, half int", block), 56,
		"computes half of a group of outputs for rows of activations; see Quant.")
	a.op("MOVQ dst+0(FP), AX")
	a.op("MOVQ step+8(FP), BX")
	a.op("SHLQ $2, BX")
	a.op("MOVQ w+16(FP), SI")
	a.op("MOVQ x+24(FP), DI")
	a.op("MOVQ blocks+32(FP), CX")
	a.op("IMUL3Q $%d, CX, R8", blockBytes)
	a.op("LEAQ (R8)(R8*2), R9")
	a.op("MOVQ half+48(FP), R13")
	a.op("SHLQ $3, R13")
	a.op("LEAQ (SI)(R13*2), DX")
	a.op("LEAQ (SI)(R13*4), R12")
	a.op("ADDQ SI, R13")
	a.op("MOVQ R12, SI")
	a.op("MOVQ rows+40(FP), R12")
	for rows := rowsAVX2; rows > 1; rows-- {
		a.op("CMPQ R12, $%d", rows)
		a.op("JEQ rows%d", rows)
	}
	for rows := 1; rows <= rowsAVX2; rows++ {
		a.label(fmt.Sprintf("rows%d", rows))
		zero(a, "Y", 0, rows)
		before(rows)
		a.op("PCALIGN $32")
		a.label(fmt.Sprintf("loop%d", rows))
		body(rows)
		a.op("DECQ CX")
		a.op("JNE loop%d", rows)
		a.label(fmt.Sprintf("end%d", rows))
		for t := range rows {
			a.op("VMOVUPS Y%d, (AX)", t)
			a.op("ADDQ BX, AX")
		}
		a.op("VZEROUPPER")
		a.op("RET")
	}
}

// advance goes on to the next weights.
func advance(a *assembly, bytes int) {
	for _, r := range []string{"SI", "DX", "R13"} {
		a.op("ADDQ $%d, %s", bytes, r)
	}
}

// twinsAVX2 is the loop of a format of blocks of 32: weights of two blocks, then their scales.
func twinsAVX2(a *assembly, name string, words int, before, sums func(rows, from int)) {
	one := func(rows, from, scales int) {
		prefetch(a, from, words*word)
		sums(rows, from)
		a.op("VCVTPH2PS %d(DX), Y14", scales)
		for t := range rows {
			addScaledAVX2(a, t, 4+t, b32D)
		}
		a.op("ADDQ $%d, DI", block32)
	}
	halfFunction(a, name, "Block32", block32, func(rows int) { before(rows, 0) }, func(rows int) {
		one(rows, 0, 2*words*word)
		a.op("DECQ CX")
		a.op("JEQ end%d", rows)
		one(rows, words*word, 2*words*word+word/2)
		advance(a, (2*words+1)*word)
	})
}

// addScaledAVX2 is acc = acc + (d*dx)*sum with d in Y14, each operation rounded.
func addScaledAVX2(a *assembly, t, sum, dx int) {
	a.op("VBROADCASTSS %s, Y15", at(dx, t))
	a.op("VCVTDQ2PS Y%d, Y%d", sum, sum)
	a.op("VMULPS Y15, Y14, Y15")
	a.op("VMULPS Y%d, Y15, Y15", sum)
	a.op("VADDPS Y15, Y%d, Y%d", t, t)
}

// Y0-3 outputs, Y4-7 sums, Y8 weights, Y9 their magnitudes, Y12-13 constants, Y10 and Y15 products.
//
// VPMADDUBSW adds two products in 16 bits and saturates. The magnitude of a weight is at most 128 and that of an activation
// at most 127, so the sum of two is at most 32,512, which fits.
func q8AVX2(a *assembly) {
	twinsAVX2(a, "q8AVX2", 8, func(int, int) {
		a.op("VMOVDQU signs<>(SB), Y12")
		a.op("VMOVDQU pairs<>(SB), Y13")
	}, func(rows, from int) {
		zero(a, "Y", 4, rows)
		for i := range 8 {
			a.op("VPXOR %d(SI), Y12, Y8", from+i*word)
			a.op("VPABSB Y8, Y9")
			for t := range rows {
				product := 10 + 5*(t%2)
				a.op("VPBROADCASTD %s, Y%d", at(4*i, t), product)
				a.op("VPSIGNB Y8, Y%d, Y%d", product, product)
				a.op("VPMADDUBSW Y%d, Y9, Y%d", product, product)
				a.op("VPMADDWD Y%d, Y13, Y%d", product, product)
				a.op("VPADDD Y%d, Y%d, Y%d", product, 4+t, 4+t)
			}
		}
	})
}

// Y8-9 low and high nibbles. The 16-bit sums of a block are at most 16*15*127, which fits.
func q4AVX2(a *assembly) {
	twinsAVX2(a, "q4AVX2", 4, func(int, int) {
		a.op("VMOVDQU nibbles<>(SB), Y12")
		a.op("VMOVDQU pairs<>(SB), Y13")
	}, func(rows, from int) {
		zero(a, "Y", 4, rows)
		for i := range 4 {
			a.op("VMOVDQU %d(SI), Y8", from+i*word)
			a.op("VPSRLW $4, Y8, Y9")
			a.op("VPAND Y12, Y8, Y8")
			a.op("VPAND Y12, Y9, Y9")
			for t := range rows {
				addWordsAVX2(a, t, 8, 4+t, 4*i)
				addWordsAVX2(a, t, 9, 4+t, 16+4*i)
			}
		}
		for t := range rows {
			a.op("VPMADDWD Y%d, Y13, Y%d", 4+t, 4+t)
			a.op("VPBROADCASTD %s, Y15", at(b32Less8, t))
			a.op("VPADDD Y15, Y%d, Y%d", 4+t, 4+t)
		}
	})
}

// addWordsAVX2 adds the products of a word of weights and four activations to sums of 16 bits.
func addWordsAVX2(a *assembly, t, weights, sum, q int) {
	a.op("VPBROADCASTD %s, Y15", at(q, t))
	a.op("VPMADDUBSW Y15, Y%d, Y15", weights)
	a.op("VPADDW Y15, Y%d, Y%d", sum, sum)
}

// Y0-3 outputs, Y4-7 sums of a block, Y8-11 sums of a part, Y12 weights, Y13-14 scales, Y15 products.
func q4kAVX2(a *assembly) {
	halfFunction(a, "q4kAVX2", "Block256", block256, func(int) {}, func(rows int) {
		zero(a, "Y", 4, rows)
		for part := range 8 {
			a.op("VPMOVZXBD %d(R13), Y13", q4kScales+16*part)
			twiceAVX2(a)
			zero(a, "Y", 8, rows)
			for i := range 8 {
				from := (part/2*8 + i) * word
				a.op("VMOVDQU %d(SI), Y12", from)
				if part%2 == 0 {
					prefetch(a, from, word)
				} else {
					a.op("VPSRLW $4, Y12, Y12")
				}
				a.op("VPAND nibbles<>(SB), Y12, Y12")
				for t := range rows {
					addWordsAVX2(a, t, 12, 8+t, 32*part+4*i)
				}
			}
			scaleAVX2(a, rows)
		}
		prefetch(a, q4kScales, q4kBlock-q4kScales)
		a.op("VCVTPH2PS %d(DX), Y14", q4kD)
		for t := range rows {
			addScaledAVX2(a, t, 4+t, b256D)
			zero(a, "Y", 4+t, 1)
		}
		for j := range 4 {
			a.op("VPMOVZXBW %d(DX), Y12", q4kMinima+32*j)
			for t := range rows {
				a.op("VPBROADCASTD %s, Y15", at(b256Sums+4*j, t))
				a.op("VPMADDWD Y15, Y12, Y15")
				a.op("VPADDD Y15, Y%d, Y%d", 4+t, 4+t)
			}
		}
		a.op("VCVTPH2PS %d(DX), Y14", q4kDMin)
		for t := range rows {
			a.op("VBROADCASTSS %s, Y15", at(b256D, t))
			a.op("VCVTDQ2PS Y%d, Y%d", 4+t, 4+t)
			a.op("VMULPS Y15, Y14, Y15")
			a.op("VMULPS Y%d, Y15, Y15", 4+t)
			a.op("VSUBPS Y15, Y%d, Y%d", t, t)
		}
		advance(a, q4kBlock)
		a.op("ADDQ $%d, DI", block256)
	})
}

// twiceAVX2 puts the scales of Y13 into both halves of the 32-bit lanes of Y14.
func twiceAVX2(a *assembly) {
	a.op("VPSLLD $16, Y13, Y14")
	a.op("VPBLENDW $0xAA, Y14, Y13, Y14")
}

// scaleAVX2 multiplies the 16-bit sums of a part with the scales of Y14 and adds neighbours to the sums of the block.
func scaleAVX2(a *assembly, rows int) {
	for t := range rows {
		a.op("VPMADDWD Y%d, Y14, Y%d", 8+t, 8+t)
		a.op("VPADDD Y%d, Y%d, Y%d", 8+t, 4+t, 4+t)
	}
}

// The 16-bit sums of two words are at most 4*63*127, which fits; those of a part would not.
func q6kAVX2(a *assembly) {
	halfFunction(a, "q6kAVX2", "Block256", block256, func(int) {}, func(rows int) {
		zero(a, "Y", 4, rows)
		prefetch(a, 0, q6kBlock)
		for part := range 16 {
			half, p, quarter := part/8, part%2, part/2%4
			a.op("VPMOVSXBD %d(R13), Y13", q6kScales+16*part)
			twiceAVX2(a)
			for t := range rows {
				a.op("VPBROADCASTD %s, Y15", at(b256Less+4*part, t))
				a.op("VPMULLD Y13, Y15, Y15")
				a.op("VPADDD Y15, Y%d, Y%d", 4+t, 4+t)
			}
			for i := range 4 {
				if i%2 == 0 {
					zero(a, "Y", 8, rows)
				}
				unpackQ6KAVX2(a, half*q6kHalf+(quarter%2*8+4*p+i)*word, half*q6kHalf+(16+4*p+i)*word, quarter)
				for t := range rows {
					addWordsAVX2(a, t, 12, 8+t, 16*part+4*i)
				}
				if i%2 == 1 {
					scaleAVX2(a, rows)
				}
			}
		}
		a.op("VCVTPH2PS %d(DX), Y14", q6kD)
		for t := range rows {
			addScaledAVX2(a, t, 4+t, b256D)
		}
		advance(a, q6kBlock)
		a.op("ADDQ $%d, DI", block256)
	})
}

// unpackQ6KAVX2 joins the low and high bits of a word into Y12.
func unpackQ6KAVX2(a *assembly, low, high, quarter int) {
	a.op("VMOVDQU %d(SI), Y12", low)
	if quarter >= 2 {
		a.op("VPSRLW $4, Y12, Y12")
	}
	a.op("VPAND nibbles<>(SB), Y12, Y12")
	a.op("VMOVDQU %d(SI), Y15", high)
	if shift := []string{"VPSLLW $4", "VPSLLW $2", "", "VPSRLW $2"}[quarter]; shift != "" {
		a.op("%s, Y15, Y15", shift)
	}
	a.op("VPAND crumbs<>(SB), Y15, Y15")
	a.op("VPOR Y15, Y12, Y12")
}
