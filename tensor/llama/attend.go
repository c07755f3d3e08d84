package llama

import "ayni.example/tensor"

const (
	maxTile   = 16      // rows of a tile
	tileScore = 1 << 15 // scores of a tile, unless one row has more
)

// group is the number of query heads that share a key-value head.
func (s *shape) group() int { return s.heads / s.kvHeads }

// tileRows is how many rows that see up to a number of positions make a tile.
func (s *shape) tileRows(positions int) int {
	return max(1, min(maxTile, tileScore/(s.group()*pagesFor(positions)*pageTokens)))
}

// maxScores is at least the scores of every tile whose rows see up to a number of positions.
func (s *shape) maxScores(positions int) int {
	row := s.group() * pagesFor(positions) * pageTokens
	return min(maxTile*row, max(tileScore, row))
}

// attendee is the memory that computes the attention of a tile.
type attendee struct {
	probs        []float32
	keys, values [][]float32
}

// attend fills p.att from the queries in p.q: each row sees itself and earlier positions of its sequence. One unit of
// parallel work is a tile and a key-value head.
func (p *pass) attend(index int) {
	sh := &p.m.shape
	ops := 0
	for _, t := range p.tiles {
		ops += 2 * sh.group() * sh.headSize * t.n * (t.pos + t.n)
	}
	p.m.pool.Run(len(p.tiles)*sh.kvHeads, ops/max(1, len(p.tiles)), func(i int) {
		a := <-p.attendees
		a.attend(p, p.tiles[i/sh.kvHeads], index, i%sh.kvHeads)
		p.attendees <- a
	})
}

func (a *attendee) attend(p *pass, t tile, index, kvHead int) {
	sh := &p.m.shape
	a.keys, a.values = a.keys[:0], a.values[:0]
	for _, page := range t.seq.pages[:pagesFor(t.pos+t.n)] {
		keys, values := sh.part(page, index, kvHead)
		a.keys, a.values = append(a.keys, keys), append(a.values, values)
	}
	at := (t.row*sh.heads + kvHead*sh.group()) * sh.headSize
	work := tensor.Attention{
		HeadSize: sh.headSize, Group: sh.group(), N: t.n, Scale: tensor.InvSqrt(float32(sh.headSize)), Position: t.pos, Window: sh.window,
		Q: p.q[at:], QStep: sh.qWidth(), Out: p.att[at:], OutStep: sh.qWidth(),
		PageSize: pageTokens, Keys: a.keys, Values: a.values, ValueStep: sh.headSize,
	}
	work.ProbStep = work.ProbSize()
	if size := t.n * sh.group() * work.ProbStep; len(a.probs) < size {
		a.probs = make([]float32, max(size, sh.maxScores(t.pos+t.n)))
	}
	work.Probs = a.probs
	tensor.Attend(&work)
}
