package trace

import "ayni.example/tensor/softfloat"

// squares is the sum of the squares of each row of a gradient.
//
//	inputs: gradient
type squares struct{ laned }

func (squares) chunks(s site) int { return s.Inputs[0].across() }

func (squares) operands(s site, chunk int) []Operand { return []Operand{s.Inputs[0].at(s.row, chunk)} }

func (squares) compute(s site, chunk int, carry []uint32, in []view) []uint32 {
	addLanes(&s, carry, in[0].cols, func(i, j int) uint32 { return softfloat.Mul(in[0].at(i, j), in[0].at(i, j)) })
	if !s.last(chunk) {
		return carry
	}
	return trees(&s, carry, func(_ int, sum uint32) uint32 { return sum })
}

// scale is what gradients are multiplied by: the mean over the tokens, within the bound on its norm. Its carry is one f64.
//
//	inputs: squares of all parameters
type scale struct{}

func (scale) chunks(s site) int {
	n := 0
	for _, t := range s.Inputs {
		n += t.down()
	}
	return n
}

func (scale) start(site) []uint32 { return make([]uint32, 2) }

func (scale) operands(s site, chunk int) []Operand {
	i := 0
	for chunk >= s.Inputs[i].down() {
		chunk -= s.Inputs[i].down()
		i++
	}
	return []Operand{s.Inputs[i].at(chunk, 0)}
}

func (scale) compute(s site, chunk int, carry []uint32, in []view) []uint32 {
	sum := uint64(carry[1])<<32 | uint64(carry[0])
	for _, v := range in[0].words {
		sum = softfloat.Add64(sum, softfloat.Widen(v))
	}
	if !s.last(chunk) {
		return []uint32{uint32(sum), uint32(sum >> 32)}
	}
	tokens := softfloat.FromInt64(int64(s.shape.Tokens()))
	norm := softfloat.Div64(softfloat.Sqrt64(sum), tokens)
	factor := softfloat.Div64(s.shape.Clip, norm)
	if softfloat.Less64(one64, factor) {
		factor = one64
	}
	return []uint32{softfloat.Narrow(softfloat.Div64(factor, tokens))}
}

// Places of the factors of AdamW in their tensor.
const (
	FactorBeta1 = iota
	FactorTake1
	FactorBeta2
	FactorTake2
	FactorEps
	FactorKeep
	FactorStep
	FactorRoot
	FactorKeepAll // keep where weights do not decay
	FactorCount
)

// adam is the part of a rule that reads the tiles at its place, the scale and the factors.
//
//	inputs: tensors, gradient, scale, factors
type adam struct{ whole }

func (adam) operands(s site, _ int) []Operand {
	n := len(s.Inputs) - 2
	list := make([]Operand, 0, MaxOperands)
	for _, t := range s.Inputs[:n] {
		list = append(list, t.at(s.row, s.col))
	}
	return append(list, s.Inputs[n].at(0, 0), s.Inputs[n+1].at(0, 0))
}

// gradient is that of one element, as AdamW takes it.
func gradient(in []view, i, j int) uint32 {
	n := len(in) - 2
	return softfloat.Mul(in[n-1].at(i, j), in[n].words[0])
}

func firstMoment(m, g uint32, f []uint32) uint32 {
	return softfloat.Add(softfloat.Mul(m, f[FactorBeta1]), softfloat.Mul(g, f[FactorTake1]))
}

func secondMoment(v, g uint32, f []uint32) uint32 {
	return softfloat.Add(softfloat.Mul(v, f[FactorBeta2]), softfloat.Mul(softfloat.Mul(g, g), f[FactorTake2]))
}

// moment1 and moment2 are the moments after the step.
type moment1 struct{ adam }

func (moment1) compute(s site, _ int, tile []uint32, in []view) []uint32 {
	f := in[len(in)-1].words
	return s.each(tile, func(i, j int) uint32 { return firstMoment(in[0].at(i, j), gradient(in, i, j), f) })
}

type moment2 struct{ adam }

func (moment2) compute(s site, _ int, tile []uint32, in []view) []uint32 {
	f := in[len(in)-1].words
	return s.each(tile, func(i, j int) uint32 { return secondMoment(in[0].at(i, j), gradient(in, i, j), f) })
}

// weight is the parameter after the step. It makes both moments anew, so that it reads nothing of the state after.
//
//	inputs: weights, first and second moment, gradient, scale, factors
type weight struct {
	adam
	decay bool
}

func (r weight) compute(s site, _ int, tile []uint32, in []view) []uint32 {
	f := in[len(in)-1].words
	keep := f[FactorKeepAll]
	if r.decay {
		keep = f[FactorKeep]
	}
	return s.each(tile, func(i, j int) uint32 {
		g := gradient(in, i, j)
		m, v := firstMoment(in[1].at(i, j), g, f), secondMoment(in[2].at(i, j), g, f)
		length := softfloat.Add(softfloat.Mul(softfloat.Sqrt(v), f[FactorRoot]), f[FactorEps])
		step := softfloat.Mul(softfloat.Div(m, length), f[FactorStep])
		return softfloat.Sub(softfloat.Mul(in[0].at(i, j), keep), step)
	})
}
