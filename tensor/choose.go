package tensor

// ExpTo writes Exp(x - sub) of a row.
func ExpTo(dst, x []float32, sub float32) {
	dst = dst[:len(x)]
	for i, v := range x {
		dst[i] = Exp(v - sub)
	}
}

// Above appends the indices of the elements that are at least a bound, ascending.
func Above(dst []int32, x []float32, least float32) []int32 {
	for i, v := range x {
		if v >= least {
			dst = append(dst, int32(i))
		}
	}
	return dst
}
