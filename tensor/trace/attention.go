package trace

import "ayni.example/tensor/softfloat"

// place is where a tile of attention is: one query head of one window, and a tile of its positions. tiles is how many tiles
// of numbers a head has, length how many of positions a window has.
type place struct {
	window, head, position int
	tiles, length          int
	group                  int // query heads that share keys and values
}

// attended is the place of a row of tiles of attention.
func (s *site) attended(row int) place {
	p := place{tiles: s.shape.HeadSize / Side, length: s.shape.Length / Side, group: s.shape.Heads / s.shape.KVHeads}
	p.position, row = row%p.length, row/p.length
	p.head, p.window = row%s.shape.Heads, row/s.shape.Heads
	return p
}

// headed is the place of a tile of rows of heads, and which of the head's tiles it is; heads of keys are counted as they are.
func (s *site) headed() (p place, part int) {
	p = place{tiles: s.shape.HeadSize / Side, length: s.shape.Length / Side, group: s.shape.Heads / s.shape.KVHeads}
	p.window, p.position = s.window(s.row)
	p.head = s.col / p.tiles
	return p, s.col % p.tiles
}

// attention is the row of tiles of a head's positions.
func (s *site) attention(p place, head, position int) int {
	return (p.window*s.shape.Heads+head)*p.length + position
}

// query and key are the tiles of a query head, or of the key-value head that a query head uses, at a tile of positions.
func (p place) query(t Tensor, head, position, part int) Operand {
	return t.at(p.window*p.length+position, head*p.tiles+part)
}

func (p place) key(t Tensor, position, part int) Operand {
	return t.at(p.window*p.length+position, p.head/p.group*p.tiles+part)
}

// back is the number of tiles of columns that a tile of positions has on the way back, where 64 positions go together.
func (p place) back() int { return min(p.position|1, p.length-1) + 1 }

// scores are the products of queries and keys.
//
//	inputs: queries, keys
type scores struct{ whole }

func (scores) operands(s site, _ int) []Operand {
	p := s.attended(s.row)
	if s.col > p.position {
		return nil
	}
	var list []Operand
	for part := range p.tiles {
		list = append(list, p.query(s.Inputs[0], p.head, p.position, part))
	}
	for part := range p.tiles {
		list = append(list, p.key(s.Inputs[1], s.col, part))
	}
	return list
}

func (scores) compute(s site, _ int, tile []uint32, in []view) []uint32 {
	n := len(in) / 2
	scale := s.headScale()
	return s.each(tile, func(i, j int) uint32 {
		if n == 0 || j >= s.seen(i, s.col, s.cols) {
			return 0
		}
		var l [lanes]uint32
		for part := range n {
			q, k := in[part].words[i*Side:(i+1)*Side], in[n+part].words[j*Side:(j+1)*Side]
			for d, v := range q {
				l[d%lanes] = softfloat.Add(l[d%lanes], softfloat.Mul(v, k[d]))
			}
		}
		return softfloat.Mul(tree(l[:]), scale)
	})
}

// headScale is one over the root of the head size.
func (s *site) headScale() uint32 {
	return softfloat.Div(one, softfloat.Sqrt(softfloat.FromInt(int32(s.shape.HeadSize))))
}

// mix is the sum of values, weighted by probabilities, keys ascending.
//
//	inputs: probabilities, values
type mix struct{ summed }

func (mix) chunks(s site) int {
	p, _ := s.headed()
	return p.position + 1
}

func (mix) operands(s site, chunk int) []Operand {
	p, part := s.headed()
	return []Operand{s.Inputs[0].at(s.attention(p, p.head, p.position), chunk), p.key(s.Inputs[1], chunk, part)}
}

func (mix) compute(s site, chunk int, carry []uint32, in []view) []uint32 {
	p, _ := s.headed()
	for i := range s.rows {
		row := carry[i*s.cols : (i+1)*s.cols]
		for k := range min(Side, (p.position-chunk)*Side+i+1) {
			for j := range row {
				row[j] = softfloat.Add(row[j], softfloat.Mul(in[0].at(i, k), in[1].at(k, j)))
			}
		}
	}
	return carry
}

// headProbs is the gradient of probabilities.
//
//	inputs: gradient of heads, values
type headProbs struct{ summed }

func (headProbs) chunks(s site) int {
	p := s.attended(s.row)
	if s.col >= p.back() {
		return 1
	}
	return p.tiles
}

func (headProbs) operands(s site, chunk int) []Operand {
	p := s.attended(s.row)
	if s.col >= p.back() {
		return nil
	}
	return []Operand{p.query(s.Inputs[0], p.head, p.position, chunk), p.key(s.Inputs[1], s.col, chunk)}
}

func (headProbs) compute(s site, _ int, carry []uint32, in []view) []uint32 {
	if len(in) == 0 {
		return carry
	}
	return multiply(carry, s.rows, s.cols, in[0].turned(false), in[1].turned(true))
}

// softBackRow is the sum of the products of probabilities and their gradients.
//
//	inputs: probabilities, their gradients
type softBackRow struct{ laned }

func (softBackRow) chunks(s site) int {
	p := s.attended(s.row)
	return p.back()
}

func (softBackRow) operands(s site, chunk int) []Operand {
	return []Operand{s.Inputs[0].at(s.row, chunk), s.Inputs[1].at(s.row, chunk)}
}

func (softBackRow) compute(s site, chunk int, carry []uint32, in []view) []uint32 {
	addLanes(&s, carry, in[0].cols, func(i, j int) uint32 { return softfloat.Mul(in[0].at(i, j), in[1].at(i, j)) })
	if !s.last(chunk) {
		return carry
	}
	return trees(&s, carry, func(_ int, sum uint32) uint32 { return sum })
}

// softBack is the gradient of scores before they are scaled.
//
//	inputs: probabilities, their gradients, what rows share
type softBack struct{ whole }

func (softBack) operands(s site, _ int) []Operand {
	if p := s.attended(s.row); s.col >= p.back() {
		return nil
	}
	return []Operand{s.Inputs[0].at(s.row, s.col), s.Inputs[1].at(s.row, s.col), s.Inputs[2].at(s.row, 0)}
}

func (softBack) compute(s site, _ int, tile []uint32, in []view) []uint32 {
	if len(in) == 0 {
		return tile
	}
	scale := s.headScale()
	return s.each(tile, func(i, j int) uint32 {
		d := softfloat.Sub(in[1].at(i, j), in[2].at(i, 0))
		return softfloat.Mul(softfloat.Mul(in[0].at(i, j), d), scale)
	})
}

// headQueries is the gradient of queries, over keys ascending.
//
//	inputs: gradient of scores, keys
type headQueries struct{ summed }

func (headQueries) chunks(s site) int {
	p, _ := s.headed()
	return p.back()
}

func (headQueries) operands(s site, chunk int) []Operand {
	p, part := s.headed()
	return []Operand{s.Inputs[0].at(s.attention(p, p.head, p.position), chunk), p.key(s.Inputs[1], chunk, part)}
}

func (headQueries) compute(s site, _ int, carry []uint32, in []view) []uint32 {
	return multiply(carry, s.rows, s.cols, in[0].turned(false), in[1].turned(false))
}

// headKeys is the gradient of keys, or of values: over the query heads of the group, and for each over its positions, from the
// first of the 64 that go together.
//
//	inputs: gradient of scores and queries, or probabilities and the gradient of heads
type headKeys struct{ summed }

// span is the number of tiles of positions that a query head sums over, and the first.
func (headKeys) span(p place) (n, first int) {
	first = p.position &^ 1
	return p.length - first, first
}

func (r headKeys) chunks(s site) int {
	p, _ := s.headed()
	n, _ := r.span(p)
	return n * p.group
}

func (r headKeys) operands(s site, chunk int) []Operand {
	p, part := s.headed()
	n, first := r.span(p)
	head, position := p.head*p.group+chunk/n, first+chunk%n
	return []Operand{s.Inputs[0].at(s.attention(p, head, position), p.position), p.query(s.Inputs[1], head, position, part)}
}

func (headKeys) compute(s site, _ int, carry []uint32, in []view) []uint32 {
	return multiply(carry, s.rows, s.cols, in[0].turned(true), in[1].turned(false))
}
