package trace

import "ayni.example/tensor/softfloat"

// rms is the reciprocal of the root of a row's mean square.
//
//	inputs: x
type rms struct{ laned }

func (rms) chunks(s site) int { return s.Inputs[0].across() }

func (rms) operands(s site, chunk int) []Operand { return []Operand{s.Inputs[0].at(s.row, chunk)} }

func (rms) compute(s site, chunk int, carry []uint32, in []view) []uint32 {
	addLanes(&s, carry, in[0].cols, func(i, j int) uint32 { return softfloat.Mul(in[0].at(i, j), in[0].at(i, j)) })
	if !s.last(chunk) {
		return carry
	}
	width := softfloat.FromInt(int32(s.Inputs[0].Cols))
	return trees(&s, carry, func(_ int, sum uint32) uint32 {
		return softfloat.Div(one, softfloat.Sqrt(softfloat.Add(softfloat.Div(sum, width), s.shape.Eps)))
	})
}

// norm multiplies rows by their reciprocal and by the gains.
//
//	inputs: x, reciprocals, gains
type norm struct{ whole }

func (norm) operands(s site, _ int) []Operand {
	return []Operand{s.Inputs[0].at(s.row, s.col), s.Inputs[1].at(s.row, 0), s.Inputs[2].at(0, s.col)}
}

func (norm) compute(s site, _ int, tile []uint32, in []view) []uint32 {
	return s.each(tile, func(i, j int) uint32 {
		return softfloat.Mul(softfloat.Mul(in[0].at(i, j), in[1].at(i, 0)), in[2].at(0, j))
	})
}

// normBackRow is what all elements of a row share on the way back through a norm.
//
//	inputs: gradient, gains, x, reciprocals
type normBackRow struct{ laned }

func (normBackRow) chunks(s site) int { return s.Inputs[0].across() }

func (normBackRow) operands(s site, chunk int) []Operand {
	list := []Operand{s.Inputs[0].at(s.row, chunk), s.Inputs[1].at(0, chunk), s.Inputs[2].at(s.row, chunk)}
	if s.last(chunk) {
		list = append(list, s.Inputs[3].at(s.row, 0))
	}
	return list
}

func (normBackRow) compute(s site, chunk int, carry []uint32, in []view) []uint32 {
	addLanes(&s, carry, in[0].cols, func(i, j int) uint32 {
		return softfloat.Mul(softfloat.Mul(in[0].at(i, j), in[1].at(0, j)), in[2].at(i, j))
	})
	if !s.last(chunk) {
		return carry
	}
	width := softfloat.FromInt(int32(s.Inputs[0].Cols))
	return trees(&s, carry, func(i int, c uint32) uint32 {
		inverse := in[3].at(i, 0)
		return softfloat.Div(softfloat.Mul(c, softfloat.Mul(inverse, inverse)), width)
	})
}

// normBack adds the gradient through a norm to that of the stream, which is +0 at the last norm.
//
//	inputs: gradient, gains, x, what rows share, reciprocals, and the stream's gradient where there is one
type normBack struct{ whole }

func (normBack) operands(s site, _ int) []Operand {
	list := []Operand{
		s.Inputs[0].at(s.row, s.col), s.Inputs[1].at(0, s.col), s.Inputs[2].at(s.row, s.col),
		s.Inputs[3].at(s.row, 0), s.Inputs[4].at(s.row, 0),
	}
	if len(s.Inputs) == 6 {
		list = append(list, s.Inputs[5].at(s.row, s.col))
	}
	return list
}

func (normBack) compute(s site, _ int, tile []uint32, in []view) []uint32 {
	return s.each(tile, func(i, j int) uint32 {
		var dx uint32
		if len(in) == 6 {
			dx = in[5].at(i, j)
		}
		g := softfloat.Mul(in[0].at(i, j), in[1].at(0, j))
		g = softfloat.Sub(g, softfloat.Mul(in[2].at(i, j), in[3].at(i, 0)))
		return softfloat.Add(dx, softfloat.Mul(g, in[4].at(i, 0)))
	})
}

// normGain is the gradient of gains, tokens ascending.
//
//	inputs: gradient, x, reciprocals
type normGain struct{ summed }

func (normGain) chunks(s site) int { return s.Inputs[0].down() }

func (normGain) operands(s site, chunk int) []Operand {
	return []Operand{s.Inputs[0].at(chunk, s.col), s.Inputs[1].at(chunk, s.col), s.Inputs[2].at(chunk, 0)}
}

func (normGain) compute(s site, _ int, carry []uint32, in []view) []uint32 {
	for i := range Side {
		for j := range carry {
			term := softfloat.Mul(in[0].at(i, j), softfloat.Mul(in[1].at(i, j), in[2].at(i, 0)))
			carry[j] = softfloat.Add(carry[j], term)
		}
	}
	return carry
}
