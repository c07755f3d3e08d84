package trace

import "ayni.example/tensor/softfloat"

// lanes is the number of partial sums of a row; term j goes to lane j modulo lanes.
const lanes = 16

// laned is the part of a rule that sums rows in lanes.
type laned struct{}

func (laned) start(s site) []uint32 { return make([]uint32, s.rows*lanes) }

// addLanes adds the terms of one tile of each row. Tiles are a multiple of the lanes wide, so columns of a tile will do.
func addLanes(s *site, carry []uint32, cols int, term func(row, col int) uint32) {
	for i := range s.rows {
		l := carry[i*lanes : (i+1)*lanes]
		for j := range cols {
			l[j%lanes] = softfloat.Add(l[j%lanes], term(i, j))
		}
	}
}

// tree joins the lanes of a row at distance 8, 4, 2 and 1.
func tree(l []uint32) uint32 {
	var t [lanes]uint32
	copy(t[:], l)
	for d := lanes / 2; d > 0; d /= 2 {
		for j := range d {
			t[j] = softfloat.Add(t[j], t[j+d])
		}
	}
	return t[0]
}

// trees joins the lanes of all rows.
func trees(s *site, carry []uint32, finish func(row int, sum uint32) uint32) []uint32 {
	out := make([]uint32, s.rows)
	for i := range out {
		out[i] = finish(i, tree(carry[i*lanes:(i+1)*lanes]))
	}
	return out
}

// columns is how many tiles of a row have columns that its positions see.
func (s *site) columns(t Tensor) int {
	if !s.Causal {
		return t.across()
	}
	_, position := s.window(s.row)
	return position + 1
}

// seen is how many columns of a tile a row sees.
func (s *site) seen(row, tile, cols int) int {
	if !s.Causal {
		return cols
	}
	_, position := s.window(s.row)
	return max(0, min(cols, (position-tile)*Side+row+1))
}

// rowMax is the largest element of a row.
//
//	inputs: x
type rowMax struct{}

func (rowMax) chunks(s site) int { return s.columns(s.Inputs[0]) }

func (rowMax) start(s site) []uint32 {
	carry := make([]uint32, s.rows)
	for i := range carry {
		carry[i] = softfloat.Inf | minus32
	}
	return carry
}

func (rowMax) operands(s site, chunk int) []Operand { return []Operand{s.Inputs[0].at(s.row, chunk)} }

func (rowMax) compute(s site, chunk int, carry []uint32, in []view) []uint32 {
	last := s.last(chunk)
	for i := range carry {
		for j := range s.seen(i, chunk, in[0].cols) {
			carry[i] = softfloat.Max(carry[i], in[0].at(i, j))
		}
		if last {
			carry[i] = softfloat.Add(carry[i], 0)
		}
	}
	return carry
}

// rowSum is the reciprocal of the sum of exponentials of a row.
//
//	inputs: x, largest of its rows
type rowSum struct{ laned }

func (rowSum) chunks(s site) int { return s.columns(s.Inputs[0]) }

func (rowSum) operands(s site, chunk int) []Operand {
	return []Operand{s.Inputs[0].at(s.row, chunk), s.Inputs[1].at(s.row, 0)}
}

func (rowSum) compute(s site, chunk int, carry []uint32, in []view) []uint32 {
	for i := range s.rows {
		l := carry[i*lanes : (i+1)*lanes]
		for j := range s.seen(i, chunk, in[0].cols) {
			e := softfloat.Exp(softfloat.Sub(in[0].at(i, j), in[1].at(i, 0)))
			l[j%lanes] = softfloat.Add(l[j%lanes], e)
		}
	}
	if !s.last(chunk) {
		return carry
	}
	return trees(&s, carry, func(_ int, sum uint32) uint32 { return softfloat.Div(one, sum) })
}

// softmax is that of the columns that a position sees; the others are +0.
//
//	inputs: x, largest of its rows, reciprocals of their sums
type softmax struct{ whole }

func (softmax) operands(s site, _ int) []Operand {
	if s.col >= s.columns(s.Inputs[0]) {
		return nil
	}
	return []Operand{s.Inputs[0].at(s.row, s.col), s.Inputs[1].at(s.row, 0), s.Inputs[2].at(s.row, 0)}
}

func (softmax) compute(s site, _ int, tile []uint32, in []view) []uint32 {
	if len(in) == 0 {
		return tile
	}
	return s.each(tile, func(i, j int) uint32 {
		if j >= s.seen(i, s.col, s.cols) {
			return 0
		}
		return probability(in, i, j)
	})
}

func probability(in []view, i, j int) uint32 {
	return softfloat.Mul(softfloat.Exp(softfloat.Sub(in[0].at(i, j), in[1].at(i, 0))), in[2].at(i, 0))
}

// loss is the gradient of the logits: their softmax, less 1 at the target.
//
//	inputs: logits, largest of their rows, reciprocals of their sums, tokens
type loss struct{ whole }

func (loss) operands(s site, _ int) []Operand {
	return []Operand{
		s.Inputs[0].at(s.row, s.col), s.Inputs[1].at(s.row, 0), s.Inputs[2].at(s.row, 0),
		s.tokens(s.Inputs[3], s.row, 0), s.tokens(s.Inputs[3], s.row, 1),
	}
}

func (loss) compute(s site, _ int, tile []uint32, in []view) []uint32 {
	window, _ := s.window(s.row)
	return s.each(tile, func(i, j int) uint32 {
		target := in[4].at(window%Side, 0)
		if i+1 < Side {
			target = in[3].at(window%Side, i+1)
		}
		p := probability(in, i, j)
		if target == uint32(s.col*Side+j) {
			return softfloat.Sub(p, one)
		}
		return p
	})
}
