package tensor

import (
	"fmt"

	"ayni.example/tensor/internal/kernel"
)

// Matrix is a weight matrix in the layout its kernel reads. It is read-only once built.
type Matrix struct {
	Rows, Cols int
	Format     Format

	floats floats // F32, F16 and BF16
	groups groups // the quantised formats
}

// NewMatrix takes the little-endian bytes of a row-major matrix.
func NewMatrix(format Format, rows, cols int, raw []byte) (*Matrix, error) {
	if _, err := kernel.Chosen(); err != nil {
		return nil, err
	}
	if rows < 1 || cols < 1 || int(format) >= len(names()) {
		return nil, fmt.Errorf("matrix %d x %d of format %d: sizes must be positive and the format known", rows, cols, format)
	}
	elements, bytes := format.Block()
	if cols%elements != 0 {
		return nil, fmt.Errorf("matrix of %d columns: %s needs a multiple of %d; store this matrix as Q8_0 or F16",
			cols, format, elements)
	}
	if want := rows * (cols / elements) * bytes; len(raw) != want {
		return nil, fmt.Errorf("%s matrix %d x %d needs %d bytes, got %d", format, rows, cols, want, len(raw))
	}
	m := &Matrix{Rows: rows, Cols: cols, Format: format}
	if format.quantised() {
		m.groups = newGroups(format, rows, cols, raw)
	} else {
		m.floats = newFloats(format, rows, cols, raw)
	}
	return m, nil
}

// MatrixBytes is the memory that NewMatrix takes for a shape.
func MatrixBytes(format Format, rows, cols uint64) uint64 {
	if format.quantised() {
		return groupsBytes(format, rows, cols)
	}
	return floatsBytes(format, rows, cols)
}

// Row writes one row as float32, which is exact for every format but Q4_K and Q6_K.
func (m *Matrix) Row(dst []float32, row int) {
	if m.Format.quantised() {
		m.groups.row(dst[:m.Cols], row)
		return
	}
	m.floats.row(dst[:m.Cols], row)
}

// Mul writes in * transpose(m): for each input row, one output for each row of m. Each output
// is computed by one goroutine in the order of docs/spec/numerics-1.md, so neither the pool nor the
// number of input rows can change it.
func (m *Matrix) Mul(p *Pool, dst []float32, in *Input) {
	if in.cols != m.Cols || len(dst) < in.n*m.Rows {
		panic(fmt.Sprintf("tensor: %d x %d matrix times rows of %d into %d", m.Rows, m.Cols, in.cols, len(dst)))
	}
	if in.n == 0 {
		return
	}
	if m.Format.quantised() {
		m.groups.mul(p, dst, in)
	} else {
		m.floats.mul(p, dst, in)
	}
}

// Input is a set of activation rows that several matrices read. Its buffers are reused.
type Input struct {
	n, cols int
	x       []float32
	q32     []kernel.Block32 // quantised rows, for Q8_0 and Q4_0
	q256    []kernel.Block256
	has32   bool
	has256  bool
}

// Set points the input at n rows of the given length; the caller keeps x unchanged until the
// last Mul that reads it.
func (in *Input) Set(x []float32, n, cols int) {
	in.n, in.cols, in.x, in.has32, in.has256 = n, cols, x[:n*cols], false, false
}

// blocks32 rounds the rows to int8 with one scale a block of 32, once for each Set.
func (in *Input) blocks32() []kernel.Block32 {
	if !in.has32 {
		in.has32 = true
		in.q32 = grow(in.q32, len(in.x)/32)
		kernel.Active().Quant.Quantise32(in.q32, in.x)
	}
	return in.q32
}

func (in *Input) blocks256() []kernel.Block256 {
	if !in.has256 {
		in.has256 = true
		in.q256 = grow(in.q256, len(in.x)/256)
		kernel.Active().Quant.Quantise256(in.q256, in.x)
	}
	return in.q256
}

func grow[T any](s []T, n int) []T {
	if cap(s) < n {
		return make([]T, n)
	}
	return s[:n]
}
