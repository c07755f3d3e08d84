package kernel

import "math/bits"

func vectorAVX2(v *Vector) {
	v.Sum, v.Dot, v.Dot3, v.Max = sumAVX2, dotAVX2, dot3AVX2, maximumAVX2
	v.Add, v.Axpy, v.ScaleBy = addAVX2, axpyAVX2, scaleByAVX2
	v.Softmax, v.SumExp, v.Norm, v.SwiGLU = softmaxAVX2, sumExpAVX2, normAVX2, swiGLUAVX2
	v.ExpTo, v.Above = expToAVX2, aboveBy(aboveAVX2)
	v.Finite = func(x []float32) bool { return residueAVX2(x) == 0 }
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
	v.PutKeys = keysBy(8, putKeysAVX2)
}

func vectorAVX512(v *Vector) {
	v.Sum, v.Dot, v.Dot3, v.Max = sumAVX512, dotAVX512, dot3AVX512, maximumAVX512
	v.Add, v.Axpy, v.ScaleBy = addAVX512, axpyAVX512, scaleByAVX512
	v.Softmax, v.SumExp, v.Norm, v.SwiGLU = softmaxAVX512, sumExpAVX512, normAVX512, swiGLUAVX512
	v.ExpTo, v.Above = expToAVX512, aboveBy(aboveAVX512)
	v.Finite = func(x []float32) bool { return residueAVX512(x) == 0 }
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
	v.PutKeys = keysBy(16, putKeysAVX512)
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

// aboveBy appends the set bits of masks.
func aboveBy(above func(mask *uint16, x *float32, n int, least float32)) func([]int32, []float32, float32) []int32 {
	return func(dst []int32, x []float32, least float32) []int32 {
		var mask [64]uint16
		at := 0
		for len(x)-at >= Lanes {
			n := min(len(x)-at, Lanes*len(mask)) &^ (Lanes - 1)
			above(&mask[0], &x[at], n, least)
			for i, m := range mask[:n/Lanes] {
				for ; m != 0; m &= m - 1 {
					dst = append(dst, int32(at+Lanes*i+bits.TrailingZeros16(m)))
				}
			}
			at += n
		}
		return aboveFrom(dst, x[at:], least, at)
	}
}

// keysBy transposes whole blocks, as far as whole vectors go.
func keysBy(width int, whole func(dst, src *float32, step, k int)) func(block, keys []float32, step, size, n int) {
	return func(block, keys []float32, step, size, n int) {
		k := size / width * width
		if n < KeyBlock || k == 0 {
			putKeys(block, keys, step, size, n)
			return
		}
		_, _ = block[size*KeyBlock-1], keys[(n-1)*step+size-1]
		whole(&block[0], &keys[0], step, k)
		if k < size {
			putKeys(block[k*KeyBlock:], keys[k:], step, size-k, n)
		}
	}
}

// scoreTile is the kernel for a number of queries.
type scoreTile struct {
	rows int
	run  func(dst, q *float32, pages *[]float32, dstStep, qStep, steps, first, left, page, positions int, scale float32)
}

// tiles computes whole tiles of queries from the most rows down. Heads that are not whole lanes stay portable.
func (t Scores) tiles(kernels []scoreTile) {
	if t.Size%Lanes != 0 || t.Size == 0 || t.Positions <= 0 {
		scores(t)
		return
	}
	block := KeyBlock * t.Size
	pages, first := t.Keys[t.First/t.PageSize:], t.First%t.PageSize
	inPages(pages, t.PageSize, (first+t.Positions+KeyBlock-1)/KeyBlock*KeyBlock, t.Size)
	for _, k := range kernels {
		for ; t.Rows >= k.rows; t.Rows -= k.rows {
			last := k.rows - 1
			_, _ = t.Q[last*t.QStep+t.Size-1], t.Dst[last*t.DstStep+t.Positions-1]
			k.run(&t.Dst[0], &t.Q[0], &pages[0], 4*t.DstStep, 4*t.QStep,
				t.Size/Lanes, 4*(first/KeyBlock)*block, t.PageSize-first, t.PageSize, t.Positions, t.Scale)
			if t.Rows > k.rows {
				t.Dst, t.Q = t.Dst[k.rows*t.DstStep:], t.Q[k.rows*t.QStep:]
			}
		}
	}
}

// inPages panics unless pages hold n positions of size elements.
func inPages(pages [][]float32, pageSize, n, size int) {
	for i := 0; n > 0; i++ {
		_ = pages[i][min(n, pageSize)*size-1]
		n -= pageSize
	}
}

// mixTile is the kernel for a number of rows.
type mixTile struct {
	rows int
	run  func(dst, weight *float32, pages *[]float32, dstStep, weightStep, stride, columns, first, left, page, positions, triangle int)
}

// tiles computes the columns that fill whole vectors from the most rows down, and the rest portably.
func (t Mix) tiles(width int, kernels []mixTile) {
	columns := t.Size / width * width
	if columns < t.Size || t.Positions <= 0 {
		t.narrow(columns)
	}
	if columns == 0 || t.Positions <= 0 {
		return
	}
	pages, first := t.Values[t.First/t.PageSize:], t.First%t.PageSize
	more, triangle := 0, 0
	if t.Triangle {
		more, triangle = t.Rows-1, 1
	}
	for n, i := first+t.Positions+more, 0; n > 0; i++ {
		_ = pages[i][(min(n, t.PageSize)-1)*t.Stride+columns-1]
		n -= t.PageSize
	}
	for _, k := range kernels {
		for ; t.Rows >= k.rows; t.Rows -= k.rows {
			last := k.rows - 1
			_, _ = t.Dst[last*t.DstStep+columns-1], t.Weight[last*t.WeightStep+t.Positions+triangle*last-1]
			k.run(&t.Dst[0], &t.Weight[0], &pages[0], 4*t.DstStep, 4*t.WeightStep,
				4*t.Stride, columns, 4*first*t.Stride, t.PageSize-first, t.PageSize, t.Positions, triangle)
			if t.Rows > k.rows {
				t.Dst, t.Weight = t.Dst[k.rows*t.DstStep:], t.Weight[k.rows*t.WeightStep:]
				t.Positions += triangle * k.rows
			}
		}
	}
}

// narrow computes the columns from a number on in portable Go.
func (t Mix) narrow(from int) {
	values := make([][]float32, len(t.Values))
	for i, v := range t.Values {
		values[i] = v[min(from, len(v)):]
	}
	t.Dst, t.Values, t.Size = t.Dst[from:], values, t.Size-from
	mix(t)
}
