package trace

import "fmt"

// builder makes the list of operations, in the order of docs/spec/dispute-1.md.
type builder struct {
	p      *Program
	s      Shape
	params []param
	layers []layer
	prefix string   // of the names of tensors
	grads  []Tensor // of params
}

// param is a parameter: its tensors in the state before.
type param struct {
	data, first, second Tensor
	index               int
	decay               bool
}

// layer is what the way back needs of a layer.
type layer struct {
	attnNorm, q, k, v, o, ffnNorm, gate, up, down param

	x, inverse1, h1          Tensor
	qr, kr, values, p, att   Tensor
	x2, inverse2, h2         Tensor
	gateOut, upOut, innerOut Tensor
}

// build lists the way forward, the way back and the update.
func (b *builder) build() {
	embedding := b.param("token_embd", b.s.Vocab, b.s.Width, false)
	b.parameters()
	norm := b.param("output_norm", 1, b.s.Width, false)
	output := embedding
	if b.s.Untied {
		output = b.param("output", b.s.Vocab, b.s.Width, true)
	}
	b.grads = make([]Tensor, len(b.params))

	n, tokens := b.s.Tokens(), b.s.planned(Tokens)
	x := b.add(Gather, "input", n, b.s.Width, tokens, embedding.data)
	for i := range b.layers {
		x = b.forward(i, x)
	}
	b.prefix = "output."
	inverse := b.add(RMS, "norm.inverse", n, 1, x)
	hidden := b.add(Norm, "norm", n, b.s.Width, x, inverse, norm.data)
	logits := b.add(ProductNT, "logits", n, b.s.Vocab, hidden, output.data)
	largest := b.add(RowMax, "logits.max", n, 1, logits)
	sum := b.add(RowSum, "logits.inverse", n, 1, logits, largest)
	d := b.add(Loss, "logits.back", n, b.s.Vocab, logits, largest, sum, tokens)

	dy := b.add(ProductNN, "norm.out.back", n, b.s.Width, d, output.data)
	logitsGrad := b.gradient(output, ".grad", ProductTN, d, hidden)
	dx := b.normBack(normed{norm, x, inverse, dy}, nil)
	for i := b.s.Layers - 1; i >= 0; i-- {
		dx = b.back(i, dx)
	}
	b.grads[output.index] = logitsGrad
	if b.s.Untied {
		b.grads[embedding.index] = b.gradient(embedding, ".grad", Scatter, tokens, dx)
	} else {
		lookup := b.gradient(embedding, ".grad.input", Scatter, tokens, dx)
		b.grads[embedding.index] = b.gradient(embedding, ".grad.tied", Add, logitsGrad, lookup)
	}
	b.update()
}

// parameters lists those of the layers.
func (b *builder) parameters() {
	s := b.s
	b.layers = make([]layer, s.Layers)
	for i := range b.layers {
		b.prefix = fmt.Sprintf("blk.%d.", i)
		l := &b.layers[i]
		l.attnNorm = b.param("attn_norm", 1, s.Width, false)
		l.q = b.param("attn_q", s.qWidth(), s.Width, true)
		l.k = b.param("attn_k", s.kvWidth(), s.Width, true)
		l.v = b.param("attn_v", s.kvWidth(), s.Width, true)
		l.o = b.param("attn_output", s.Width, s.qWidth(), true)
		l.ffnNorm = b.param("ffn_norm", 1, s.Width, false)
		l.gate = b.param("ffn_gate", s.Inner, s.Width, true)
		l.up = b.param("ffn_up", s.Inner, s.Width, true)
		l.down = b.param("ffn_down", s.Width, s.Inner, true)
	}
	b.prefix = ""
}

// param appends the three tensors of a parameter to the state.
func (b *builder) param(name string, rows, cols int, decay bool) param {
	name = b.prefix + name + ".weight"
	tensor := func(suffix string) Tensor {
		t := Tensor{Source: Before, Index: len(b.p.before), Name: name + suffix, Rows: rows, Cols: cols}
		b.p.before = append(b.p.before, t)
		return t
	}
	p := param{data: tensor(""), first: tensor(".first"), second: tensor(".second"), index: len(b.params), decay: decay}
	b.params = append(b.params, p)
	return p
}

// add appends an operation that makes an intermediate tensor.
func (b *builder) add(kind Kind, name string, rows, cols int, inputs ...Tensor) Tensor {
	return b.append(Operation{Kind: kind, Inputs: inputs}, name, rows, cols)
}

// causal is add for attention, whose rows are positions.
func (b *builder) causal(kind Kind, name string, cols int, inputs ...Tensor) Tensor {
	return b.append(Operation{Kind: kind, Causal: true, Inputs: inputs}, name, b.s.Windows*b.s.Heads*b.s.Length, cols)
}

func (b *builder) append(o Operation, name string, rows, cols int) Tensor {
	o.Output = Tensor{Source: Intermediate, Index: len(b.p.operations), Name: b.prefix + name, Rows: rows, Cols: cols}
	b.p.operations = append(b.p.operations, o)
	return o.Output
}

// forward is layer i of the network; it returns the input of the next one.
func (b *builder) forward(i int, x Tensor) Tensor {
	b.prefix = fmt.Sprintf("blk.%d.", i)
	s, l, n := b.s, &b.layers[i], b.s.Tokens()
	cos, sin := s.planned(Cos), s.planned(Sin)
	l.x = x
	l.inverse1 = b.add(RMS, "attn_norm.inverse", n, 1, x)
	l.h1 = b.add(Norm, "attn_norm", n, s.Width, x, l.inverse1, l.attnNorm.data)
	q := b.add(ProductNT, "q", n, s.qWidth(), l.h1, l.q.data)
	k := b.add(ProductNT, "k", n, s.kvWidth(), l.h1, l.k.data)
	l.values = b.add(ProductNT, "v", n, s.kvWidth(), l.h1, l.v.data)
	l.qr = b.add(Rotate, "q.rotated", n, s.qWidth(), q, cos, sin)
	l.kr = b.add(Rotate, "k.rotated", n, s.kvWidth(), k, cos, sin)
	scores := b.causal(Scores, "scores", s.Length, l.qr, l.kr)
	largest := b.causal(RowMax, "scores.max", 1, scores)
	sum := b.causal(RowSum, "scores.inverse", 1, scores, largest)
	l.p = b.causal(Softmax, "p", s.Length, scores, largest, sum)
	l.att = b.add(Mix, "heads", n, s.qWidth(), l.p, l.values)
	out := b.add(ProductNT, "attn_output", n, s.Width, l.att, l.o.data)
	l.x2 = b.add(Add, "attn_residual", n, s.Width, out, x)

	l.inverse2 = b.add(RMS, "ffn_norm.inverse", n, 1, l.x2)
	l.h2 = b.add(Norm, "ffn_norm", n, s.Width, l.x2, l.inverse2, l.ffnNorm.data)
	l.gateOut = b.add(ProductNT, "gate", n, s.Inner, l.h2, l.gate.data)
	l.upOut = b.add(ProductNT, "up", n, s.Inner, l.h2, l.up.data)
	l.innerOut = b.add(SwiGLU, "inner", n, s.Inner, l.gateOut, l.upOut)
	down := b.add(ProductNT, "down", n, s.Width, l.innerOut, l.down.data)
	return b.add(Add, "ffn_residual", n, s.Width, down, l.x2)
}
