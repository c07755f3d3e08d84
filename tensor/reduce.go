package tensor

import "ayni.example/tensor/internal/kernel"

// Lanes is the number of partial sums of a row reduction: lane j adds the terms whose index
// is j modulo Lanes, ascending, and a tree joins them.
const Lanes = kernel.Lanes

// rows are the kernels of this processor for rows.
func rows() *kernel.Vector { return &kernel.Active().Vector }

// Sum adds a row.
func Sum(x []float32) float32 { return rows().Sum(x) }

// Dot is the sum of the rounded products of two rows of equal length.
func Dot(x, y []float32) float32 { return rows().Dot(x, y[:len(x)]) }

// Max is the largest element of a row that has no NaN, +0 if that is a zero; the row must not be empty.
func Max(x []float32) float32 { return rows().Max(x) }

// Finite reports whether a row has neither NaN nor infinity.
func Finite(x []float32) bool { return rows().Finite(x) }
