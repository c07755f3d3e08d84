package tensor

// ExpTo writes Exp(x - sub) of a row.
func ExpTo(dst, x []float32, sub float32) { rows().ExpTo(dst[:len(x)], x, sub) }

// Above appends the indices of the elements that are at least a bound, ascending.
func Above(dst []int32, x []float32, least float32) []int32 { return rows().Above(dst, x, least) }
