package grad

import (
	"errors"

	"ayni.example/tensor"
)

// ErrNotFinite means that a loss or a gradient is not a number: the rate is too high, or the weights are bad.
var ErrNotFinite = errors.New("the numbers are not finite; lower the learning rate or check the weights")

// logitRows is how many rows of logits exist at once; the vocabulary makes them long.
const logitRows = 128

// eachLogits projects the hidden states block by block; from is the first row of a block.
func (p *pass) eachLogits(do func(from int, logits []float32)) {
	s := &p.m.shape
	for from := 0; from < len(p.tokens); from += logitRows {
		n := min(logitRows, len(p.tokens)-from)
		grow(&p.logits, n*s.Vocab)
		tensor.Gemm(p.pool, tensor.RowMajor(p.logits, n, s.Vocab),
			tensor.RowMajor(p.h[from*s.Width:], n, s.Width),
			tensor.RowMajor(p.m.weights.output, s.Vocab, s.Width).T(), false)
		do(from, p.logits)
	}
}

// crossEntropy adds the losses of all rows to sum, in order, and with g also writes the gradient of the
// hidden states to dh and adds that of the output matrix.
func (p *pass) crossEntropy(sum float64, dh []float32, g *gradients) float64 {
	s := &p.m.shape
	var losses [logitRows]float64
	p.eachLogits(func(from int, logits []float32) {
		n := len(logits) / s.Vocab
		p.pool.Run(n, s.Vocab*expWork, func(i int) {
			x := row(logits, i, s.Vocab)
			losses[i] = tensor.CrossEntropy(x, x, int(p.targets[from+i]), 1)
		})
		for _, v := range losses[:n] {
			sum += v
		}
		if g == nil {
			return
		}
		d := tensor.RowMajor(logits, n, s.Vocab)
		tensor.Gemm(p.pool, tensor.RowMajor(dh[from*s.Width:], n, s.Width), d,
			tensor.RowMajor(p.m.weights.output, s.Vocab, s.Width), false)
		if g.output != nil {
			tensor.Gemm(p.pool, tensor.RowMajor(g.output, s.Vocab, s.Width), d.T(),
				tensor.RowMajor(p.h[from*s.Width:], n, s.Width), true)
		}
	})
	return sum
}
