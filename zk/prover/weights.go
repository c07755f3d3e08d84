package prover

import (
	"ayni.example/zk/circuit"
	"ayni.example/zk/commit"
	"ayni.example/zk/field"
)

// weight is a weight tensor, kept in the form that its proofs read: a matrix of small integers if it is one factor of a
// product, else numbers of the field.
type weight struct {
	matrix  *field.Matrix // of rows as long as the longer of a row of the commitment and of the product
	values  []field.Element
	rows    int // log2 of the rows of the commitment that the tensor fills; 0 for smaller ones
	columns int // log2 of the columns of the commitment
	inner   int // log2 of the length of the product
}

func newWeight(place *circuit.Place, padded []field.Element, small bool, columns int) *weight {
	size := place.Log()
	w := &weight{columns: columns, rows: max(size, columns) - columns, inner: size - place.Bits[0]}
	if small {
		width := w.inner
		if size >= columns {
			width = max(width, columns)
		}
		w.matrix = field.NewMatrix(integers(padded), 1<<width)
	}
	if !small || size < columns {
		w.values = append([]field.Element(nil), padded...)
	}
	return w
}

// integers undoes fill for int8.
func integers(list []field.Element) []int8 {
	small := make([]int8, len(list))
	for i := range list {
		n := int64(list[i].Uint64())
		if n > field.P/2 {
			n -= field.P
		}
		small[i] = int8(n)
	}
	return small
}

// combine is sum_o eq(g,o) W[o,k] for all k, and the combination of the rows of the commitment on the way to it; that is nil
// where the point of the rows reaches beyond g, or where the tensor is smaller than a row.
func (w *weight) combine(g []field.E) (a, rows field.Vec) {
	own := w.inner + len(g) - w.columns // log2 of the tensor's rows in the commitment; negative if it is smaller than one
	if own < 0 || w.inner >= w.columns {
		a = w.matrix.Fold(0, eqList(g))
		if w.inner == w.columns {
			rows = a.Clone()
		}
		return a, rows
	}
	rows = w.matrix.Fold(0, eqList(g[:own]))
	return fold(rows, eqList(g[own:]), w.inner), rows
}

// block is the combination of the tensor's rows of the commitment by eq of a point.
func (w *weight) block(point []field.E) field.Vec {
	return commit.Fold(w.values, eqList(point), 1<<w.columns)
}

// fold is the sum of parts of 2^n elements of v, weighted.
func fold(v field.Vec, weights []field.E, n int) field.Vec {
	if n >= 3 {
		part := 1 << n / field.Lanes
		sum := make(field.Vec, part)
		for i, c := range weights {
			field.AccVec(sum, v[i*part:][:part], c)
		}
		return sum
	}
	sum := field.NewVec(1 << n)
	for j := range 1 << n {
		var e field.E
		for i, c := range weights {
			e = field.Add(e, field.Mul(c, v.At(i<<n+j)))
		}
		sum.Set(j, e)
	}
	return sum
}

func eqList(r []field.E) []field.E { return field.Eq(r).Unpack(1 << len(r)) }
