package grad

import "ayni.example/tensor"

// attention fills dqkv with the gradients of rotated queries, keys and values. Probabilities are computed
// again: that costs less than to keep them.
func (b *back) attention(l *saved) {
	b.eachHead(func(sp span, kv int) {
		h := headBack{head: b.newHead(l, sp, kv), pool: b.alone, sp: sp, kv: kv}
		h.run(l.qkv, b.datt, b.dqkv)
	})
}

// headBack is the way back through one key-value head.
type headBack struct {
	*head
	pool   *tensor.Pool
	sp     span
	kv     int
	dp     []float32 // [row of the tile][step]
	dk, dv []float32 // [position][HeadSize]
}

// run goes over tiles of positions. Keys and values sum over tiles, in a tile over query heads, and there
// over positions, all ascending; queries sum over all positions up to the last of their tile, where those
// that are not seen have probability +0.
func (b *headBack) run(qkv, datt, dqkv []float32) {
	s, size, n := b.shape, b.shape.HeadSize, b.sp.n
	width, key := s.qkvWidth(), s.qWidth()+b.kv*s.HeadSize
	b.dp = make([]float32, tileRows*b.step)
	b.dk, b.dv = make([]float32, n*size), make([]float32, n*size)
	for lo := 0; lo < n; lo += tileRows {
		hi := min(lo+tileRows, n)
		b.probabilities(lo, hi)
		keys := b.columns(qkv, width, key, 0, hi)
		values := b.columns(qkv, width, key+s.kvWidth(), 0, hi)
		for h := range b.group {
			at := (b.kv*b.group + h) * size
			b.tile(h, lo, hi, keys, values, b.columns(qkv, width, at, lo, hi),
				b.columns(datt, s.qWidth(), at, lo, hi), b.columns(dqkv, width, at, lo, hi))
		}
	}
	for t := range n {
		to := row(dqkv, b.sp.from+t, width)
		copy(to[key:], row(b.dk, t, size))
		copy(to[key+s.kvWidth():], row(b.dv, t, size))
	}
}

// columns is one head of the positions lo to hi-1.
func (b *headBack) columns(data []float32, width, at, lo, hi int) tensor.View {
	return tensor.View{
		Data: data[(b.sp.from+lo)*width+at:], Rows: hi - lo, Cols: b.shape.HeadSize, RowStep: width, ColStep: 1,
	}
}

// tile takes query head h of the positions lo to hi-1 back.
func (b *headBack) tile(h, lo, hi int, keys, values, q, dout, dq tensor.View) {
	size, n := b.shape.HeadSize, hi-lo
	square := func(data []float32) tensor.View {
		return tensor.View{Data: data, Rows: n, Cols: hi, RowStep: b.step, ColStep: 1}
	}
	p, dp := square(b.probs[h*tileRows*b.step:]), square(b.dp)
	tensor.Gemm(b.pool, dp, dout, values.T(), false)
	tensor.Gemm(b.pool, tensor.RowMajor(b.dv, hi, size), p.T(), dout, true)
	for i := range n {
		tensor.SoftmaxBackward(row(b.dp, i, b.step)[:hi], b.row(h, i)[:hi], b.scale)
	}
	tensor.Gemm(b.pool, dq, dp, keys, false)
	tensor.Gemm(b.pool, tensor.RowMajor(b.dk, hi, size), dp.T(), q, true)
}
