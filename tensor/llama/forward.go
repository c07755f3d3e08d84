package llama

import (
	"context"

	"ayni.example/tensor"
)

// forward runs a chunk through all layers; its hidden states are left in s.x.
func (s *State) forward(ctx context.Context, chunk []int32) error {
	sh, n := &s.m.shape, len(chunk)
	pairs := s.m.rotary.Pairs()
	for i, id := range chunk {
		s.m.embedding.Row(s.x[i*sh.width:(i+1)*sh.width], int(id))
		s.m.rotary.Angles(s.pos+i, s.sin[i*pairs:(i+1)*pairs], s.cos[i*pairs:(i+1)*pairs])
	}
	for i := range s.m.layers {
		if err := ctx.Err(); err != nil {
			return err
		}
		l := &s.m.layers[i]
		s.normalise(l.attnNorm, n)
		s.attention(l, i, n)
		s.normalise(l.ffnNorm, n)
		s.feedForward(l, n)
	}
	s.pos += n
	return nil
}

// normalise fills s.h from s.x and makes it the input of the next matrices.
func (s *State) normalise(weight []float32, n int) {
	w := s.m.shape.width
	for i := range n {
		tensor.RMSNorm(s.h[i*w:(i+1)*w], s.x[i*w:(i+1)*w], weight, s.m.shape.eps)
	}
	s.in.Set(s.h, n, w)
}

func (s *State) attention(l *layer, index, n int) {
	sh := &s.m.shape
	kv := sh.kvWidth()
	keys, values := s.keys[index], s.values[index]
	l.q.Mul(s.m.pool, s.q, &s.in)
	l.k.Mul(s.m.pool, keys[s.pos*kv:], &s.in)
	l.v.Mul(s.m.pool, values[s.pos*kv:], &s.in)
	for i := range n {
		pairs := s.m.rotary.Pairs()
		sin, cos := s.sin[i*pairs:(i+1)*pairs], s.cos[i*pairs:(i+1)*pairs]
		rotate(s.q[i*sh.qWidth():(i+1)*sh.qWidth()], sh.headSize, sin, cos)
		rotate(keys[(s.pos+i)*kv:(s.pos+i+1)*kv], sh.headSize, sin, cos)
	}
	ops := 2 * n * (s.pos + n) * sh.headSize
	s.m.pool.Run(sh.heads, ops, func(head int) { s.attend(keys, values, head, n) })
	s.in.Set(s.att, n, sh.qWidth())
	l.o.Mul(s.m.pool, s.sum, &s.in)
	tensor.Add(s.x[:n*sh.width], s.sum[:n*sh.width])
}

func rotate(row []float32, headSize int, sin, cos []float32) {
	for ; len(row) > 0; row = row[headSize:] {
		tensor.Rotate(row[:headSize], sin, cos)
	}
}

// attend computes one head of every token of the chunk; each token sees itself and all
// earlier positions, in ascending order.
func (s *State) attend(keys, values []float32, head, n int) {
	sh := &s.m.shape
	kv := sh.kvWidth()
	from := head / (sh.heads / sh.kvHeads) * sh.headSize
	scale := tensor.InvSqrt(float32(sh.headSize))
	for i := range n {
		at := i*sh.qWidth() + head*sh.headSize
		q := s.q[at : at+sh.headSize]
		scores := s.scores[head*s.room : head*s.room+s.pos+i+1]
		for j := range scores {
			scores[j] = float32(tensor.Dot(q, keys[j*kv+from:j*kv+from+sh.headSize]) * scale)
		}
		tensor.Softmax(scores)
		tensor.Mix(s.att[at:at+sh.headSize], scores, values[from:], kv)
	}
}

func (s *State) feedForward(l *layer, n int) {
	sh := &s.m.shape
	l.gate.Mul(s.m.pool, s.gate, &s.in)
	l.up.Mul(s.m.pool, s.up, &s.in)
	tensor.SwiGLU(s.gate[:n*sh.inner], s.up[:n*sh.inner])
	s.in.Set(s.gate, n, sh.inner)
	l.down.Mul(s.m.pool, s.sum, &s.in)
	tensor.Add(s.x[:n*sh.width], s.sum[:n*sh.width])
}
