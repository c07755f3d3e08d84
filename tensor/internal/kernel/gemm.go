package kernel

import "math"

// Width is the number of columns of a panel and of a tile, the same for every family, so that packed weights do not depend
// on one.
const Width = 32

// Gemm are the kernels of float32 matrix products.
type Gemm struct {
	// MaxRows is the most rows that Tile takes.
	MaxRows int
	// Tile computes C(i,j) for i < Rows and j < Width: it starts from +0, or from C when Add, and takes
	// fma(A(i,k), B(k,j), acc) for each k ascending.
	Tile func(t *Tile)
	// Row multiplies a row a by panels b, [panel][len(a)][Width]: c, whole panels long, is what Tile would write.
	Row     func(c, a, b []float32)
	RowF16  func(c, a []float32, b []uint16)
	RowBF16 func(c, a []float32, b []uint16)
	// WidenF16 writes the numbers of src, len(dst) of them, which is a multiple of Width.
	WidenF16, WidenBF16 func(dst []float32, src []uint16)
	// Transpose writes dst[i*Width+j] = src[j*step+i] for i < k and j < Width.
	Transpose func(dst, src []float32, step, k int)
	// Depth is the most k of one visit to a tile, so that what a tile reads stays in the caches.
	Depth int
	// Reach is the least distance of two elements, in elements, that are better copied next to each other first. The fewer
	// rows a tile has, the more often it reads.
	Reach int
	// Pace is about how many times faster than portable Go the family is, for dividing work.
	Pace int
}

// Tile is a block of a product. Steps are in elements, and columns of B and C are neighbours.
type Tile struct {
	A, B, C    []float32
	ARow, ACol int // from A(i,k) to A(i+1,k) and to A(i,k+1)
	BRow, CRow int
	K, Rows    int
	Add        bool
}

func portableGemm() Gemm {
	g := Gemm{
		MaxRows: 4, Tile: tilePortable, Transpose: transposePortable, Depth: 256, Reach: math.MaxInt, Pace: 1,
		WidenF16: widenF16, WidenBF16: widenBF16,
	}
	rowsByTiles(&g)
	return g
}

func tilePortable(t *Tile) {
	for i := range t.Rows {
		c := t.C[i*t.CRow:][:Width]
		if !t.Add {
			clear(c)
		}
		if t.K == 0 {
			continue
		}
		a := t.A[i*t.ARow:][:(t.K-1)*t.ACol+1]
		for j := 0; j < Width; j += 4 {
			fma4((*[4]float32)(c[j:]), a, t.ACol, t.B[j:][:(t.K-1)*t.BRow+4], t.BRow)
		}
	}
}

// fma4 runs four chains side by side to hide their latency.
func fma4(c *[4]float32, a []float32, aStep int, b []float32, bStep int) {
	c0, c1, c2, c3 := c[0], c[1], c[2], c[3]
	for len(b) >= 4 {
		v, w := float64(a[0]), (*[4]float32)(b)
		p0 := float64(v * float64(w[0]))
		p1 := float64(v * float64(w[1]))
		p2 := float64(v * float64(w[2]))
		p3 := float64(v * float64(w[3]))
		s0, s1, s2, s3 := p0+float64(c0), p1+float64(c1), p2+float64(c2), p3+float64(c3)
		if mayDoubleRound(s0) || mayDoubleRound(s1) || mayDoubleRound(s2) || mayDoubleRound(s3) {
			c0, c1 = fmaSlow(p0, float64(c0)), fmaSlow(p1, float64(c1))
			c2, c3 = fmaSlow(p2, float64(c2)), fmaSlow(p3, float64(c3))
		} else {
			c0, c1, c2, c3 = float32(s0), float32(s1), float32(s2), float32(s3)
		}
		if len(b) == 4 {
			break
		}
		a, b = a[aStep:], b[bStep:]
	}
	*c = [4]float32{c0, c1, c2, c3}
}

func transposePortable(dst, src []float32, step, k int) {
	for j := range Width {
		for i, v := range src[j*step:][:k] {
			dst[i*Width+j] = v
		}
	}
}
