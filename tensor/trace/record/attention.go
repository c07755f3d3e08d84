package record

import (
	"ayni.example/tensor"
	"ayni.example/tensor/trace"
)

// together is how many positions the way back takes together.
const together = 64

// attention runs the operations of single heads, of all windows.
func (s *step) attention(o *trace.Operation, out []float32) {
	if o.Kind == trace.SoftBackRow || o.Kind == trace.SoftBack {
		s.softBack(o, out)
		return
	}
	heads := s.shape.Heads
	if o.Kind == trace.HeadKeys {
		heads = s.shape.KVHeads
	}
	a, b := s.data(o.Inputs[0]), s.data(o.Inputs[1])
	work := s.shape.Length * s.shape.Length * s.shape.HeadSize
	s.pool.Run(s.shape.Windows*heads, work, func(i int) {
		h := headed{step: s, window: i / heads, head: i % heads}
		switch o.Kind {
		case trace.Scores:
			h.scores(out, a, b)
		case trace.Mix:
			h.mix(out, a, b)
		case trace.HeadProbs:
			h.probs(out, a, b)
		case trace.HeadQueries:
			h.queries(out, a, b)
		default:
			h.keys(out, a, b)
		}
	})
}

// softBack is the way back through the softmax of a row.
func (s *step) softBack(o *trace.Operation, out []float32) {
	p, dp, length := s.data(o.Inputs[0]), s.data(o.Inputs[1]), s.shape.Length
	scale := tensor.InvSqrt(float32(s.shape.HeadSize))
	s.rows(o.Output, length, func(r int) {
		cols := tileEnd(r%length, length)
		from, d := row(p, r, length)[:cols], row(dp, r, length)[:cols]
		if o.Kind == trace.SoftBackRow {
			out[r] = tensor.Dot(from, d)
			return
		}
		to := row(out, r, length)[:cols]
		copy(to, d)
		tensor.SoftmaxBackward(to, from, scale)
	})
}

// tileEnd is the end of the positions that go together with one.
func tileEnd(position, length int) int { return min((position/together+1)*together, length) }

// headed is one head of one window.
type headed struct {
	*step
	window, head int
}

// query and key are rows of a query head from a position on, or of a key-value head from the first.
func (h headed) query(data []float32, head, from, to int) tensor.View {
	return h.columns(data, h.shape.Heads, head, from, to)
}

func (h headed) key(data []float32, head, to int) tensor.View {
	return h.columns(data, h.shape.KVHeads, head, 0, to)
}

func (h headed) columns(data []float32, heads, head, from, to int) tensor.View {
	s := &h.shape
	width := heads * s.HeadSize
	return tensor.View{
		Data: data[(h.window*s.Length+from)*width+head*s.HeadSize:], Rows: to - from, Cols: s.HeadSize, RowStep: width, ColStep: 1,
	}
}

// square is the attention of some positions of a query head, up to a column.
func (h headed) square(data []float32, head, from, to, cols int) tensor.View {
	s := &h.shape
	at := (h.window*s.Heads+head)*s.Length + from
	return tensor.View{Data: data[at*s.Length:], Rows: to - from, Cols: cols, RowStep: s.Length, ColStep: 1}
}

// group is the key-value head of the query head.
func (h headed) group() int { return h.head / (h.shape.Heads / h.shape.KVHeads) }

func (h headed) scores(out, q, k []float32) {
	s := &h.shape
	scale := tensor.InvSqrt(float32(s.HeadSize))
	keys := h.key(k, h.group(), s.Length)
	blocks := make([]float32, s.Length*s.HeadSize)
	tensor.PutKeys(blocks, keys.Data, keys.RowStep, s.HeadSize, s.Length, 0)
	to := h.square(out, h.head, 0, s.Length, s.Length)
	from := h.query(q, h.head, 0, s.Length)
	for i := range s.Length {
		tensor.Scores(to.Data[i*to.RowStep:][:i+1], from.Data[i*from.RowStep:][:s.HeadSize], blocks, scale)
	}
}

func (h headed) mix(out, p, v []float32) {
	s := &h.shape
	values := h.key(v, h.group(), s.Length)
	from := h.square(p, h.head, 0, s.Length, s.Length)
	to := h.query(out, h.head, 0, s.Length)
	for i := range s.Length {
		tensor.Mix(to.Data[i*to.RowStep:][:s.HeadSize], from.Data[i*from.RowStep:][:i+1], values.Data, values.RowStep)
	}
}

func (h headed) probs(out, dout, v []float32) {
	n := h.shape.Length
	for lo := 0; lo < n; lo += together {
		hi := tileEnd(lo, n)
		tensor.Gemm(h.alone, h.square(out, h.head, lo, hi, hi), h.query(dout, h.head, lo, hi), h.key(v, h.group(), hi).T(), false)
	}
}

func (h headed) queries(out, ds, k []float32) {
	n := h.shape.Length
	for lo := 0; lo < n; lo += together {
		hi := tileEnd(lo, n)
		tensor.Gemm(h.alone, h.query(out, h.head, lo, hi), h.square(ds, h.head, lo, hi, hi), h.key(k, h.group(), hi), false)
	}
}

// keys sums over the query heads of a key-value head, and for each over its positions.
func (h headed) keys(out, square, rows []float32) {
	n, group := h.shape.Length, h.shape.Heads/h.shape.KVHeads
	for head := h.head * group; head < (h.head+1)*group; head++ {
		for lo := 0; lo < n; lo += together {
			hi := tileEnd(lo, n)
			tensor.Gemm(h.alone, h.key(out, h.head, hi), h.square(square, head, lo, hi, hi).T(), h.query(rows, head, lo, hi), true)
		}
	}
}
