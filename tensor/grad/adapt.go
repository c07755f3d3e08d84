package grad

import "ayni.example/tensor"

// The targets in the order of Targets; those that follow each other here write neighbouring columns.
const (
	targetQ = iota
	targetK
	targetV
	targetO
	targetGate
	targetUp
	targetDown
)

// part is an adapted matrix within the product that it belongs to.
type part struct{ target, from, out int }

// parts lists the matrices that are computed together with a target, with their columns.
func (s *Shape) parts(target int) []part {
	switch target {
	case targetQ:
		q, kv := s.qWidth(), s.kvWidth()
		return []part{{targetQ, 0, q}, {targetK, q, kv}, {targetV, q + kv, kv}}
	case targetGate:
		return []part{{targetGate, 0, s.Inner}, {targetUp, s.Inner, s.Inner}}
	}
	return []part{{target, 0, s.Width}}
}

// adapt adds the adapters of a product: y = y + scale*(B*(A*x)), where both products are rounded as
// matrices are, then the scaled value, then the sum. A*x is kept as [rank][token]: few rows are computed faster than
// few columns.
func (p *pass) adapt(index, target int, y []float32, width int, x []float32) {
	if p.m.lora == nil {
		return
	}
	n, rank := len(p.tokens), p.m.lora.rank
	for _, part := range p.m.shape.parts(target) {
		ad := p.m.lora.layers[index][part.target]
		if ad.a == nil {
			continue
		}
		in := len(ad.a) / rank
		down := tensor.RowMajor(p.at(index).down[part.target], rank, n)
		tensor.Gemm(p.pool, down, tensor.RowMajor(ad.a, rank, in), tensor.RowMajor(x, n, in).T(), false)
		grow(&p.up, n*part.out)
		tensor.Gemm(p.pool, tensor.RowMajor(p.up, n, part.out), down.T(), tensor.RowMajor(ad.b, part.out, rank).T(), false)
		p.rows(2*part.out, func(r int) {
			tensor.Axpy(y[r*width+part.from:][:part.out], row(p.up, r, part.out), p.m.lora.scale)
		})
	}
}
