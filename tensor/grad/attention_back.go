package grad

import "ayni.example/tensor"

// attention fills dqkv with the gradients of rotated queries, keys and values. Probabilities are computed
// again: that costs less than to keep them.
func (b *back) attention(l *saved) {
	b.eachHead(l, func(a *head) { a.back(b.alone, l.qkv, b.datt, b.dqkv) })
}

// back goes over query heads and, for each, over tiles of positions. Keys and values sum over heads, then
// positions, ascending; a tile's queries sum over all columns of the tile, where positions that are not seen
// have probability +0.
func (a *head) back(pool *tensor.Pool, qkv, datt, dqkv []float32) {
	s, size := a.shape, a.HeadSize
	width, key := s.qkvWidth(), s.qWidth()+a.kv*size
	grow(&a.dp, tileRows*a.step)
	grow(&a.dk, a.n*size)
	grow(&a.dv, a.n*size)
	clear(a.dk)
	clear(a.dv)
	for h := range a.group {
		at := (a.kv*a.group + h) * size
		for lo := 0; lo < a.n; lo += tileRows {
			hi := min(lo+tileRows, a.n)
			a.tile(h, lo, hi)
			from := a.From()
			a.tileBack(pool, tileViews{
				keys: a.columns(qkv, width, key, from, hi), values: a.columns(qkv, width, key+s.kvWidth(), from, hi),
				dk: tensor.RowMajor(a.dk[from*size:], hi-from, size), dv: tensor.RowMajor(a.dv[from*size:], hi-from, size),
				q: a.columns(qkv, width, at, lo, hi), dq: a.columns(dqkv, width, at, lo, hi),
				dout: a.columns(datt, s.qWidth(), at, lo, hi),
			})
		}
	}
	for t := range a.n {
		to := row(dqkv, a.from+t, width)
		copy(to[key:], row(a.dk, t, size))
		copy(to[key+s.kvWidth():], row(a.dv, t, size))
	}
}

// tileViews are the rows that a tile reads, writes and adds to.
type tileViews struct{ keys, values, dk, dv, q, dq, dout tensor.View }

// columns is one head of the positions lo to hi-1.
func (a *head) columns(data []float32, width, at, lo, hi int) tensor.View {
	return tensor.View{
		Data: data[(a.from+lo)*width+at:], Rows: hi - lo, Cols: a.HeadSize, RowStep: width, ColStep: 1,
	}
}

func (a *head) tileBack(pool *tensor.Pool, v tileViews) {
	n, cols := v.q.Rows, v.keys.Rows
	square := func(data []float32) tensor.View {
		return tensor.View{Data: data, Rows: n, Cols: cols, RowStep: a.step, ColStep: 1}
	}
	p, dp := square(a.probs), square(a.dp)
	tensor.Gemm(pool, dp, v.dout, v.values.T(), false)
	tensor.Gemm(pool, v.dv, p.T(), v.dout, true)
	for i := range n {
		tensor.SoftmaxBackward(row(a.dp, i, a.step)[:cols], row(a.probs, i, a.step)[:cols], a.Scale)
	}
	tensor.Gemm(pool, v.dq, dp, v.keys, false)
	tensor.Gemm(pool, v.dk, dp.T(), v.q, true)
}
