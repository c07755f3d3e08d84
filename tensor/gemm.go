package tensor

import (
	"fmt"

	"ayni.example/tensor/internal/kernel"
)

// View is a matrix in somebody's memory: element (i,j) is Data[i*RowStep+j*ColStep].
type View struct {
	Data             []float32
	Rows, Cols       int
	RowStep, ColStep int
}

// RowMajor is the view of a row-major matrix.
func RowMajor(data []float32, rows, cols int) View {
	return View{Data: data, Rows: rows, Cols: cols, RowStep: cols, ColStep: 1}
}

// T is the transposed view of the same memory.
func (v View) T() View {
	return View{Data: v.Data, Rows: v.Cols, Cols: v.Rows, RowStep: v.ColStep, ColStep: v.RowStep}
}

// check panics where the last element is not in Data: kernels have no bounds of their own.
func (v View) check() {
	if v.Rows < 0 || v.Cols < 0 || v.RowStep < 0 || v.ColStep < 0 {
		panic(fmt.Sprintf("tensor: a view of %d x %d with steps %d and %d", v.Rows, v.Cols, v.RowStep, v.ColStep))
	}
	if v.Rows > 0 && v.Cols > 0 {
		_ = v.Data[(v.Rows-1)*v.RowStep+(v.Cols-1)*v.ColStep]
	}
}

// Gemm writes c = a*b, or c += a*b when add: c(i,j) starts from +0, or from its value, and takes fma(a(i,k), b(k,j), acc)
// for each k ascending. So a sum over k that is split into several calls with add has the bits of one call. The view c
// must not overlap the others.
func Gemm(p *Pool, c, a, b View, add bool) {
	if a.Rows != c.Rows || b.Cols != c.Cols || a.Cols != b.Rows {
		panic(fmt.Sprintf("tensor: %d x %d times %d x %d into %d x %d", a.Rows, a.Cols, b.Rows, b.Cols, c.Rows, c.Cols))
	}
	c.check()
	a.check()
	b.check()
	if c.ColStep != 1 && c.RowStep == 1 {
		c, a, b = c.T(), b.T(), a.T() // the product of the transposed: rows of c are neighbours now
	}
	if c.Rows == 0 || c.Cols == 0 {
		return
	}
	g := gemm{kernels: &kernel.Active().Gemm, c: c, a: a, b: b, add: add}
	g.run(p)
}
