package llama

import (
	"context"

	"ayni.example/tensor"
)

// span is what one sequence contributes to a pass: tokens that follow its position. Of their rows the last want ones
// are wanted: their final hidden states come out.
type span struct {
	seq    *sequence
	tokens []int32
	want   int
}

// tile is a run of neighbouring rows of one sequence whose attention is computed together.
type tile struct {
	seq *sequence
	row int // first row in the pass
	n   int // rows
	pos int // position of the first row
}

// pass is the memory of one computation over rows of many sequences. A row is computed alone, whatever its neighbours
// are, so the rows of a pass never change each other's bits. It is not safe for concurrent use.
type pass struct {
	m     *Model
	limit int // rows at most
	n     int // rows now
	spans []span
	tiles []tile

	in                                tensor.Input
	x, h, q, k, v, att, gate, up, sum []float32
	sin, cos                          []float32
	logits                            []float32
	attendees                         chan *attendee // one for each goroutine that may compute

	low, wide []float32 // of adapters
	lowIn     tensor.Input
}

// Logits that are computed together are few enough to stay in a cache, and enough rows to read the matrix seldom.
const (
	maxLogits = 1 << 17 // elements
	minLogits = 32      // rows
)

func (m *Model) newPass(rows int) *pass {
	s := &m.shape
	row := func(width int) []float32 { return make([]float32, rows*width) }
	p := &pass{
		m: m, limit: rows,
		x: row(s.width), h: row(s.width), sum: row(s.width),
		q: row(s.qWidth()), att: row(s.qWidth()),
		k: row(s.kvWidth()), v: row(s.kvWidth()),
		gate: row(s.inner), up: row(s.inner),
		sin: row(s.rotary / 2), cos: row(s.rotary / 2),
		attendees: make(chan *attendee, m.pool.Threads()),
	}
	for range cap(p.attendees) {
		p.attendees <- &attendee{}
	}
	return p
}

// passBytes is the memory of newPass for a number of rows over sequences of a length.
func (m *Model) passBytes(rows, length int) uint64 {
	s := &m.shape
	n := uint64(rows)
	scratch := n * uint64(3*s.width+2*s.qWidth()+2*s.kvWidth()+2*s.inner+s.rotary)
	quantised := 2*n*uint64(max(s.width, s.qWidth(), s.inner)) + n*uint64(m.adapted.rank+m.adapted.wide)
	scores := uint64(m.pool.Threads()) * uint64(s.maxScores(length))
	return 4 * (scratch + quantised + scores + uint64(min(rows, s.logitRows())*s.vocab))
}

// logitRows is how many rows of logits are computed together at most.
func (s *shape) logitRows() int { return max(minLogits, maxLogits/s.vocab) }

// run appends the tokens of all spans to their sequences; together they have at most p.limit. The wanted hidden states
// are then the first rows of p.h, in the order of the spans. After an error no sequence has moved.
func (p *pass) run(ctx context.Context, spans []span) error {
	p.spans, p.tiles, p.n = spans, p.tiles[:0], 0
	for _, sp := range spans {
		sp.seq.reserve(&p.m.shape, sp.seq.pos+len(sp.tokens))
		p.tile(sp.seq, p.n, len(sp.tokens), sp.seq.pos)
		p.n += len(sp.tokens)
	}
	if err := p.forward(ctx); err != nil {
		return err
	}
	for _, sp := range spans {
		sp.seq.pos += len(sp.tokens)
	}
	return nil
}

// tile divides rows of one sequence so that the scores of a tile stay in the cache of a core.
func (p *pass) tile(seq *sequence, row, n, pos int) {
	most := p.m.shape.tileRows(pos + n)
	for at := 0; at < n; at += most {
		p.tiles = append(p.tiles, tile{seq: seq, row: row + at, n: min(most, n-at), pos: pos + at})
	}
}

// keep drops all rows but the wanted ones: the last layer needs the others for their keys and values alone.
func (p *pass) keep() {
	from, to := 0, 0
	p.tiles = p.tiles[:0]
	pairs := p.m.rotary.Pairs()
	for _, sp := range p.spans {
		n := len(sp.tokens)
		first := from + n - sp.want
		p.tile(sp.seq, to, sp.want, sp.seq.pos+n-sp.want)
		if first != to {
			move(p.x, p.m.shape.width, to, first, sp.want)
			move(p.h, p.m.shape.width, to, first, sp.want)
			move(p.sin, pairs, to, first, sp.want)
			move(p.cos, pairs, to, first, sp.want)
		}
		from, to = from+n, to+sp.want
	}
	if to < p.n {
		p.n = to
		p.in.Set(p.h, to, p.m.shape.width)
	}
}

func move(rows []float32, width, to, from, n int) {
	copy(rows[to*width:(to+n)*width], rows[from*width:(from+n)*width])
}

// hidden is the final state of a wanted row.
func (p *pass) hidden(row int) []float32 {
	width := p.m.shape.width
	return p.h[row*width : (row+1)*width]
}

// project computes the logits of n wanted rows from the given one on: the rows of the result. They are valid until the
// next call; n is at most shape.logitRows.
func (p *pass) project(row, n int) []float32 {
	sh := &p.m.shape
	if size := n * sh.vocab; cap(p.logits) < size {
		p.logits = make([]float32, size)
	}
	p.in.Set(p.h[row*sh.width:], n, sh.width)
	p.logits = p.logits[:n*sh.vocab]
	p.mul(p.logits, &p.m.output, n)
	return p.logits
}
