//go:build amd64 && !purego

package field

func avx2() *kernels {
	f := &assembly{
		add: addAVX2, sub: subAVX2, mul: mulAVX2, scale: scaleAVX2, acc: accAVX2, accBase: accBaseAVX2,
		fold: foldAVX2, foldBase: foldBaseAVX2, split: splitAVX2, sum: sumAVX2, dot: dotAVX2, dotBase: dotBaseAVX2,
		productRound: productRoundAVX2, productRoundBase: productRoundBaseAVX2,
		eqProductRound: eqProductRoundAVX2, fractionRound: fractionRoundAVX2, fractionStep: fractionStepAVX2,
	}
	return f.kernels("avx2")
}

func avx512() *kernels {
	f := &assembly{
		add: addAVX512, sub: subAVX512, mul: mulAVX512, scale: scaleAVX512, acc: accAVX512, accBase: accBaseAVX512,
		fold: foldAVX512, foldBase: foldBaseAVX512, split: splitAVX512, sum: sumAVX512, dot: dotAVX512, dotBase: dotBaseAVX512,
		productRound: productRoundAVX512, productRoundBase: productRoundBaseAVX512,
		eqProductRound: eqProductRoundAVX512, fractionRound: fractionRoundAVX512, fractionStep: fractionStepAVX512,
	}
	k := f.kernels("avx512")
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
