package kernel

import "unsafe"

func vectorAVX2(v *Vector) {
	v.Sum, v.Dot, v.Dot3, v.Max = sumAVX2, dotAVX2, dot3AVX2, maximumAVX2
	v.Add, v.Axpy, v.ScaleBy = addAVX2, axpyAVX2, scaleByAVX2
	v.Softmax, v.SumExp, v.Norm, v.SwiGLU = softmaxAVX2, sumExpAVX2, normAVX2, swiGLUAVX2
	v.SoftmaxBackward, v.NormBackward, v.NormGain = softmaxBackwardAVX2, normBackwardAVX2, normGainAVX2
	v.SwiGLUBackward = swiGLUBackwardAVX2
	v.AdamW = func(w, g, m, v []float32, c AdamW) { f := c.lanes(); adamWAVX2(w, g, m, v, f[:]) }
	v.Rotate = func(head, sin, cos []float32) {
		n := len(sin) &^ 7
		rotateAVX2(sin[:n], cos, head)
		rotate(head[2*n:], sin[n:], cos[n:])
	}
	v.RotateHalf = func(head, sin, cos []float32) { rotateHalfAVX2(sin, cos, head, head[len(sin):]) }
	scores := []scoreTile{{2, scores2AVX2}, {1, scores1AVX2}}
	mixes := []mixTile{{4, mix4AVX2}, {2, mix2AVX2}, {1, mix1AVX2}}
	v.Scores = func(t Scores) { t.tiles(scores) }
	v.Mix = func(t Mix) { t.tiles(8, mixes) }
}

func vectorAVX512(v *Vector) {
	v.Sum, v.Dot, v.Dot3, v.Max = sumAVX512, dotAVX512, dot3AVX512, maximumAVX512
	v.Add, v.Axpy, v.ScaleBy = addAVX512, axpyAVX512, scaleByAVX512
	v.Softmax, v.SumExp, v.Norm, v.SwiGLU = softmaxAVX512, sumExpAVX512, normAVX512, swiGLUAVX512
	v.SoftmaxBackward, v.NormBackward, v.NormGain = softmaxBackwardAVX512, normBackwardAVX512, normGainAVX512
	v.SwiGLUBackward = swiGLUBackwardAVX512
	v.AdamW = func(w, g, m, v []float32, c AdamW) { f := c.lanes(); adamWAVX512(w, g, m, v, f[:]) }
	v.Rotate = func(head, sin, cos []float32) {
		n := len(sin) &^ 7
		rotateAVX512(sin[:n], cos, head)
		rotate(head[2*n:], sin[n:], cos[n:])
	}
	v.RotateHalf = func(head, sin, cos []float32) { rotateHalfAVX512(sin, cos, head, head[len(sin):]) }
	scores := []scoreTile{{4, scores4AVX512}, {2, scores2AVX512}, {1, scores1AVX512}}
	mixes := []mixTile{{4, mix4AVX512}, {2, mix2AVX512}, {1, mix1AVX512}}
	v.Scores = func(t Scores) { t.tiles(scores) }
	v.Mix = func(t Mix) { t.tiles(16, mixes) }
}

// lanes are the factors sixteen times each, in the order of the generator.
func (c *AdamW) lanes() (f [9 * Lanes]float32) {
	for i, v := range [9]float32{c.Scale, c.Keep1, c.Take1, c.Keep2, c.Take2, c.Root, c.Eps, c.Decay, c.Rate} {
		for j := range Lanes {
			f[i*Lanes+j] = v
		}
	}
	return f
}

// scoreTile is the kernel for a number of queries.
type scoreTile struct {
	rows int
	run  func(dst, q, keys *float32, dstStep, qStep, steps, positions int, scale float32)
}

// tiles computes whole tiles of queries from the most rows down. Heads that are not whole lanes stay portable.
func (t Scores) tiles(kernels []scoreTile) {
	if t.Size%Lanes != 0 || t.Size == 0 || t.Positions <= 0 {
		scores(t)
		return
	}
	_ = t.Keys[(t.Positions+KeyBlock-1)/KeyBlock*KeyBlock*t.Size-1]
	for _, k := range kernels {
		for ; t.Rows >= k.rows; t.Rows -= k.rows {
			last := k.rows - 1
			_, _ = t.Q[last*t.QStep+t.Size-1], t.Dst[last*t.DstStep+t.Positions-1]
			k.run(unsafe.SliceData(t.Dst), unsafe.SliceData(t.Q), unsafe.SliceData(t.Keys),
				4*t.DstStep, 4*t.QStep, t.Size/Lanes, t.Positions, t.Scale)
			if t.Rows > k.rows {
				t.Dst, t.Q = t.Dst[k.rows*t.DstStep:], t.Q[k.rows*t.QStep:]
			}
		}
	}
}

// mixTile is the kernel for a number of rows.
type mixTile struct {
	rows int
	run  func(dst, weight, values *float32, dstStep, weightStep, stride, columns, positions int)
}

// tiles computes the columns that fill whole vectors from the most rows down, and the rest portably.
func (t Mix) tiles(width int, kernels []mixTile) {
	columns := t.Size / width * width
	if columns < t.Size || t.Positions <= 0 {
		rest := t
		rest.Dst, rest.Values, rest.Size = t.Dst[columns:], t.Values[columns:], t.Size-columns
		mix(rest)
	}
	if columns == 0 || t.Positions <= 0 {
		return
	}
	_ = t.Values[(t.Positions-1)*t.Stride+columns-1]
	for _, k := range kernels {
		for ; t.Rows >= k.rows; t.Rows -= k.rows {
			last := k.rows - 1
			_, _ = t.Dst[last*t.DstStep+columns-1], t.Weight[last*t.WeightStep+t.Positions-1]
			k.run(unsafe.SliceData(t.Dst), unsafe.SliceData(t.Weight), unsafe.SliceData(t.Values),
				4*t.DstStep, 4*t.WeightStep, 4*t.Stride, columns, t.Positions)
			if t.Rows > k.rows {
				t.Dst, t.Weight = t.Dst[k.rows*t.DstStep:], t.Weight[k.rows*t.WeightStep:]
			}
		}
	}
}
