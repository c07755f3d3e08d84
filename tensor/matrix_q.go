package tensor

import (
	"unsafe"

	"ayni.example/tensor/internal/kernel"
)

// groups is a quantised matrix: 16 rows at a time, interleaved as the kernels read them, as dense as the file.
type groups struct {
	format     Format
	rows, cols int
	size       int // bytes of a group
	data       []byte
}

// layout is what differs between the quantised formats.
type layout struct {
	elements, stored int // of a block in a file
	size             func(blocks int) int
	pack             func(group []byte, r int, raw []byte)
	row              func(dst []float32, group []byte, r int)
}

func (f Format) quantised() bool { return f != FormatF32 && f != FormatF16 && f != FormatBF16 }

func (f Format) layout() layout {
	switch f {
	case FormatQ8:
		return layout{32, kernel.StoredQ8, kernel.GroupQ8, kernel.PackQ8, kernel.RowQ8}
	case FormatQ4_0:
		return layout{32, kernel.StoredQ4, kernel.GroupQ4, kernel.PackQ4, kernel.RowQ4}
	case FormatQ4K:
		return layout{256, kernel.StoredQ4K, kernel.GroupQ4K, kernel.PackQ4K, kernel.RowQ4K}
	default:
		return layout{256, kernel.StoredQ6K, kernel.GroupQ6K, kernel.PackQ6K, kernel.RowQ6K}
	}
}

func newGroups(format Format, rows, cols int, raw []byte) groups {
	l := format.layout()
	g := groups{format: format, rows: rows, cols: cols, size: l.size(cols / l.elements)}
	g.data = aligned(g.size * ((rows + kernel.Group - 1) / kernel.Group))
	stored := cols / l.elements * l.stored
	for r := range rows {
		l.pack(g.group(r/kernel.Group), r%kernel.Group, raw[r*stored:(r+1)*stored])
	}
	collapse(g.data)
	return g
}

// lineBytes is a cache line and a vector register of AVX-512: loads that cross lines cost twice.
const lineBytes = 64

// aligned makes memory that starts at a cache line.
func aligned(n int) []byte {
	b := make([]byte, n+lineBytes)
	advise(b)
	at := -uintptr(unsafe.Pointer(unsafe.SliceData(b))) % lineBytes //nolint:gosec // only its alignment
	return b[at : int(at)+n : int(at)+n]
}

func groupsBytes(format Format, rows, cols uint64) uint64 {
	l := format.layout()
	return (rows+kernel.Group-1)/kernel.Group*uint64(l.size(int(cols/uint64(l.elements)))) + lineBytes
}

func (g *groups) group(i int) []byte { return g.data[i*g.size : (i+1)*g.size] }

func (g *groups) row(dst []float32, row int) {
	g.format.layout().row(dst, g.group(row/kernel.Group), row%kernel.Group)
}

// mul computes all outputs, a group of 16 at a time.
func (g *groups) mul(p *Pool, dst []float32, in *Input) {
	q := &kernel.Active().Quant
	if g.format == FormatQ8 || g.format == FormatQ4_0 {
		mul := q.MulQ8
		if g.format == FormatQ4_0 {
			mul = q.MulQ4
		}
		mulGroups(g, p, dst, in.n, in.blocks32(), mul)
		return
	}
	mul := q.MulQ4K
	if g.format == FormatQ6K {
		mul = q.MulQ6K
	}
	mulGroups(g, p, dst, in.n, in.blocks256(), mul)
}

// unit is the least number of groups that a goroutine takes at once.
const unit = 4

func mulGroups[B any](g *groups, p *Pool, dst []float32, n int, x []B, mul func([]float32, int, []byte, []B, int)) {
	count := (g.rows + kernel.Group - 1) / kernel.Group
	// An int8 product costs about a sixteenth of what Run counts as one.
	p.Run((count+unit-1)/unit, max(1, unit*kernel.Group*g.cols*n/4), func(i int) {
		from, to := i*unit, min(count, (i+1)*unit)
		if to*kernel.Group > g.rows {
			to--
			mulRest(g, dst[to*kernel.Group:], n, x, mul)
		}
		if from < to {
			mul(dst[from*kernel.Group:], g.rows, g.data[from*g.size:to*g.size], x, n)
		}
	})
}

// mulRest computes the last group where it has fewer than 16 rows.
func mulRest[B any](g *groups, dst []float32, n int, x []B, mul func([]float32, int, []byte, []B, int)) {
	var out [8 * kernel.Group]float32
	rest, blocks := g.rows%kernel.Group, len(x)/n
	for t := 0; t < n; t += 8 {
		rows := min(8, n-t)
		mul(out[:], kernel.Group, g.group(g.rows/kernel.Group), x[t*blocks:(t+rows)*blocks], rows)
		for i := range rows {
			copy(dst[(t+i)*g.rows:][:rest], out[i*kernel.Group:])
		}
	}
}
