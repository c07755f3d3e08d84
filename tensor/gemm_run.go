package tensor

import (
	"sync"

	"ayni.example/tensor/internal/kernel"
)

const (
	gemmDepth  = 256     // k of one visit to a tile: a panel of it stays in the first cache
	gemmBlock  = 224     // rows of one task: its part of a stays in the second cache; a multiple of 14
	gemmPacked = 1 << 20 // floats of b that are packed at once, at least one panel
)

// gemm is one product under way.
type gemm struct {
	kernels *kernel.Gemm
	c, a, b View
	add     bool
	panels  []float32 // packed b: [panel][k][column]
	first   int       // the panel of b that panels begins with
	count   int       // panels packed
	free    *scratchList
}

// run packs b, part by part, and spreads blocks of rows of each part over the pool.
func (g *gemm) run(p *Pool) {
	k, all := g.a.Cols, (g.c.Cols+kernel.Width-1)/kernel.Width
	g.free = &p.scratch
	s := g.free.take()
	defer g.free.put(s)
	part := min(all, max(1, gemmPacked/max(1, k*kernel.Width)))
	s.packed = grow(s.packed, part*k*kernel.Width)
	g.panels = s.packed
	blocks := (g.c.Rows + gemmBlock - 1) / gemmBlock
	for g.first = 0; g.first < all; g.first += part {
		g.count = min(part, all-g.first)
		p.Run(g.count, k*kernel.Width, g.pack)
		p.Run(blocks, gemmBlock*k*g.count*kernel.Width/g.kernels.Pace, g.block)
	}
}

// pack copies one panel of b; columns past the last are zero.
func (g *gemm) pack(panel int) {
	k := g.a.Cols
	dst := g.panels[panel*k*kernel.Width:][:k*kernel.Width]
	from := (g.first + panel) * kernel.Width
	cols := min(kernel.Width, g.c.Cols-from)
	if k == 0 {
		return
	}
	src := g.b.Data[from*g.b.ColStep:]
	switch {
	case cols == kernel.Width && g.b.ColStep == 1:
		g.kernels.Copy(dst, src, g.b.RowStep, k)
	case cols == kernel.Width && g.b.RowStep == 1:
		g.kernels.Transpose(dst, src, g.b.ColStep, k)
	default:
		clear(dst)
		for i := range k {
			for j := range cols {
				dst[i*kernel.Width+j] = src[i*g.b.RowStep+j*g.b.ColStep]
			}
		}
	}
}

// block computes some rows of c in the packed columns.
func (g *gemm) block(i int) {
	lo, hi := i*gemmBlock, min((i+1)*gemmBlock, g.c.Rows)
	s := g.free.take()
	defer g.free.put(s)
	t := &s.tile
	*t = kernel.Tile{ARow: g.a.RowStep, ACol: g.a.ColStep, BRow: kernel.Width, Add: g.add}
	for k := 0; k == 0 || k < g.a.Cols; k += gemmDepth {
		t.K = min(gemmDepth, g.a.Cols-k)
		for panel := range g.count {
			t.B = g.panels[(panel*g.a.Cols+k)*kernel.Width:]
			for row := lo; row < hi; row += t.Rows {
				t.Rows = min(g.kernels.MaxRows, hi-row)
				if t.K > 0 {
					t.A = g.a.Data[row*g.a.RowStep+k*g.a.ColStep:]
				}
				g.tile(s, row, (g.first+panel)*kernel.Width)
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

// scratch is the memory that one task works in.
type scratch struct {
	packed []float32
	tile   kernel.Tile
	edge   [16 * kernel.Width]float32
}

// scratchList keeps the scratches that no task uses; there are never more than there were tasks at once.
type scratchList struct {
	mu   sync.Mutex
	free []*scratch
}

func (l *scratchList) take() *scratch {
	l.mu.Lock()
	defer l.mu.Unlock()
	if n := len(l.free); n > 0 {
		s := l.free[n-1]
		l.free = l.free[:n-1]
		return s
	}
	return new(scratch)
}

func (l *scratchList) put(s *scratch) {
	s.tile = kernel.Tile{} // it holds no caller's memory
	l.mu.Lock()
	defer l.mu.Unlock()
	l.free = append(l.free, s)
}
