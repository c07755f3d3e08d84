package kernel

import "math"

func gemmAVX2(g *Gemm) {
	g.MaxRows, g.Tile, g.Pace = 6, tileAVX2, 32
	g.Reach = 512
	g.Transpose = squares(8, transposeAVX2)
	g.Row, g.RowF16, g.RowBF16 = rowOf(rowAVX2), rowOf(rowF16AVX2), rowOf(rowBF16AVX2)
	g.WidenF16, g.WidenBF16 = widenBy(widenF16AVX2), widenBy(widenBF16AVX2)
}

func gemmAVX512(g *Gemm) {
	g.MaxRows, g.Tile, g.Pace = 14, tileAVX512, 64
	g.Depth, g.Reach = 512, math.MaxInt
	g.Transpose = squares(16, transposeAVX512)
	g.Row, g.RowF16, g.RowBF16 = rowOf(rowAVX512), rowOf(rowF16AVX512), rowOf(rowBF16AVX512)
	g.WidenF16, g.WidenBF16 = widenBy(widenF16AVX512), widenBy(widenBF16AVX512)
}

// squares transposes squares with a kernel and leaves the rest to portable Go.
func squares(size int, square func(dst, src *float32, step, k int)) func(dst, src []float32, step, k int) {
	return func(dst, src []float32, step, k int) {
		whole := k / size * size
		if whole > 0 {
			square(&dst[0], &src[0], step, whole)
		}
		if whole < k {
			transposePortable(dst[whole*Width:], src[whole:], step, k-whole)
		}
	}
}

func rowOf[T float32 | uint16](row func(c, a *float32, b *T, k, panels int)) func(c, a []float32, b []T) {
	return func(c, a []float32, b []T) {
		if n := len(c) / Width; n > 0 && len(a) > 0 {
			_ = b[n*len(a)*Width-1]
			row(&c[0], &a[0], &b[0], len(a), n)
		}
	}
}

func widenBy(widen func(dst *float32, src *uint16, n int)) func(dst []float32, src []uint16) {
	return func(dst []float32, src []uint16) {
		if n := len(dst) / Width; n > 0 {
			_ = src[n*Width-1]
			widen(&dst[0], &src[0], n)
		}
	}
}
