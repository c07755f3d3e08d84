package grad

import "ayni.example/tensor"

// adapt adds to dx what dy gives through the adapters of a product of x, and their gradients. dx goes on
// from the sum over the product's own outputs.
func (b *back) adapt(index, target int, dx, dy []float32, width int, x []float32) {
	if b.m.lora == nil {
		return
	}
	n, rank := len(b.tokens), b.m.lora.rank
	for _, part := range b.m.shape.parts(target) {
		ad := b.m.lora.layers[index][part.target]
		if ad.a == nil {
			continue
		}
		g := b.g.lora[index][part.target]
		in := len(ad.a) / rank
		grow(&b.dup, n*part.out)
		grow(&b.ddown, n*rank)
		b.rows(2*part.out, func(r int) {
			d := row(b.dup, r, part.out)
			copy(d, dy[r*width+part.from:])
			tensor.Scale(d, b.m.lora.scale)
		})
		dup, ddown := tensor.RowMajor(b.dup, n, part.out), tensor.RowMajor(b.ddown, rank, n)
		down, matrixB := tensor.RowMajor(b.at(index).down[part.target], rank, n), tensor.RowMajor(ad.b, part.out, rank)
		tensor.Gemm(b.pool, ddown, matrixB.T(), dup.T(), false)
		tensor.Gemm(b.pool, tensor.RowMajor(g.b, rank, part.out), down, dup, true)
		tensor.Gemm(b.pool, tensor.RowMajor(g.a, rank, in), ddown, tensor.RowMajor(x, n, in), true)
		tensor.Gemm(b.pool, tensor.RowMajor(dx, n, in), ddown.T(), tensor.RowMajor(ad.a, rank, in), true)
	}
}
