package grad

import "ayni.example/tensor"

// tileRows is how many positions the attention computes together. The sums of its way back run tile by
// tile, so it is part of the definition.
const tileRows = 64

// attention fills l.att, each key-value head of each sequence on its own.
func (p *pass) attention(l *saved) {
	s := &p.m.shape
	p.eachHead(func(sp span, kv int) {
		a := p.newHead(l, sp, kv)
		for lo := 0; lo < sp.n; lo += tileRows {
			hi := min(lo+tileRows, sp.n)
			a.probabilities(lo, hi)
			for h := range a.group {
				for i := lo; i < hi; i++ {
					at := (sp.from+i)*s.qWidth() + (kv*a.group+h)*s.HeadSize
					tensor.Mix(l.att[at:at+s.HeadSize], a.row(h, i-lo)[:i+1], a.values, s.qkvWidth())
				}
			}
		}
	})
}

// eachHead calls do for all key-value heads of all sequences, on the pool.
func (p *pass) eachHead(do func(sp span, kv int)) {
	s := &p.m.shape
	longest := 0
	for _, sp := range p.spans {
		longest = max(longest, sp.n)
	}
	work := longest * longest * s.HeadSize * (s.Heads / s.KVHeads)
	p.pool.Run(len(p.spans)*s.KVHeads, work, func(i int) { do(p.spans[i/s.KVHeads], i%s.KVHeads) })
}

// head is the attention of one key-value head in one sequence with its group of query heads.
type head struct {
	shape  *Shape
	group  int
	q      []float32 // from the first query head of the group, rows qkvWidth apart
	keys   []float32 // in blocks of tensor.KeyBlock
	values []float32 // rows qkvWidth apart
	scale  float32
	probs  []float32 // [head][row of the tile][step]
	step   int
}

func (p *pass) newHead(l *saved, sp span, kv int) *head {
	s := &p.m.shape
	from := l.qkv[sp.from*s.qkvWidth():]
	a := &head{shape: s, group: s.Heads / s.KVHeads, scale: tensor.InvSqrt(float32(s.HeadSize))}
	a.q = from[kv*a.group*s.HeadSize:]
	a.values = from[s.qWidth()+s.kvWidth()+kv*s.HeadSize:]
	a.step = (sp.n + tensor.KeyBlock - 1) / tensor.KeyBlock * tensor.KeyBlock
	a.probs = make([]float32, a.group*tileRows*a.step)
	a.keys = make([]float32, a.step*s.HeadSize)
	for t := range sp.n {
		block := a.keys[t/tensor.KeyBlock*tensor.KeyBlock*s.HeadSize:]
		key := from[t*s.qkvWidth()+s.qWidth()+kv*s.HeadSize:]
		tensor.PutKey(block, key[:s.HeadSize], t%tensor.KeyBlock)
	}
	return a
}

// row is the row i of the tile for query head h of the group.
func (a *head) row(h, i int) []float32 { return row(a.probs, h*tileRows+i, a.step) }

// probabilities fills the rows for positions lo to hi-1; what a position does not see is +0 up to hi.
func (a *head) probabilities(lo, hi int) {
	size, width := a.shape.HeadSize, a.shape.qkvWidth()
	for h := range a.group {
		for i := lo; i < hi; i++ {
			x := a.row(h, i-lo)
			q := a.q[i*width+h*size:]
			tensor.Scores(x[:i+1], q[:size], a.keys, a.scale)
			tensor.Softmax(x[:i+1])
			clear(x[i+1 : hi])
		}
	}
}
