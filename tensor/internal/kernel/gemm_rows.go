package kernel

import "math"

// stretch is how much of k a row takes at a time, so that what it reads stays in the first cache.
const stretch = 64

// rowsByTiles gives a family rows that its tile's kernel computes.
func rowsByTiles(g *Gemm) {
	tile := g.Tile
	g.Row = func(c, a, b []float32) {
		rowByTiles(tile, c, a, func(n int) []float32 {
			now := b[:n*Width]
			b = b[n*Width:]
			return now
		})
	}
	half := func(widen func(dst []float32, src []uint16)) func(c, a []float32, b []uint16) {
		return func(c, a []float32, b []uint16) {
			var wide [stretch * Width]float32
			rowByTiles(tile, c, a, func(n int) []float32 {
				widen(wide[:n*Width], b)
				b = b[n*Width:]
				return wide[:n*Width]
			})
		}
	}
	g.RowF16, g.RowBF16 = half(g.WidenF16), half(g.WidenBF16)
}

// rowByTiles multiplies a row by the panels that next brings, n lines of a panel at a time.
func rowByTiles(tile func(*Tile), c, a []float32, next func(n int) []float32) {
	t := Tile{ACol: 1, BRow: Width, CRow: Width, Rows: 1}
	for t.C = c; len(t.C) >= Width; t.C = t.C[Width:] {
		t.Add = false
		for t.A = a; len(t.A) > 0; t.A, t.Add = t.A[t.K:], true {
			t.K = min(stretch, len(t.A))
			t.B = next(t.K)
			tile(&t)
		}
	}
}

func widenF16(dst []float32, src []uint16) {
	for i, h := range src[:len(dst)] {
		if h&0x7c00 == 0x7c00 { // infinite, or not a number
			dst[i] = Half(h)
			continue
		}
		// The fields of a binary16, read as those of a float32, are exactly 2^112 times too small.
		v := float32(math.Float32frombits(uint32(h&0x7fff)<<13) * 0x1p112)
		dst[i] = math.Float32frombits(math.Float32bits(v) | uint32(h&0x8000)<<16)
	}
}

func widenBF16(dst []float32, src []uint16) {
	for i, v := range src[:len(dst)] {
		dst[i] = math.Float32frombits(uint32(v) << 16)
	}
}
