package grad

import "ayni.example/tensor"

// forward leaves the final normalised hidden states in p.h. Every operation is the engine's.
func (p *pass) forward() {
	p.reserve()
	s, w := &p.m.shape, &p.m.weights
	first := p.at(0).x
	for i, id := range p.tokens {
		copy(first[i*s.Width:(i+1)*s.Width], w.embedding[int(id)*s.Width:])
	}
	for i := range w.layers {
		next := p.x
		if i+1 < len(w.layers) {
			next = p.at(i + 1).x
		}
		p.layer(i, next)
	}
	p.normalise(p.h, p.x, w.norm)
}

// layer computes layer i and writes the input of the next one.
func (p *pass) layer(i int, next []float32) {
	s, w, l := &p.m.shape, &p.m.weights.layers[i], p.at(i)
	p.normalise(l.h1, l.x, w.attnNorm)
	p.product(l.qkv, s.qkvWidth(), l.h1, s.Width, w.qkv)
	p.adapt(i, targetQ, l.qkv, s.qkvWidth(), l.h1)
	p.heads(w, l)
	p.attention(l)
	p.product(l.x2, s.Width, l.att, s.qWidth(), w.o)
	p.adapt(i, targetO, l.x2, s.Width, l.att)
	p.rows(s.Width, func(r int) { tensor.Add(row(l.x2, r, s.Width), row(l.x, r, s.Width)) })

	p.normalise(l.h2, l.x2, w.ffnNorm)
	p.product(l.gateUp, 2*s.Inner, l.h2, s.Width, w.gateUp)
	p.adapt(i, targetGate, l.gateUp, 2*s.Inner, l.h2)
	p.rows(s.Inner*expWork, func(r int) {
		both := row(l.gateUp, r, 2*s.Inner)
		tensor.SwiGLUTo(row(l.inner, r, s.Inner), both[:s.Inner], both[s.Inner:])
	})
	p.product(next, s.Width, l.inner, s.Inner, w.down)
	p.adapt(i, targetDown, next, s.Width, l.inner)
	p.rows(s.Width, func(r int) { tensor.Add(row(next, r, s.Width), row(l.x2, r, s.Width)) })
}

// expWork is about how many plain operations an exponential costs.
const expWork = 8

func row(x []float32, i, width int) []float32 { return x[i*width : (i+1)*width] }

func (p *pass) normalise(dst, x, gain []float32) {
	n, eps := len(gain), p.m.shape.Eps
	p.rows(2*n, func(r int) { tensor.RMSNorm(row(dst, r, n), row(x, r, n), gain, eps) })
}

// product is dst = x * weight^T for all rows.
func (p *pass) product(dst []float32, out int, x []float32, in int, weight []float32) {
	n := len(p.tokens)
	tensor.Gemm(p.pool, tensor.RowMajor(dst, n, out), tensor.RowMajor(x, n, in),
		tensor.RowMajor(weight, out, in).T(), false)
}

// heads adds biases, normalises and rotates the heads of queries and keys.
func (p *pass) heads(w *layer, l *saved) {
	s := &p.m.shape
	qk := s.qWidth() + s.kvWidth()
	for _, sp := range p.spans {
		pairs := p.m.rotary.Pairs()
		p.spanRows(sp, s.qkvWidth(), func(r, position int) {
			x := row(l.qkv, r, s.qkvWidth())
			if s.Bias {
				tensor.Add(x, w.qkvBias)
			}
			if s.HeadNorm {
				copy(row(l.raw, r, qk), x)
			}
			sin, cos := row(p.sin, position, pairs), row(p.cos, position, pairs)
			for at := 0; at < qk; at += s.HeadSize {
				head := x[at : at+s.HeadSize]
				if s.HeadNorm {
					tensor.RMSNorm(head, head, w.headGain(at < s.qWidth()), s.Eps)
				}
				s.rotate(head, sin, cos)
			}
		})
	}
}

// headGain is the gain of query heads or of key heads.
func (w *layer) headGain(query bool) []float32 {
	if query {
		return w.qNorm
	}
	return w.kNorm
}

// rotate turns the pairs of one head.
func (s *Shape) rotate(head, sin, cos []float32) {
	if !s.HalfSplit {
		tensor.Rotate(head, sin, cos)
		return
	}
	tensor.RotateHalf(head, sin, cos)
}

// spanRows spreads the rows of one sequence over the pool.
func (p *pass) spanRows(sp span, work int, do func(row, position int)) {
	const block = 16
	p.pool.Run((sp.n+block-1)/block, block*work, func(b int) {
		for i := b * block; i < min((b+1)*block, sp.n); i++ {
			do(sp.from+i, i)
		}
	})
}
