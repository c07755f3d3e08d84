package main

import "fmt"

// The layout of package kernel: Block32, Block256 and the groups of quant.go there.
const (
	word = 64 // four weights of 16 rows

	block32, b32D, b32Less128, b32Less8 = 48, 32, 36, 40
	block256, b256D, b256Sums, b256Less = 352, 256, 272, 288

	q4kScales, q4kMinima, q4kD, q4kDMin, q4kBlock = 32 * word, 32*word + 128, 32*word + 256, 32*word + 288, 37 * word
	q6kHalf, q6kScales, q6kD, q6kBlock            = 24 * word, 48 * word, 52 * word, 53 * word
)

// quantRows is the most activation rows that one pass over the weights serves.
const quantRows = 8

func quant(a *assembly) {
	a.data("nibble", 0x0f0f0f0f)
	a.data("crumb", 0x30303030)
	q8AVX512(a)
	q4AVX512(a)
	q4kAVX512(a)
	q6kAVX512(a)
	quantiseConstants(a)
	quantise32AVX512(a)
	quantise256AVX512(a)
	quantAVX2(a)
	quantiseInputsAVX2(a)
	quantTwo(a)
}

// quantFunction writes a kernel with one loop for each number of rows; its body goes on to the next block. AX walks the outputs, SI the weights, DI the
// activations, CX counts blocks; R8 to R11 are 1, 3, 5 and 7 times the distance of two rows of activations.
func quantFunction(a *assembly, name, block string, blockBytes, most int, before, body func(rows int), after func(rows int)) {
	a.function(name, fmt.Sprintf("dst *float32, step int, w *byte, x *%s, blocks, rows int", block), 48,
		"computes a group of outputs for rows of activations; see Quant.")
	a.op("MOVQ dst+0(FP), AX")
	a.op("MOVQ step+8(FP), BX")
	a.op("SHLQ $2, BX")
	a.op("MOVQ w+16(FP), SI")
	a.op("MOVQ x+24(FP), DI")
	a.op("MOVQ blocks+32(FP), CX")
	a.op("IMUL3Q $%d, CX, R8", blockBytes)
	a.op("LEAQ (R8)(R8*2), R9")
	a.op("LEAQ (R8)(R8*4), R10")
	a.op("LEAQ (R9)(R8*4), R11")
	a.op("MOVQ rows+40(FP), R12")
	for rows := most; rows > 1; rows-- {
		a.op("CMPQ R12, $%d", rows)
		a.op("JEQ rows%d", rows)
	}
	for rows := 1; rows <= most; rows++ {
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

// at addresses a byte of the present block of row t.
func at(offset, t int) string {
	r := [...]string{"", "(R8*1)", "(R8*2)", "(R9*1)", "(R8*4)", "(R10*1)", "(R9*2)", "(R11*1)"}
	return fmt.Sprintf("%d(DI)%s", offset, r[t])
}

// ahead is how far before their use weights are fetched, in bytes: the processor does not look beyond a page by itself, nor
// beyond the few hundred instructions that it has begun.
const ahead = 8192

func prefetch(a *assembly, from, bytes int) {
	for i := from; i < from+bytes; i += word {
		a.op("PREFETCHT0 %d(SI)", ahead+i)
	}
}

// zero clears registers from first on.
func zero(a *assembly, prefix string, first, n int) {
	for i := first; i < first+n; i++ {
		if prefix == "Z" {
			a.op("VPXORD Z%d, Z%d, Z%d", i, i, i)
		} else {
			a.op("VPXOR Y%d, Y%d, Y%d", i, i, i)
		}
	}
}

func storeAVX512(a *assembly, rows int) {
	for t := range rows {
		a.op("VMOVUPS Z%d, (AX)", t)
		if t+1 < rows {
			a.op("ADDQ BX, AX")
		}
	}
}

// Z0-7 outputs, Z8-15 weights, Z16 scales, Z17-24 sums and Z25-28 products in turn, Z30-31 masks.
func q8AVX512(a *assembly) {
	simpleAVX512(a, "q8AVX512", 8, b32Less128, func(from int) {
		for i := range 8 {
			a.op("VMOVDQU64 %d(SI), Z%d", from+i*word, 8+i)
		}
	})
}

func q4AVX512(a *assembly) {
	simpleAVX512(a, "q4AVX512", 4, b32Less8, func(from int) {
		for i := range 4 {
			a.op("VMOVDQU64 %d(SI), Z%d", from+i*word, 8+i)
			a.op("VPSRLW $4, Z%d, Z%d", 8+i, 12+i)
			a.op("VPANDD Z30, Z%d, Z%d", 8+i, 8+i)
			a.op("VPANDD Z30, Z%d, Z%d", 12+i, 12+i)
		}
	})
}

// simpleAVX512 is a format of blocks of 32 with one scale: words of weights for each of two blocks, then their scales.
func simpleAVX512(a *assembly, name string, words, less int, unpack func(from int)) {
	one := func(rows, from, scales int) {
		prefetch(a, from, words*word)
		unpack(from)
		a.op("VCVTPH2PS %d(SI), Z16", scales)
		for t := range rows {
			a.op("VPBROADCASTD %s, Z%d", at(less, t), 17+t)
		}
		for i := range 8 {
			for t := range rows {
				a.op("VPDPBUSD.BCST %s, Z%d, Z%d", at(4*i, t), 8+i, 17+t)
			}
		}
		for t := range rows {
			addScaledAVX512(a, t, 17+t, 25+t%4, 16, b32D)
		}
		a.op("ADDQ $%d, DI", block32)
	}
	quantFunction(a, name, "Block32", block32, quantRows,
		func(rows int) {
			a.op("VPBROADCASTD nibble<>(SB), Z30")
			zero(a, "Z", 0, rows)
		},
		func(rows int) {
			one(rows, 0, 2*words*word)
			a.op("DECQ CX")
			a.op("JEQ end%d", rows)
			prefetch(a, 2*words*word, word)
			one(rows, words*word, 2*words*word+word/2)
			a.op("ADDQ $%d, SI", (2*words+1)*word)
		},
		func(rows int) { storeAVX512(a, rows) })
}

// addScaledAVX512 is acc = acc + (d*dx)*sum, each operation rounded.
func addScaledAVX512(a *assembly, t, sum, product, d, dx int) {
	a.op("VCVTDQ2PS Z%d, Z%d", sum, sum)
	a.op("VMULPS.BCST %s, Z%d, Z%d", at(dx, t), d, product)
	a.op("VMULPS Z%d, Z%d, Z%d", sum, product, product)
	a.op("VADDPS Z%d, Z%d, Z%d", product, t, t)
}
