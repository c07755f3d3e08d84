package llama

import "ayni.example/tensor"

// linear is a weight matrix with what may belong to it: an adapter and a bias.
type linear struct {
	w    *tensor.Matrix
	bias []float32 // nil is none
	lora *lora     // nil is none
}

// lora is an adapter of one matrix: it adds scale * (b*(a*x)).
type lora struct {
	a, b  *tensor.Matrix
	scale float32
}

// mul computes dst = l(p.in), which has n rows.
func (p *pass) mul(dst []float32, l *linear, n int) {
	out := l.w.Rows
	l.w.Mul(p.m.pool, dst, &p.in)
	if l.lora != nil {
		p.adapt(dst, l.lora, n)
	}
	if l.bias != nil {
		p.m.pool.Run(n, out, func(i int) { tensor.Add(dst[i*out:(i+1)*out], l.bias) })
	}
}

// adapt adds an adapter to n rows. Its two products are those of an F32 matrix; the first one's result is never
// quantised.
func (p *pass) adapt(dst []float32, l *lora, n int) {
	rank, out := l.a.Rows, l.b.Rows
	low, wide := room(&p.low, n*rank), room(&p.wide, n*out)
	l.a.Mul(p.m.pool, low, &p.in)
	p.lowIn.Set(low, n, rank)
	l.b.Mul(p.m.pool, wide, &p.lowIn)
	p.m.pool.Run(n, 2*out, func(i int) { tensor.Axpy(dst[i*out:(i+1)*out], wide[i*out:(i+1)*out], l.scale) })
}

// room is a buffer of a size that is kept for the next use.
func room(buffer *[]float32, size int) []float32 {
	if len(*buffer) < size {
		*buffer = make([]float32, size)
	}
	return (*buffer)[:size]
}
