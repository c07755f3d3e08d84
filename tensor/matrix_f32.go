package tensor

import (
	"encoding/binary"
	"math"
	"unsafe"

	"ayni.example/tensor/internal/kernel"
)

// floats is a matrix of F32, F16 or BF16 in panels of kernel.Width rows: [panel][column][row within the panel], the rows
// after the last zero. Numbers of 16 bits stay so; a kernel widens them, which is exact.
type floats struct {
	format     Format
	rows, cols int
	wide       []float32
	half       []uint16
}

func newFloats(format Format, rows, cols int, raw []byte) floats {
	f := floats{format: format, rows: rows, cols: cols}
	n := panelsOf(rows) * kernel.Width * cols
	if format == FormatF32 {
		f.wide = untouched[float32](n)
	} else {
		f.half = untouched[uint16](n)
	}
	for r := range rows {
		at := r/kernel.Width*kernel.Width*cols + r%kernel.Width
		if format == FormatF32 {
			src := raw[4*r*cols:][:4*cols]
			for i := range cols {
				f.wide[at+i*kernel.Width] = math.Float32frombits(binary.LittleEndian.Uint32(src[4*i:]))
			}
			continue
		}
		src := raw[2*r*cols:][:2*cols]
		for i := range cols {
			f.half[at+i*kernel.Width] = binary.LittleEndian.Uint16(src[2*i:])
		}
	}
	collapse(bytesOf(f.wide))
	collapse(bytesOf(f.half))
	return f
}

// untouched is zero memory in huge pages.
func untouched[T float32 | uint16](n int) []T {
	s := make([]T, n)
	advise(bytesOf(s))
	return s
}

func bytesOf[T float32 | uint16](s []T) []byte {
	if len(s) == 0 {
		return nil
	}
	return unsafe.Slice((*byte)(unsafe.Pointer(&s[0])), len(s)*int(unsafe.Sizeof(s[0]))) //nolint:gosec // its own bytes
}

func floatsBytes(format Format, rows, cols uint64) uint64 {
	n := (rows + kernel.Width - 1) / kernel.Width * kernel.Width * cols
	if format == FormatF32 {
		return 4 * n
	}
	return 2 * n
}

func (f *floats) row(dst []float32, row int) {
	at := row/kernel.Width*kernel.Width*f.cols + row%kernel.Width
	for i := range dst[:f.cols] {
		switch j := at + i*kernel.Width; f.format {
		case FormatF32:
			dst[i] = f.wide[j]
		case FormatF16:
			dst[i] = Half(f.half[j])
		default:
			dst[i] = BHalf(f.half[j])
		}
	}
}

func (f *floats) mul(p *Pool, dst []float32, in *Input) {
	k := &kernel.Active().Gemm
	if in.n == 1 {
		f.mulRow(p, k, dst[:f.rows], in.x)
		return
	}
	g := gemm{kernels: k, c: RowMajor(dst, in.n, f.rows), a: RowMajor(in.x, in.n, f.cols), panels: f.wide}
	if g.count = panelsOf(f.rows); f.format != FormatF32 {
		widen := k.WidenF16
		if f.format == FormatBF16 {
			widen = k.WidenBF16
		}
		g.widen = func(dst []float32, panel, k, n int) {
			widen(dst[:n*kernel.Width], f.half[(panel*f.cols+k)*kernel.Width:])
		}
	}
	g.compute(p, 0)
}

// rowPanels is how many panels a kernel for one row takes side by side.
const rowPanels = 4

// mulRow multiplies one row, which a tile would leave waiting for its own sums.
func (f *floats) mulRow(p *Pool, k *kernel.Gemm, dst, x []float32) {
	panels := panelsOf(f.rows)
	p.Run((panels+rowPanels-1)/rowPanels, rowPanels*kernel.Width*f.cols/k.Pace, func(i int) {
		at, n := i*rowPanels, min(rowPanels, panels-i*rowPanels)
		out := dst[at*kernel.Width:]
		var edge [rowPanels * kernel.Width]float32
		if len(out) < n*kernel.Width {
			out = edge[:n*kernel.Width]
		} else {
			out = out[:n*kernel.Width]
		}
		from := at * kernel.Width * f.cols
		switch f.format {
		case FormatF32:
			k.Row(out, x, f.wide[from:])
		case FormatF16:
			k.RowF16(out, x, f.half[from:])
		default:
			k.RowBF16(out, x, f.half[from:])
		}
		if len(dst) < (at+n)*kernel.Width {
			copy(dst[at*kernel.Width:], out)
		}
	})
}
