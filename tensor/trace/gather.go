package trace

import "ayni.example/tensor/softfloat"

// gather copies the rows of the embedding that tokens name, from one tile of the embedding after the other.
//
//	inputs: tokens, embedding
type gather struct{ summed }

func (gather) chunks(s site) int { return s.Inputs[1].down() }

func (gather) operands(s site, chunk int) []Operand {
	return []Operand{s.tokens(s.Inputs[0], s.row, 0), s.Inputs[1].at(chunk, s.col)}
}

func (gather) compute(s site, chunk int, carry []uint32, in []view) []uint32 {
	window, _ := s.window(s.row)
	from, rows := uint32(chunk*Side), uint32(len(in[1].words)/in[1].cols)
	for i := range s.rows {
		if id := in[0].at(window%Side, i) - from; id < rows {
			copy(carry[i*s.cols:(i+1)*s.cols], in[1].words[int(id)*s.cols:])
		}
	}
	return carry
}

// window says which window a row of tiles is of, and which of its tiles of positions.
func (s *site) window(row int) (window, position int) {
	n := s.shape.Length / Side
	return row / n, row % n
}

// tokens is the tile with the tokens of a row of tiles; those that come next begin in it and end in the next one.
func (s *site) tokens(t Tensor, row, next int) Operand {
	window, position := s.window(row)
	return t.at(window/Side, position+next)
}

// scatter adds the gradients of inputs to the rows of their tokens, tokens ascending.
//
//	inputs: tokens, gradient of the inputs
type scatter struct{ summed }

func (scatter) chunks(s site) int { return s.Inputs[1].down() }

func (scatter) operands(s site, chunk int) []Operand {
	return []Operand{s.tokens(s.Inputs[0], chunk, 0), s.Inputs[1].at(chunk, s.col)}
}

func (scatter) compute(s site, chunk int, carry []uint32, in []view) []uint32 {
	window, _ := s.window(chunk)
	for i := range Side {
		id := in[0].at(window%Side, i) - uint32(s.row*Side)
		if id >= uint32(s.rows) {
			continue
		}
		row := carry[int(id)*s.cols : int(id+1)*s.cols]
		for j := range row {
			row[j] = softfloat.Add(row[j], in[1].at(i, j))
		}
	}
	return carry
}
