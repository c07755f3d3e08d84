package kernel

// tileRows is the most rows of activations that one call of the generated code takes.
const tileRows = 8

// tileRowsAVX2 is the same for AVX2.
const tileRowsAVX2 = 4

func quantAVX2(q *Quant) {
	q.MulQ8 = func(dst []float32, step int, w []byte, x []Block32, n int) {
		check(dst, step, w, GroupQ8(len(x)/n), len(x), n)
		halves(dst, step, w, x, n, q8AVX2)
	}
	q.MulQ4 = func(dst []float32, step int, w []byte, x []Block32, n int) {
		check(dst, step, w, GroupQ4(len(x)/n), len(x), n)
		halves(dst, step, w, x, n, q4AVX2)
	}
	q.MulQ4K = func(dst []float32, step int, w []byte, x []Block256, n int) {
		check(dst, step, w, GroupQ4K(len(x)/n), len(x), n)
		halves(dst, step, w, x, n, q4kAVX2)
	}
	q.MulQ6K = func(dst []float32, step int, w []byte, x []Block256, n int) {
		check(dst, step, w, GroupQ6K(len(x)/n), len(x), n)
		halves(dst, step, w, x, n, q6kAVX2)
	}
	q.Quantise32, q.Quantise256 = quantiseBy(32, quantise32AVX2), quantiseBy(256, quantise256AVX2)
}

func quantiseBy[B any](values int, quantise func(dst *B, x *float32, blocks int)) func(dst []B, x []float32) {
	return func(dst []B, x []float32) {
		if len(dst) > 0 {
			quantise(&dst[0], &x[:values*len(dst)][0], len(dst))
		}
	}
}

// halves computes the two halves of a group; the second finds the weights in the cache.
func halves[B any](dst []float32, step int, w []byte, x []B, n int,
	mul func(dst *float32, step int, w *byte, x *B, blocks, rows, half int),
) {
	blocks := len(x) / n
	for t := 0; t < n; t += tileRowsAVX2 {
		for half := range 2 {
			mul(&dst[t*step+half*Group/2], step, &w[0], &x[t*blocks], blocks, min(n-t, tileRowsAVX2), half)
		}
	}
}

func quantAVX512(q *Quant) {
	q.MulQ8, q.MulQ4, q.MulQ4K, q.MulQ6K = mulQ8AVX512, mulQ4AVX512, mulQ4KAVX512, mulQ6KAVX512
	q.Quantise32, q.Quantise256 = quantiseBy(32, quantise32AVX512), quantiseBy(256, quantise256AVX512)
}

func mulQ8AVX512(dst []float32, step int, w []byte, x []Block32, n int) {
	check(dst, step, w, GroupQ8(len(x)/n), len(x), n)
	blocks := len(x) / n
	for t := 0; t < n; t += tileRows {
		q8AVX512(&dst[t*step], step, &w[0], &x[t*blocks], blocks, min(n-t, tileRows))
	}
}

func mulQ4AVX512(dst []float32, step int, w []byte, x []Block32, n int) {
	check(dst, step, w, GroupQ4(len(x)/n), len(x), n)
	blocks := len(x) / n
	for t := 0; t < n; t += tileRows {
		q4AVX512(&dst[t*step], step, &w[0], &x[t*blocks], blocks, min(n-t, tileRows))
	}
}

func mulQ4KAVX512(dst []float32, step int, w []byte, x []Block256, n int) {
	check(dst, step, w, GroupQ4K(len(x)/n), len(x), n)
	blocks := len(x) / n
	for t := 0; t < n; t += tileRows {
		q4kAVX512(&dst[t*step], step, &w[0], &x[t*blocks], blocks, min(n-t, tileRows))
	}
}

func mulQ6KAVX512(dst []float32, step int, w []byte, x []Block256, n int) {
	check(dst, step, w, GroupQ6K(len(x)/n), len(x), n)
	blocks := len(x) / n
	for t := 0; t < n; t += tileRows {
		q6kAVX512(&dst[t*step], step, &w[0], &x[t*blocks], blocks, min(n-t, tileRows))
	}
}

// check stops a caller's mistake before assembly writes or reads out of bounds.
func check(dst []float32, step int, w []byte, size, total, n int) {
	if n < 1 || total < n || total%n != 0 || step < 0 || len(dst) < (n-1)*step+Group || len(w) < size {
		panic("kernel: sizes of a quantised product do not agree")
	}
}
