package kernel

// Rows of activations that one call of the generated code takes at most.
const (
	rowsOfAVX512 = 8
	rowsOfTwo    = 6 // where it computes two groups
	rowsOfAVX2   = 4
)

func quantAVX512(q *Quant) {
	q.MulQ8 = mulAVX512(GroupQ8, q8AVX512, q8TwoAVX512)
	q.MulQ4 = mulAVX512(GroupQ4, q4AVX512, q4TwoAVX512)
	q.MulQ4K = mulAVX512(GroupQ4K, q4kAVX512, nil)
	q.MulQ6K = mulAVX512(GroupQ6K, q6kAVX512, nil)
	q.Quantise32, q.Quantise256 = quantiseBy(32, quantise32AVX512), quantiseBy(256, quantise256AVX512)
}

func quantAVX2(q *Quant) {
	q.MulQ8 = mulAVX2(GroupQ8, q8AVX2)
	q.MulQ4 = mulAVX2(GroupQ4, q4AVX2)
	q.MulQ4K = mulAVX2(GroupQ4K, q4kAVX2)
	q.MulQ6K = mulAVX2(GroupQ6K, q6kAVX2)
	q.Quantise32, q.Quantise256 = quantiseBy(32, quantise32AVX2), quantiseBy(256, quantise256AVX2)
}

// mulAVX512 takes two groups at once, if it can, for more than one row of activations.
func mulAVX512[B any](groupSize func(blocks int) int,
	one func(dst *float32, step int, w *byte, x *B, blocks, rows int),
	two func(dst *float32, step int, w *byte, size int, x *B, blocks, rows int),
) func(dst []float32, step int, w []byte, x []B, n int) {
	return func(dst []float32, step int, w []byte, x []B, n int) {
		blocks := len(x) / n
		size := groupSize(blocks)
		check(dst, step, len(w), size, len(x), n)
		for ; two != nil && n > 1 && len(w) >= 2*size; w = w[2*size:] {
			for t := 0; t < n; {
				rows := share(n-t, rowsOfTwo)
				two(&dst[t*step], step, &w[0], size, &x[t*blocks], blocks, rows)
				t += rows
			}
			dst = dst[min(2*Group, len(dst)):]
		}
		for ; len(w) >= size; w = w[size:] {
			for t := 0; t < n; {
				rows := share(n-t, rowsOfAVX512)
				one(&dst[t*step], step, &w[0], &x[t*blocks], blocks, rows)
				t += rows
			}
			dst = dst[min(Group, len(dst)):]
		}
	}
}

// share is how many of n rows to take now, at most most: about equal shares.
func share(n, most int) int {
	parts := (n + most - 1) / most
	return (n + parts - 1) / parts
}

// mulAVX2 computes the two halves of a group one after the other; the second finds the weights in the cache.
func mulAVX2[B any](groupSize func(blocks int) int,
	half func(dst *float32, step int, w *byte, x *B, blocks, rows, half int),
) func(dst []float32, step int, w []byte, x []B, n int) {
	return func(dst []float32, step int, w []byte, x []B, n int) {
		blocks := len(x) / n
		size := groupSize(blocks)
		check(dst, step, len(w), size, len(x), n)
		for ; len(w) >= size; w = w[size:] {
			for t := 0; t < n; t += rowsOfAVX2 {
				for i := range 2 {
					half(&dst[t*step+i*Group/2], step, &w[0], &x[t*blocks], blocks, min(n-t, rowsOfAVX2), i)
				}
			}
			dst = dst[min(Group, len(dst)):]
		}
	}
}

func quantiseBy[B any](values int, quantise func(dst *B, x *float32, blocks int)) func(dst []B, x []float32) {
	return func(dst []B, x []float32) {
		if len(dst) > 0 {
			quantise(&dst[0], &x[:values*len(dst)][0], len(dst))
		}
	}
}

// check stops a caller's mistake before assembly writes or reads out of bounds.
func check(dst []float32, step, have, size, total, n int) {
	groups := have / size
	if n < 1 || total < n || total%n != 0 || groups < 1 || step < groups*Group || len(dst) < (n-1)*step+groups*Group {
		panic("kernel: sizes of a quantised product do not agree")
	}
}
