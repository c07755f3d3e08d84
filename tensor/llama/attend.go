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

// scoreSize is the size of the scores of a tile whose rows see up to a number of positions.
func (s *shape) scoreSize(positions int) int {
	return s.tileRows(positions) * s.group() * pagesFor(positions) * pageTokens
}

// maxScores is at least scoreSize of every number of positions up to a length.
func (s *shape) maxScores(length int) int {
	row := s.group() * pagesFor(length) * pageTokens
	return min(maxTile*row, max(tileScore, row))
}

// attend fills p.att from the queries in p.q: each row sees itself and all earlier positions of its sequence, in
// ascending order. One unit of parallel work is a tile and a key-value head.
func (p *pass) attend(index int) {
	sh := &p.m.shape
	ops := 0
	for _, t := range p.tiles {
		ops += 2 * sh.group() * sh.headSize * t.n * (t.pos + t.n)
	}
	p.m.pool.Run(len(p.tiles)*sh.kvHeads, ops/max(1, len(p.tiles)), func(i int) {
		buffer := <-p.scores
		t := p.tiles[i/sh.kvHeads]
		if size := sh.scoreSize(t.pos + t.n); len(buffer) < size {
			buffer = make([]float32, size)
		}
		p.attendTile(t, index, i%sh.kvHeads, buffer)
		p.scores <- buffer
	})
}

// attendTile goes page by page, so that what is loaded serves all rows and all heads of the group.
func (p *pass) attendTile(t tile, index, kvHead int, scores []float32) {
	sh := &p.m.shape
	group, step := sh.group(), pagesFor(t.pos+t.n)*pageTokens
	scale := tensor.InvSqrt(float32(sh.headSize))
	each := func(visit func(head, end int, row []float32)) {
		for i := range t.n {
			for g := range group {
				at := (i*group + g) * step
				visit((t.row+i)*sh.heads+kvHead*group+g, t.pos+i+1, scores[at:at+step])
			}
		}
	}
	for j, pg := range t.seq.pages[:step/pageTokens] {
		keys, _ := sh.part(pg, index, kvHead)
		from := j * pageTokens
		each(func(head, end int, row []float32) {
			if end = min(end, from+pageTokens); from < end {
				tensor.Scores(row[from:end], p.q[head*sh.headSize:(head+1)*sh.headSize], keys, scale)
			}
		})
	}
	each(func(head, end int, row []float32) {
		tensor.Softmax(row[:end])
		clear(p.att[head*sh.headSize : (head+1)*sh.headSize])
	})
	for j, pg := range t.seq.pages[:step/pageTokens] {
		_, values := sh.part(pg, index, kvHead)
		from := j * pageTokens
		each(func(head, end int, row []float32) {
			if end = min(end, from+pageTokens); from < end {
				tensor.MixAdd(p.att[head*sh.headSize:(head+1)*sh.headSize], row[from:end], values, sh.headSize)
			}
		})
	}
}
