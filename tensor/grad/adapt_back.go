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
		dup, ddown := tensor.RowMajor(b.dup, n, part.out), tensor.RowMajor(b.ddown, n, rank)
		down := tensor.RowMajor(b.at(index).down[part.target], n, rank)
		tensor.Gemm(b.pool, ddown, dup, tensor.RowMajor(ad.b, part.out, rank), false)
		tensor.Gemm(b.pool, tensor.RowMajor(g.b, part.out, rank), dup.T(), down, true)
		tensor.Gemm(b.pool, tensor.RowMajor(g.a, rank, in), ddown.T(), tensor.RowMajor(x, n, in), true)
		tensor.Gemm(b.pool, tensor.RowMajor(dx, n, in), ddown, tensor.RowMajor(ad.a, rank, in), true)
	}
}
