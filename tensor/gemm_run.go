package tensor

import "ayni.example/tensor/internal/kernel"

const (
	taskRows   = 112     // rows of one task, whose part of a stays in the second cache; a multiple of 14
	taskPanels = 8       // panels of one task, likewise
	pageFloats = 1024    // from here on each row of b is in pages of its own
	packFloats = 1 << 20 // of b that are packed at once, at least one panel
)

// gemm is one product under way. The elements of a are read where they are, and so are those of b if its columns are
// neighbours; else b is packed into panels, unless they are given.
type gemm struct {
	kernels *kernel.Gemm
	free    *scratchList
	c, a    View
	add     bool

	b      View
	panels []float32 // packed b: [panel][k][column]
	packed int       // the first panel that is packed: those before it are read in place
	first  int       // the panel that panels begins with
	count  int       // panels of the present part, from first
	widen  func(dst []float32, panel, k, n int)

	rows, cols int // of one task: rows of c, and panels
}

// run goes through b part by part: it packs a part and computes its columns.
func (g *gemm) run(p *Pool) {
	k, all := g.a.Cols, panelsOf(g.c.Cols)
	if g.b.ColStep == 1 && (g.b.RowStep < min(g.kernels.Reach, pageFloats) || g.c.Rows < taskRows) {
		g.packed = g.c.Cols / kernel.Width
	}
	s := p.scratch.take()
	defer p.scratch.put(s)
	part := all
	if g.packed == 0 {
		part = min(all, max(1, packFloats/max(1, k*kernel.Width)))
	}
	s.packed = grow(s.packed, (part-min(part, g.packed))*k*kernel.Width)
	g.panels = s.packed
	for from := 0; from < all; from += part {
		g.first, g.count = from, min(part, all-from)
		if todo := from + g.count - max(from, g.packed); todo > 0 && k > 0 {
			g.first = max(from, g.packed)
			p.Run(todo, k*kernel.Width, g.pack)
		}
		g.compute(p, from)
	}
}

// compute spreads the present part over the pool.
func (g *gemm) compute(p *Pool, from int) {
	g.free = &p.scratch
	g.rows, g.cols = taskRows, taskPanels
	tasks := func() int { return (g.c.Rows + g.rows - 1) / g.rows * ((g.count + g.cols - 1) / g.cols) }
	for p.Threads() > 1 && tasks() < 2*p.Threads() && g.cols > 1 {
		g.cols /= 2
	}
	across := (g.count + g.cols - 1) / g.cols
	p.Run(tasks(), g.rows*g.cols*kernel.Width*g.a.Cols/g.kernels.Pace, func(i int) {
		row, panel := i/across*g.rows, from+i%across*g.cols
		g.task(row, min(row+g.rows, g.c.Rows), panel, min(panel+g.cols, from+g.count))
	})
}

// panelsOf is how many panels hold so many columns.
func panelsOf(cols int) int { return (cols + kernel.Width - 1) / kernel.Width }

// pack copies one panel of b; columns past the last are zero.
func (g *gemm) pack(i int) {
	k, from := g.a.Cols, (g.first+i)*kernel.Width
	dst := g.panels[i*k*kernel.Width:][:k*kernel.Width]
	src := g.b.Data[from*g.b.ColStep:]
	cols := min(kernel.Width, g.c.Cols-from)
	if cols == kernel.Width && g.b.RowStep == 1 {
		g.kernels.Transpose(dst, src, g.b.ColStep, k)
		return
	}
	if cols == kernel.Width && g.b.ColStep == 1 {
		for i := range k {
			copy(dst[i*kernel.Width:][:kernel.Width], src[i*g.b.RowStep:])
		}
		return
	}
	clear(dst)
	for i := range k {
		for j := range cols {
			dst[i*kernel.Width+j] = src[i*g.b.RowStep+j*g.b.ColStep]
		}
	}
}

// task computes the rows lo to hi-1 of the panels from to to-1, a stretch of k after the other: the sums between are stored
// in c, which rounds nothing.
func (g *gemm) task(lo, hi, from, to int) {
	s := g.free.take()
	defer g.free.put(s)
	depth := g.kernels.Depth
	if g.a.ColStep != 1 {
		depth = min(depth, 256) // each k is a line of the cache, or more
	}
	t := &s.tile
	t.ARow, t.ACol, t.Add = g.a.RowStep, g.a.ColStep, g.add
	for k := 0; k == 0 || k < g.a.Cols; k += depth {
		t.K = min(depth, g.a.Cols-k)
		if g.widen != nil {
			s.packed = grow(s.packed, (to-from)*depth*kernel.Width)
			for panel := from; panel < to; panel++ {
				g.widen(s.packed[(panel-from)*depth*kernel.Width:], panel, k, t.K)
			}
		}
		a, at := g.a.Data, k*g.a.ColStep
		if g.a.RowStep == 1 && g.a.ColStep >= g.kernels.Reach {
			s.rows = grow(s.rows, t.K*taskRows)
			for i := range t.K {
				copy(s.rows[i*taskRows:], g.a.Data[(k+i)*g.a.ColStep+lo:][:hi-lo])
			}
			a, at, t.ACol = s.rows, -lo, taskRows
		}
		for row := lo; row < hi; row += t.Rows {
			t.Rows = min(g.kernels.MaxRows, hi-row)
			if t.K > 0 {
				t.A = a[row*g.a.RowStep+at:]
			}
			for panel := from; panel < to; panel++ {
				t.BRow = kernel.Width
				switch {
				case g.widen != nil:
					t.B = s.packed[(panel-from)*depth*kernel.Width:]
				case panel < g.packed && t.K > 0:
					t.B, t.BRow = g.b.Data[k*g.b.RowStep+panel*kernel.Width:], g.b.RowStep
				case t.K > 0:
					t.B = g.panels[((panel-g.first)*g.a.Cols+k)*kernel.Width:]
				}
				g.tile(s, row, panel*kernel.Width)
			}
		}
		t.Add = true
	}
}

// tile computes one tile, in place where c has room for it.
func (g *gemm) tile(s *scratch, row, col int) {
	t := &s.tile
	at := row*g.c.RowStep + col*g.c.ColStep
	cols := min(kernel.Width, g.c.Cols-col)
	if cols == kernel.Width && g.c.ColStep == 1 {
		t.C, t.CRow = g.c.Data[at:], g.c.RowStep
		g.kernels.Tile(t)
		return
	}
	t.C, t.CRow = s.edge[:], kernel.Width
	if t.Add {
		for i := range t.Rows {
			for j := range cols {
				s.edge[i*kernel.Width+j] = g.c.Data[at+i*g.c.RowStep+j*g.c.ColStep]
			}
		}
	}
	g.kernels.Tile(t)
	for i := range t.Rows {
		for j := range cols {
			g.c.Data[at+i*g.c.RowStep+j*g.c.ColStep] = s.edge[i*kernel.Width+j]
		}
	}
}
