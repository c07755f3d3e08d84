package trace

import "ayni.example/tensor/softfloat"

// same are the tiles of all inputs at the place of the output.
type same struct{ whole }

func (same) operands(s site, _ int) []Operand {
	list := make([]Operand, len(s.Inputs))
	for i, t := range s.Inputs {
		list[i] = t.at(s.row, s.col)
	}
	return list
}

// add adds two tensors.
type add struct{ same }

func (add) compute(s site, _ int, tile []uint32, in []view) []uint32 {
	return s.each(tile, func(i, j int) uint32 { return softfloat.Add(in[0].at(i, j), in[1].at(i, j)) })
}

// swiglu is the gated linear unit.
//
//	inputs: gate, up
type swiglu struct{ same }

func (swiglu) compute(s site, _ int, tile []uint32, in []view) []uint32 {
	return s.each(tile, func(i, j int) uint32 {
		g := in[0].at(i, j)
		return softfloat.Mul(softfloat.Div(g, gateDivisor(g)), in[1].at(i, j))
	})
}

// gateDivisor is 1+exp(-g).
func gateDivisor(g uint32) uint32 { return softfloat.Add(one, softfloat.Exp(g^minus32)) }

// gateBack is the gradient of the gate.
//
//	inputs: gradient, gate, up
type gateBack struct{ same }

func (gateBack) compute(s site, _ int, tile []uint32, in []view) []uint32 {
	return s.each(tile, func(i, j int) uint32 {
		g := in[1].at(i, j)
		d := gateDivisor(g)
		sigmoid, a := softfloat.Div(one, d), softfloat.Div(g, d)
		slope := softfloat.Add(sigmoid, softfloat.Mul(a, softfloat.Sub(one, sigmoid)))
		return softfloat.Mul(softfloat.Mul(in[0].at(i, j), in[2].at(i, j)), slope)
	})
}

// upBack is the gradient of what the gate multiplies.
//
//	inputs: gradient, gate
type upBack struct{ same }

func (upBack) compute(s site, _ int, tile []uint32, in []view) []uint32 {
	return s.each(tile, func(i, j int) uint32 {
		g := in[1].at(i, j)
		return softfloat.Mul(in[0].at(i, j), softfloat.Div(g, gateDivisor(g)))
	})
}

// rotate turns the neighbouring numbers of each head by the angles of their position.
//
//	inputs: x, cosines, sines
type rotate struct {
	whole
	back bool // by the negated sine
}

func (rotate) operands(s site, _ int) []Operand {
	_, position := s.window(s.row)
	part := s.col % (s.shape.HeadSize / Side)
	return []Operand{s.Inputs[0].at(s.row, s.col), s.Inputs[1].at(position, part), s.Inputs[2].at(position, part)}
}

func (r rotate) compute(s site, _ int, tile []uint32, in []view) []uint32 {
	for i := range s.rows {
		for j := 0; j < s.cols; j += 2 {
			x, y, c, sin := in[0].at(i, j), in[0].at(i, j+1), in[1].at(i, j), in[2].at(i, j)
			if r.back {
				sin ^= minus32
			}
			tile[i*s.cols+j] = softfloat.Sub(softfloat.Mul(x, c), softfloat.Mul(y, sin))
			tile[i*s.cols+j+1] = softfloat.Add(softfloat.Mul(x, sin), softfloat.Mul(y, c))
		}
	}
	return tile
}
