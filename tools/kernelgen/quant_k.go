package main

// Z0-7 outputs, Z8-15 weights, Z16-23 sums of a block, Z24-27 sums of a part, Z28-29 scales, Z30-31 masks.

func q4kAVX512(a *assembly) {
	quantFunction(a, "q4kAVX512", "Block256", block256, quantRows,
		func(rows int) {
			a.op("VPBROADCASTD nibble<>(SB), Z30")
			zero(a, "Z", 0, rows)
		},
		func(rows int) {
			zero(a, "Z", 16, rows)
			for part := range 8 {
				a.op("VPMOVZXBD %d(SI), Z28", q4kScales+16*part)
				for i := range 8 {
					from := (part/2*8 + i) * word
					if part%2 == 0 {
						prefetch(a, from, word)
						a.op("VPANDD %d(SI), Z30, Z%d", from, 8+i)
					} else {
						a.op("VPSRLW $4, %d(SI), Z%d", from, 8+i)
						a.op("VPANDD Z30, Z%d, Z%d", 8+i, 8+i)
					}
				}
				partAVX512(a, rows, 8, 8, 32*part, 28, -1)
			}
			prefetch(a, q4kScales, q4kBlock-q4kScales)
			for j := range 4 {
				a.op("VPMOVZXBW %d(SI), Z%d", q4kMinima+32*j, 8+j)
			}
			a.op("VCVTPH2PS %d(SI), Z28", q4kD)
			a.op("VCVTPH2PS %d(SI), Z29", q4kDMin)
			for t := range rows {
				less, product := 24+t%2, 26+t%2
				addScaledAVX512(a, t, 16+t, product, 28, b256D)
				zero(a, "Z", less, 1)
				for j := range 4 {
					a.op("VPDPWSSD.BCST %s, Z%d, Z%d", at(b256Sums+4*j, t), 8+j, less)
				}
				a.op("VCVTDQ2PS Z%d, Z%d", less, less)
				a.op("VMULPS.BCST %s, Z29, Z%d", at(b256D, t), product)
				a.op("VMULPS Z%d, Z%d, Z%d", less, product, product)
				a.op("VSUBPS Z%d, Z%d, Z%d", product, t, t)
			}
			a.op("ADDQ $%d, SI", q4kBlock)
			a.op("ADDQ $%d, DI", block256)
		},
		func(rows int) { storeAVX512(a, rows) })
}

// partAVX512 adds scale*(start + dot) of one part of a block, whose words of weights are in registers, to the sums of the
// rows; four rows at a time hide the latency. The start is at an offset in the activations, or 0 if that is negative.
func partAVX512(a *assembly, rows, weights, words, q, scale, start int) {
	for first := 0; first < rows; first += 4 {
		last := min(first+4, rows)
		for t := first; t < last; t++ {
			if start < 0 {
				zero(a, "Z", 24+t%4, 1)
			} else {
				a.op("VPBROADCASTD %s, Z%d", at(start, t), 24+t%4)
			}
		}
		for i := range words {
			for t := first; t < last; t++ {
				a.op("VPDPBUSD.BCST %s, Z%d, Z%d", at(q+4*i, t), weights+i, 24+t%4)
			}
		}
		for t := first; t < last; t++ {
			a.op("VPMULLD Z%d, Z%d, Z%d", scale, 24+t%4, 24+t%4)
			a.op("VPADDD Z%d, Z%d, Z%d", 24+t%4, 16+t, 16+t)
		}
	}
}

func q6kAVX512(a *assembly) {
	quantFunction(a, "q6kAVX512", "Block256", block256, quantRows,
		func(rows int) {
			a.op("VPBROADCASTD nibble<>(SB), Z30")
			a.op("VPBROADCASTD crumb<>(SB), Z31")
			zero(a, "Z", 0, rows)
		},
		func(rows int) {
			zero(a, "Z", 16, rows)
			for unit := range 8 { // half of the block, half of each 32, odd or even 32
				half, p, odd := unit/4, unit/2%2, unit%2
				prefetch(a, 6*unit*word, 6*word)
				for i := range 4 {
					unpackQ6K(a, half, 4*p+i, odd, 8+i)
				}
				for j, first := range []int{8, 12} {
					part := 8*half + p + 2*odd + 4*j // of 16 weights
					a.op("VPMOVSXBD %d(SI), Z28", q6kScales+16*part)
					partAVX512(a, rows, first, 4, 16*part, 28, b256Less+4*part)
				}
			}
			prefetch(a, q6kScales, q6kBlock-q6kScales)
			a.op("VCVTPH2PS %d(SI), Z28", q6kD)
			for t := range rows {
				addScaledAVX512(a, t, 16+t, 24+t%4, 28, b256D)
			}
			a.op("ADDQ $%d, SI", q6kBlock)
			a.op("ADDQ $%d, DI", block256)
		},
		func(rows int) { storeAVX512(a, rows) })
}

// unpackQ6K joins the low and high bits of word i of two parts of 32: odd and odd+2. The first goes to register to, the
// second to to+4.
func unpackQ6K(a *assembly, half, i, odd, to int) {
	low, high := half*q6kHalf+(8*odd+i)*word, half*q6kHalf+(16+i)*word
	a.op("VMOVDQU64 %d(SI), Z24", low)
	a.op("VPANDD Z30, Z24, Z25")
	a.op("VPSRLW $4, Z24, Z24")
	a.op("VPANDD Z30, Z24, Z24")
	if odd == 0 {
		a.op("VPSLLW $4, %d(SI), Z%d", high, to)
		a.op("VMOVDQU64 %d(SI), Z%d", high, to+4)
	} else {
		a.op("VPSLLW $2, %d(SI), Z%d", high, to)
		a.op("VPSRLW $2, %d(SI), Z%d", high, to+4)
	}
	const andOr = 0xEA // (register & crumb) | low
	a.op("VPTERNLOGD $0x%X, Z25, Z31, Z%d", andOr, to)
	a.op("VPTERNLOGD $0x%X, Z24, Z31, Z%d", andOr, to+4)
}
