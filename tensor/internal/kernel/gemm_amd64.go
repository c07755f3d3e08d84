package kernel

func gemmAVX2(g *Gemm) {
	g.MaxRows, g.Tile, g.Pace = 6, tileAVX2, 32
	g.Copy = func(dst, src []float32, step, k int) { copyAVX2(&dst[0], &src[0], step, k) }
	g.Transpose = blocked(8, transposeAVX2)
}

func gemmAVX512(g *Gemm) {
	g.MaxRows, g.Tile, g.Pace = 14, tileAVX512, 64
	g.Copy = func(dst, src []float32, step, k int) { copyAVX512(&dst[0], &src[0], step, k) }
	g.Transpose = blocked(16, transposeAVX512)
}

// blocked transposes squares with a kernel and leaves the rest to portable Go.
func blocked(size int, square func(dst, src *float32, step, k int)) func(dst, src []float32, step, k int) {
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
