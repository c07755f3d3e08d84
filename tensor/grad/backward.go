package grad

import "ayni.example/tensor"

// back is the way from the loss to the gradients, for the sequences of a pass.
type back struct {
	*pass
	g *gradients

	dx, dh, dqkv, datt, dgateUp, dinner []float32 // gradients of rows
	dup, ddown                          []float32 // of one adapter's products
	alone                               *tensor.Pool
}

// run adds the gradients of all sequences that went forward and returns sum plus their losses.
func (b *back) run(sum float64) float64 {
	s, n := &b.m.shape, len(b.tokens)
	grow(&b.dx, n*s.Width)
	grow(&b.dh, n*s.Width)
	grow(&b.dqkv, n*s.qkvWidth())
	grow(&b.datt, n*s.qWidth())
	grow(&b.dgateUp, n*2*s.Inner)
	grow(&b.dinner, n*s.Inner)

	sum = b.crossEntropy(sum, b.dh, b.g)
	clear(b.dx)
	b.normalise(b.dx, b.x, b.m.weights.norm, b.g.norm, b.dh)
	for i := s.Layers - 1; i >= 0; i-- {
		b.feedForward(i)
		b.attend(i)
	}
	if b.g.lookup != nil {
		for i, id := range b.tokens {
			tensor.Add(row(b.g.lookup, int(id), s.Width), row(b.dx, i, s.Width))
		}
	}
	return sum
}

// feedForward takes dx through the second half of a layer.
func (b *back) feedForward(i int) {
	s, w, g, l := &b.m.shape, &b.m.weights.layers[i], &b.g.layers[i], b.at(i)
	b.product(b.dinner, s.Inner, b.dx, s.Width, w.down, l.inner, g.down)
	b.adapt(i, targetDown, b.dinner, b.dx, s.Width, l.inner)
	b.rows(2*s.Inner*expWork, func(r int) {
		x, d := row(l.gateUp, r, 2*s.Inner), row(b.dgateUp, r, 2*s.Inner)
		tensor.SwiGLUBackward(d[:s.Inner], d[s.Inner:], x[:s.Inner], x[s.Inner:], row(b.dinner, r, s.Inner))
	})
	b.product(b.dh, s.Width, b.dgateUp, 2*s.Inner, w.gateUp, l.h2, g.gateUp)
	b.adapt(i, targetGate, b.dh, b.dgateUp, 2*s.Inner, l.h2)
	b.normalise(b.dx, l.x2, w.ffnNorm, g.ffnNorm, b.dh)
}

// attend takes dx through the first half of a layer.
func (b *back) attend(i int) {
	s, w, g, l := &b.m.shape, &b.m.weights.layers[i], &b.g.layers[i], b.at(i)
	b.product(b.datt, s.qWidth(), b.dx, s.Width, w.o, l.att, g.o)
	b.adapt(i, targetO, b.datt, b.dx, s.Width, l.att)
	b.attention(l)
	b.heads(w, g, l)
	b.product(b.dh, s.Width, b.dqkv, s.qkvWidth(), w.qkv, l.h1, g.qkv)
	b.adapt(i, targetQ, b.dh, b.dqkv, s.qkvWidth(), l.h1)
	b.normalise(b.dx, l.x, w.attnNorm, g.attnNorm, b.dh)
}

// product writes dx = dy * weight and adds dy^T * x to the weight's gradient, tokens ascending.
func (b *back) product(dx []float32, in int, dy []float32, out int, weight, x, g []float32) {
	n := len(b.tokens)
	d := tensor.RowMajor(dy, n, out)
	tensor.Gemm(b.pool, tensor.RowMajor(dx, n, in), d, tensor.RowMajor(weight, out, in), false)
	if g != nil {
		tensor.Gemm(b.pool, tensor.RowMajor(g, out, in), d.T(), tensor.RowMajor(x, n, in), true)
	}
}

// normalise adds to dx what dy gives through a norm of x, and to its gains' gradient, tokens ascending.
func (b *back) normalise(dx, x, gain, g, dy []float32) {
	n, eps := len(gain), b.m.shape.Eps
	if b.pool.Threads() == 1 {
		for r := range len(b.tokens) {
			tensor.RMSNormBackward(row(dx, r, n), g, row(x, r, n), gain, row(dy, r, n), eps)
		}
		return
	}
	b.rows(4*n, func(r int) {
		tensor.RMSNormBackward(row(dx, r, n), nil, row(x, r, n), gain, row(dy, r, n), eps)
	})
	if g == nil {
		return
	}
	for r := range len(b.tokens) {
		tensor.RMSNormGain(g, row(x, r, n), row(dy, r, n), eps)
	}
}

// heads takes the gradients of rotated queries and keys back through rotation, norm and bias.
func (b *back) heads(w, g *layer, l *saved) {
	s := &b.m.shape
	pairs, qk := b.m.rotary.Pairs(), s.qWidth()+s.kvWidth()
	for _, sp := range b.spans {
		b.spanRows(sp, s.qkvWidth(), func(r, position int) {
			sin, cos := row(b.minus, position, pairs), row(b.cos, position, pairs)
			d := row(b.dqkv, r, s.qkvWidth())
			for at := 0; at < qk; at += s.HeadSize {
				s.rotate(d[at:at+s.HeadSize], sin, cos)
			}
		})
	}
	if s.HeadNorm {
		b.headNorms(w, g, l)
	}
	if g.qkvBias != nil {
		for r := range len(b.tokens) {
			tensor.Add(g.qkvBias, row(b.dqkv, r, s.qkvWidth()))
		}
	}
}

// headNorms replaces gradients of normalised heads by those of raw ones; gains sum tokens, then heads, ascending.
func (b *back) headNorms(w, g *layer, l *saved) {
	s := &b.m.shape
	qk := s.qWidth() + s.kvWidth()
	dx := make([]float32, s.HeadSize)
	for r := range len(b.tokens) {
		d, raw := row(b.dqkv, r, s.qkvWidth()), row(l.raw, r, qk)
		for at := 0; at < qk; at += s.HeadSize {
			var dgain []float32
			if g.qNorm != nil {
				dgain = g.headGain(at < s.qWidth())
			}
			clear(dx)
			dy := d[at : at+s.HeadSize]
			tensor.RMSNormBackward(dx, dgain, raw[at:at+s.HeadSize], w.headGain(at < s.qWidth()), dy, s.Eps)
			copy(dy, dx)
		}
	}
}
