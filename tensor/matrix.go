package tensor

import (
	"encoding/binary"
	"fmt"
	"math"
)

// Format is how a weight matrix is stored in a file.
type Format uint8

// The formats that a Matrix is built from.
const (
	FormatF32 Format = iota
	FormatF16
	FormatQ8
)

// String names the format as GGUF does.
func (f Format) String() string { return [...]string{"F32", "F16", "Q8_0"}[f] }

// Matrix is a weight matrix in the layout its kernel reads. It is read-only once built.
type Matrix struct {
	Rows, Cols int
	Format     Format

	f32 []float32 // F32 and F16: row after row
	q8  packed    // Q8
}

// NewMatrix takes the little-endian bytes of a row-major matrix.
func NewMatrix(format Format, rows, cols int, raw []byte) (*Matrix, error) {
	m := &Matrix{Rows: rows, Cols: cols, Format: format}
	want := rows * cols
	switch format {
	case FormatF32:
		want *= 4
	case FormatF16:
		want *= 2
	case FormatQ8:
		if cols%blockSize != 0 {
			return nil, fmt.Errorf("matrix of %d columns: Q8_0 needs a multiple of %d", cols, blockSize)
		}
		want = rows * (cols / blockSize) * q8Bytes
	}
	if len(raw) != want {
		return nil, fmt.Errorf("%s matrix %d x %d needs %d bytes, got %d", format, rows, cols, want, len(raw))
	}
	switch format {
	case FormatF32:
		m.f32 = make([]float32, rows*cols)
		for i := range m.f32 {
			m.f32[i] = math.Float32frombits(binary.LittleEndian.Uint32(raw[4*i:]))
		}
	case FormatF16:
		m.f32 = make([]float32, rows*cols)
		for i := range m.f32 {
			m.f32[i] = Half(binary.LittleEndian.Uint16(raw[2*i:]))
		}
	case FormatQ8:
		m.q8 = pack(rows, cols, raw)
	}
	return m, nil
}

// MatrixBytes is the memory that NewMatrix takes for a shape.
func MatrixBytes(format Format, rows, cols uint64) uint64 {
	if format != FormatQ8 {
		return 4 * rows * cols
	}
	groups := (rows + packRows - 1) / packRows
	return groups * (cols / blockSize) * (8*blockSize + 4*packRows)
}

// Row writes one row as float32, which is exact for every format.
func (m *Matrix) Row(dst []float32, row int) {
	if m.Format == FormatQ8 {
		m.q8.row(dst, row)
		return
	}
	copy(dst, m.f32[row*m.Cols:(row+1)*m.Cols])
}

// panelRows is how many outputs one unit of parallel work owns.
const panelRows = 24

// Mul writes in * transpose(m): for each input row, one output for each row of m. Each output
// is computed by one goroutine in the order of docs/spec/numerics-1.md, so neither the pool nor the
// number of input rows can change it.
func (m *Matrix) Mul(p *Pool, dst []float32, in *Input) {
	if in.cols != m.Cols || len(dst) < in.n*m.Rows {
		panic(fmt.Sprintf("tensor: %d x %d matrix times rows of %d into %d", m.Rows, m.Cols, in.cols, len(dst)))
	}
	if m.Format == FormatQ8 {
		in.quantise()
	}
	panels := (m.Rows + panelRows - 1) / panelRows
	p.Run(panels, panelRows*m.Cols*in.n, func(i int) {
		lo, hi := i*panelRows, min((i+1)*panelRows, m.Rows)
		if m.Format == FormatQ8 {
			m.mulQ8(dst, in, lo, hi)
		} else {
			m.mulF32(dst, in, lo, hi)
		}
	})
}

// Input is a set of activation rows that several matrices read. Its buffers are reused.
type Input struct {
	n, cols   int
	x         []float32
	q         []int8    // quantised rows
	d         []float32 // one scale a block
	quantised bool
}

// Set points the input at n rows of the given length; the caller keeps x unchanged until the
// last Mul that reads it.
func (in *Input) Set(x []float32, n, cols int) {
	in.n, in.cols, in.x, in.quantised = n, cols, x[:n*cols], false
}
