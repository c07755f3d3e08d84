package tensor

import "ayni.example/tensor/internal/kernel"

// gemm is one product under way.
type gemm struct {
	kernels *kernel.Gemm
	c, a, b View
	add     bool
	panels  []float32 // b in panels of kernel.Width columns, [panel][k][column]
}

// run packs b and then spreads blocks of rows over the pool.
func (g *gemm) run(p *Pool) {
	k := g.a.Cols
	n := (g.c.Cols + kernel.Width - 1) / kernel.Width
	g.panels = make([]float32, n*k*kernel.Width)
	p.Run(n, k*kernel.Width, g.pack)
	const block = 32
	p.Run((g.c.Rows+block-1)/block, block*k*g.c.Cols, func(i int) {
		g.rows(i*block, min((i+1)*block, g.c.Rows))
	})
}

// pack copies one panel of b; columns past the last are zero.
func (g *gemm) pack(panel int) {
	dst := g.panels[panel*g.a.Cols*kernel.Width:]
	from := panel * kernel.Width
	cols := min(kernel.Width, g.c.Cols-from)
	for k := range g.a.Cols {
		for j := range cols {
			dst[k*kernel.Width+j] = g.b.Data[k*g.b.RowStep+(from+j)*g.b.ColStep]
		}
	}
}

// rows computes the rows lo to hi-1 of c.
func (g *gemm) rows(lo, hi int) {
	k := g.a.Cols
	var edge [16 * kernel.Width]float32
	t := kernel.Tile{ARow: g.a.RowStep, ACol: g.a.ColStep, BRow: kernel.Width, K: k, Add: g.add}
	for panel := 0; panel*kernel.Width < g.c.Cols; panel++ {
		from := panel * kernel.Width
		cols := min(kernel.Width, g.c.Cols-from)
		t.B = g.panels[panel*k*kernel.Width:]
		for i := lo; i < hi; i += t.Rows {
			t.Rows = min(g.kernels.MaxRows, hi-i)
			t.A = nil
			if k > 0 {
				t.A = g.a.Data[i*g.a.RowStep:]
			}
			if cols == kernel.Width && g.c.ColStep == 1 {
				t.C, t.CRow = g.c.Data[i*g.c.RowStep+from:], g.c.RowStep
				g.kernels.Tile(&t)
				continue
			}
			t.C, t.CRow = edge[:], kernel.Width
			g.through(edge[:], i, from, t.Rows, cols, func(c, e *float32) { *e = *c })
			g.kernels.Tile(&t)
			g.through(edge[:], i, from, t.Rows, cols, func(c, e *float32) { *c = *e })
		}
	}
}

// through visits the elements of c that a tile at its edge covers.
func (g *gemm) through(edge []float32, row, from, rows, cols int, do func(c, e *float32)) {
	for i := range rows {
		for j := range cols {
			do(&g.c.Data[(row+i)*g.c.RowStep+(from+j)*g.c.ColStep], &edge[i*kernel.Width+j])
		}
	}
}
