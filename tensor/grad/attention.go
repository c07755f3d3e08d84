package grad

import "ayni.example/tensor"

// tileRows is how many positions the attention computes together. What a tile does not see enters its sums
// as zeros, so it is part of the definition.
const tileRows = 64

// attention fills l.att, each key-value head of each sequence on its own.
func (p *pass) attention(l *saved) {
	s := &p.m.shape
	p.eachHead(l, func(a *head) {
		for h := range a.group {
			out := l.att[a.from*s.qWidth()+(a.kv*a.group+h)*s.HeadSize:]
			a.OutStep = s.qWidth()
			for lo := 0; lo < a.n; lo += tileRows {
				a.Out = out[lo*a.OutStep:]
				a.tile(h, lo, min(lo+tileRows, a.n))
			}
		}
	})
}

// eachHead calls do for all key-value heads of all sequences, on the pool.
func (p *pass) eachHead(l *saved, do func(a *head)) {
	s := &p.m.shape
	longest := 0
	for _, sp := range p.spans {
		longest = max(longest, sp.n)
	}
	work := longest * longest * s.HeadSize * (s.Heads / s.KVHeads)
	p.pool.Run(len(p.spans)*s.KVHeads, work, func(i int) {
		a, ok := p.scratch.Get().(*head)
		if !ok {
			a = &head{shape: s}
		}
		a.set(l.qkv, p.spans[i/s.KVHeads], i%s.KVHeads)
		do(a)
		p.scratch.Put(a)
	})
}

// head is the attention of one key-value head in one sequence with its group of query heads.
type head struct {
	tensor.Attention // of one query head and one tile
	span
	shape      *Shape
	group, kv  int
	q          []float32 // from the first query head of the group
	keys       []float32 // in blocks of tensor.KeyBlock
	probs      []float32 // [row of the tile][step]
	dp, dk, dv []float32 // for the way back
	step       int
}

// set takes one head out of rows of queries, keys and values.
func (a *head) set(qkv []float32, sp span, kv int) {
	s := a.shape
	size, width := s.HeadSize, s.qkvWidth()
	a.span, a.kv, a.group = sp, kv, s.Heads/s.KVHeads
	from := qkv[sp.from*width:]
	a.q = from[kv*a.group*size:]
	a.step = (sp.n + tensor.KeyBlock - 1) / tensor.KeyBlock * tensor.KeyBlock
	grow(&a.probs, tileRows*a.step)
	grow(&a.keys, a.step*size)
	tensor.PutKeys(a.keys, from[s.qWidth()+kv*size:], width, size, sp.n, 0)
	a.Attention = tensor.Attention{
		HeadSize: size, Group: 1, Scale: tensor.InvSqrt(float32(size)), QStep: width, Window: s.Window,
		PageSize: a.step, Keys: [][]float32{a.keys}, Values: [][]float32{from[s.qWidth()+s.kvWidth()+kv*size:]},
		ValueStep: width, Probs: a.probs, ProbStep: a.step,
	}
}

// tile fills the probabilities of query head h at positions lo to hi-1, in columns for positions from From() to hi-1;
// what a position does not see is +0.
func (a *head) tile(h, lo, hi int) {
	a.Position, a.N = lo, hi-lo
	a.Fill = hi - a.From()
	a.Q = a.q[lo*a.QStep+h*a.HeadSize:]
	tensor.Attend(&a.Attention)
	if a.Window == 0 {
		return
	}
	for i := range a.N {
		clear(row(a.probs, i, a.step)[:max(0, lo+i+1-a.Window-a.From())])
	}
}
