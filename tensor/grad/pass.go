package grad

import (
	"fmt"
	"sync"

	"ayni.example/tensor"
)

// pass runs some sequences through a network and keeps what the way back needs.
type pass struct {
	m    *Model
	pool *tensor.Pool

	tokens, targets []int32 // of all sequences, one after the other
	spans           []span
	rotary          *tensor.Rotary
	sin, cos, minus []float32 // of rotary, [position][pair]; minus is -sin, which turns back

	layers []saved // one for each layer, or a single one that all share when there is no way back
	x, h   []float32
	up     []float32 // output of one adapter
	logits []float32

	scratch sync.Pool // of *head
}

// span is one sequence: rows from to from+n-1, at positions 0 to n-1.
type span struct{ from, n int }

// saved are the values of one layer, [token][width].
type saved struct {
	x, h1         []float32 // input, and normalised
	raw           []float32 // queries and keys before their norm, with HeadNorm
	qkv, att      []float32 // rotated queries and keys, values; mixed heads
	x2, h2        []float32 // input of the feed-forward network, and normalised
	gateUp, inner []float32
	down          [][]float32 // A*x of each adapter, [rank][token]
}

// set takes the sequences of the next run; each predicts all its tokens but the first.
func (p *pass) set(sequences [][]int32) error {
	p.tokens, p.targets, p.spans = p.tokens[:0], p.targets[:0], p.spans[:0]
	longest := 0
	for _, s := range sequences {
		if err := p.m.shape.check(s); err != nil {
			return err
		}
		n := len(s) - 1
		p.spans = append(p.spans, span{from: len(p.tokens), n: n})
		p.tokens = append(p.tokens, s[:n]...)
		p.targets = append(p.targets, s[1:]...)
		longest = max(longest, n)
	}
	p.angles(longest)
	return nil
}

// check refuses sequences that the network has no place for.
func (s Shape) check(tokens []int32) error {
	if len(tokens) < 2 || len(tokens) > s.Context+1 {
		return fmt.Errorf("a sequence has %d tokens; it needs 2 to %d, the context and one to predict",
			len(tokens), s.Context+1)
	}
	for i, id := range tokens {
		if id < 0 || int(id) >= s.Vocab {
			return fmt.Errorf("token %d of a sequence is %d; the vocabulary has %d", i, id, s.Vocab)
		}
	}
	return nil
}

// angles extends the table to a number of positions.
func (p *pass) angles(positions int) {
	r := p.m.rotary
	pairs := r.Pairs()
	if r == p.rotary && positions*pairs <= len(p.sin) {
		return
	}
	p.rotary = r
	grow(&p.sin, positions*pairs)
	grow(&p.cos, positions*pairs)
	grow(&p.minus, positions*pairs)
	for i := range positions {
		r.Angles(i, p.sin[i*pairs:(i+1)*pairs], p.cos[i*pairs:(i+1)*pairs])
	}
	for i, v := range p.sin {
		p.minus[i] = -v
	}
}

// grow makes a buffer of n elements out of one that may be smaller; its content is lost.
func grow(buffer *[]float32, n int) {
	if cap(*buffer) < n {
		*buffer = make([]float32, n)
	}
	*buffer = (*buffer)[:n]
}

// at is where layer i keeps its values.
func (p *pass) at(i int) *saved { return &p.layers[min(i, len(p.layers)-1)] }

// reserve sizes all buffers for the tokens that were set.
func (p *pass) reserve() {
	s, n := &p.m.shape, len(p.tokens)
	for i := range p.layers {
		l := &p.layers[i]
		for _, b := range []*[]float32{&l.x, &l.h1, &l.x2, &l.h2} {
			grow(b, n*s.Width)
		}
		if s.HeadNorm {
			grow(&l.raw, n*(s.qWidth()+s.kvWidth()))
		}
		grow(&l.qkv, n*s.qkvWidth())
		grow(&l.att, n*s.qWidth())
		grow(&l.gateUp, n*2*s.Inner)
		grow(&l.inner, n*s.Inner)
		if p.m.lora != nil {
			if l.down == nil {
				l.down = make([][]float32, len(p.m.lora.layers[0]))
			}
			for j := range l.down {
				grow(&l.down[j], n*p.m.lora.rank)
			}
		}
	}
	grow(&p.x, n*s.Width)
	grow(&p.h, n*s.Width)
}

// rows spreads blocks of rows over the pool; work is the operations of a row.
func (p *pass) rows(work int, do func(row int)) {
	const block = 16
	n := len(p.tokens)
	p.pool.Run((n+block-1)/block, block*work, func(b int) {
		for i := b * block; i < min((b+1)*block, n); i++ {
			do(i)
		}
	})
}
