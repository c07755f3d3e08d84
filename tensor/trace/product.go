package trace

import "ayni.example/tensor/softfloat"

// product is a matrix product, or several that go on in one accumulator: fma, the summed index ascending.
//
//	inputs: a, b, and more pairs
type product struct{ transposeA, transposeB bool }

// depth is how many tiles a pair sums over.
func (r product) depth(a Tensor) int {
	if r.transposeA {
		return a.down()
	}
	return a.across()
}

func (r product) chunks(s site) int {
	n := 0
	for i := 0; i < len(s.Inputs); i += 2 {
		n += r.depth(s.Inputs[i])
	}
	return n
}

func (product) start(s site) []uint32 { return make([]uint32, s.rows*s.cols) }

func (r product) operands(s site, chunk int) []Operand {
	pair := 0
	for chunk >= r.depth(s.Inputs[pair]) {
		chunk -= r.depth(s.Inputs[pair])
		pair += 2
	}
	a, b := s.Inputs[pair], s.Inputs[pair+1]
	switch {
	case r.transposeA:
		return []Operand{a.at(chunk, s.row), b.at(chunk, s.col)}
	case r.transposeB:
		return []Operand{a.at(s.row, chunk), b.at(s.col, chunk)}
	default:
		return []Operand{a.at(s.row, chunk), b.at(chunk, s.col)}
	}
}

func (r product) compute(s site, _ int, carry []uint32, in []view) []uint32 {
	return multiply(carry, s.rows, s.cols, in[0].turned(r.transposeA), in[1].turned(r.transposeB))
}

// matrix is a view that may be turned around.
type matrix struct {
	words             []uint32
	rowStep, colStep  int
	rowCount, columns int
}

func (v view) turned(transpose bool) matrix {
	rows := len(v.words) / v.cols
	if transpose {
		return matrix{v.words, 1, v.cols, v.cols, rows}
	}
	return matrix{v.words, v.cols, 1, rows, v.cols}
}

func multiply(acc []uint32, rows, cols int, a, b matrix) []uint32 {
	for i := range rows {
		for j := range cols {
			sum := acc[i*cols+j]
			for k := range a.columns {
				sum = softfloat.FMA(a.words[i*a.rowStep+k*a.colStep], b.words[k*b.rowStep+j*b.colStep], sum)
			}
			acc[i*cols+j] = sum
		}
	}
	return acc
}
