package kernel

// Vector are the kernels of rows and of attention; docs/spec/numerics-1.md defines each. Rows that one call names together
// have the length of the first, and a row that is written may be one that is read at the same index.
type Vector struct {
	Sum func(x []float32) float32
	Dot func(x, y []float32) float32
	Max func(x []float32) float32
	// Dot3 is the sum of (x*y)*z.
	Dot3 func(x, y, z []float32) float32
	Add  func(dst, x []float32)
	Axpy func(dst, x []float32, s float32)

	// ScaleBy multiplies a row by s.
	ScaleBy func(x []float32, s float32)
	// Softmax writes the softmax of x.
	Softmax func(dst, x []float32)
	// SumExp is the sum of exp(x - most).
	SumExp func(x []float32, most float32) float32
	// ExpTo writes exp(x - sub).
	ExpTo func(dst, x []float32, sub float32)
	// Finite reports whether a row has neither NaN nor infinity. Above appends the indices of the elements that are at least
	// a bound, ascending.
	Finite func(x []float32) bool
	Above  func(dst []int32, x []float32, least float32) []int32
	// Norm writes (x*inv)*w.
	Norm   func(dst, x, w []float32, inv float32)
	SwiGLU func(dst, gate, up []float32)
	// Rotate turns neighbouring pairs; RotateHalf pairs element i with element i + len(sin).
	Rotate, RotateHalf func(head, sin, cos []float32)

	// Scores and Mix serve attention.
	Scores func(t Scores)
	Mix    func(t Mix)
	// PutKeys stores n rows of size keys, step apart, as the first positions of a key block.
	PutKeys func(block, keys []float32, step, size, n int)

	// SoftmaxBackward writes (p*(dp-c))*scale over dp.
	SoftmaxBackward func(dp, p []float32, c, scale float32)
	// NormBackward adds (dy*w - x*k)*inv to dx; NormGain adds dy*(x*inv) to dw.
	NormBackward   func(dx, x, w, dy []float32, k, inv float32)
	NormGain       func(dw, x, dy []float32, inv float32)
	SwiGLUBackward func(dGate, dUp, gate, up, dy []float32)
	AdamW          func(w, g, m, v []float32, c AdamW)
}

func portableVector() Vector {
	return Vector{
		Sum: sum, Dot: dot, Dot3: dot3, Max: maximum, Add: add, Axpy: axpy, ScaleBy: scaleBy,
		Softmax: softmax, SumExp: sumExp, ExpTo: expTo, Finite: finite, Above: above, Norm: norm, SwiGLU: swiGLU, Rotate: rotate, RotateHalf: rotateHalf,
		Scores: scores, Mix: mix, PutKeys: putKeys,
		SoftmaxBackward: softmaxBackward, NormBackward: normBackward, NormGain: normGain,
		SwiGLUBackward: swiGLUBackward, AdamW: adamW,
	}
}
