package trace

import "fmt"

// normed is a norm with what came out of it and the gradient of that.
type normed struct {
	gain           param
	x, inverse, dy Tensor
}

// normBack takes a gradient through a norm, to that of its gains and on to dx, which the last norm does not have.
func (b *builder) normBack(n normed, dx *Tensor) Tensor {
	name := n.dy.Name[len(b.prefix):]
	k := b.add(NormBackRow, name+".row", n.x.Rows, 1, n.dy, n.gain.data, n.x, n.inverse)
	b.grads[n.gain.index] = b.gradient(n.gain, ".grad", NormGain, n.dy, n.x, n.inverse)
	inputs := []Tensor{n.dy, n.gain.data, n.x, k, n.inverse}
	if dx != nil {
		inputs = append(inputs, *dx)
	}
	return b.add(NormBack, name+".sum", n.x.Rows, n.x.Cols, inputs...)
}

// gradient is that of a parameter, or a part of it.
func (b *builder) gradient(p param, suffix string, kind Kind, inputs ...Tensor) Tensor {
	prefix := b.prefix
	b.prefix = ""
	t := b.add(kind, p.data.Name+suffix, p.data.Rows, p.data.Cols, inputs...)
	b.prefix = prefix
	return t
}

// matrix notes the gradient of a matrix from that of its result and its input.
func (b *builder) matrix(p param, dy, x Tensor) {
	b.grads[p.index] = b.gradient(p, ".grad", ProductTN, dy, x)
}

// back takes dx through layer i.
func (b *builder) back(i int, dx Tensor) Tensor {
	b.prefix = fmt.Sprintf("blk.%d.", i)
	s, l, n := b.s, &b.layers[i], b.s.Tokens()
	inner := b.add(ProductNN, "inner.back", n, s.Inner, dx, l.down.data)
	b.matrix(l.down, dx, l.innerOut)
	gate := b.add(GateBack, "gate.back", n, s.Inner, inner, l.gateOut, l.upOut)
	up := b.add(UpBack, "up.back", n, s.Inner, inner, l.gateOut)
	b.matrix(l.gate, gate, l.h2)
	b.matrix(l.up, up, l.h2)
	h2 := b.add(ProductNN, "ffn_norm.back", n, s.Width, gate, l.gate.data, up, l.up.data)
	dx2 := b.normBack(normed{l.ffnNorm, l.x2, l.inverse2, h2}, &dx)

	att := b.add(ProductNN, "heads.back", n, s.qWidth(), dx2, l.o.data)
	b.matrix(l.o, dx2, l.att)
	dp := b.causal(HeadProbs, "p.back", s.Length, att, l.values)
	c := b.causal(SoftBackRow, "scores.row", 1, l.p, dp)
	ds := b.causal(SoftBack, "scores.back", s.Length, l.p, dp, c)
	cos, sin := s.planned(Cos), s.planned(Sin)
	qr := b.add(HeadQueries, "q.rotated.back", n, s.qWidth(), ds, l.kr)
	kr := b.add(HeadKeys, "k.rotated.back", n, s.kvWidth(), ds, l.qr)
	v := b.add(HeadKeys, "v.back", n, s.kvWidth(), l.p, att)
	q := b.add(RotateBack, "q.back", n, s.qWidth(), qr, cos, sin)
	k := b.add(RotateBack, "k.back", n, s.kvWidth(), kr, cos, sin)
	b.matrix(l.q, q, l.h1)
	b.matrix(l.k, k, l.h1)
	b.matrix(l.v, v, l.h1)
	h1 := b.add(ProductNN, "attn_norm.back", n, s.Width, q, l.q.data, k, l.k.data, v, l.v.data)
	return b.normBack(normed{l.attnNorm, l.x, l.inverse1, h1}, &dx2)
}

// update clips and applies AdamW.
func (b *builder) update() {
	b.prefix = ""
	squares := make([]Tensor, len(b.params))
	for i, g := range b.grads {
		squares[i] = b.add(Squares, b.params[i].data.Name+".squares", g.Rows, 1, g)
	}
	scale := b.add(Scale, "scale", 1, 1, squares...)
	b.p.intermediate = len(b.p.operations)
	factors := b.s.planned(Factors)
	for i, p := range b.params {
		weight := Weight
		if p.decay {
			weight = WeightDecay
		}
		g := b.grads[i]
		b.after(weight, p.data, p.data, p.first, p.second, g, scale, factors)
		b.after(Moment1, p.first, p.first, g, scale, factors)
		b.after(Moment2, p.second, p.second, g, scale, factors)
	}
}

// after appends an operation that makes a tensor of the state after.
func (b *builder) after(kind Kind, of Tensor, inputs ...Tensor) {
	of.Source = After
	b.p.operations = append(b.p.operations, Operation{Kind: kind, Inputs: inputs, Output: of})
}
