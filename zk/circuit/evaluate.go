package circuit

import (
	"fmt"
	"slices"
)

// Run is what a circuit makes of its inputs.
type Run struct {
	Outputs [][]int32 // real lengths, in the order of Outputs
	Witness []int32   // the whole stack, 2^Witness.Bits values
}

// Overflow is a value that leaves the range that a step can prove. Coarser scales avoid it.
type Overflow struct {
	Operation int
	Position  []int // on the axes of the operation's output
	Value     int64
	Low, High int64
}

func (o *Overflow) Error() string {
	return fmt.Sprintf("operation %d at %v: %d is not in %d..%d; the scales are too fine for this input",
		o.Operation, o.Position, o.Value, o.Low, o.High)
}

// Evaluate runs the circuit. It never gives a witness that does not hold.
func (p *Plan) Evaluate(w Weights, inputs [][]int32) (*Run, error) {
	if err := p.Circuit.Check(w); err != nil {
		return nil, err
	}
	return p.EvaluateChecked(w, inputs)
}

// EvaluateChecked is Evaluate for weights that Check has accepted.
func (p *Plan) EvaluateChecked(w Weights, inputs [][]int32) (*Run, error) {
	c := p.Circuit
	if err := c.CheckInputs(inputs); err != nil {
		return nil, err
	}
	e := &evaluator{Plan: p, weights: w, small: make([][]int16, len(c.Tensors)), public: make([][]int32, len(c.Tensors))}
	e.witness = make([]int32, 1<<p.Witness.Bits)
	for i, id := range c.Inputs() {
		e.public[id] = inputs[i]
		if _, high := c.Range(id); high == smallHigh {
			e.small[id] = narrow(inputs[i])
		}
	}
	for i := range c.Operations {
		var err error
		switch o := &c.Operations[i]; {
		case o.Linear != nil:
			err = e.linear(i, o.Linear)
		case o.MaxPool != nil:
			err = e.maxPool(i, o.MaxPool)
		case o.Forest != nil:
			err = e.forest(i, o.Forest)
		}
		if err != nil {
			return nil, err
		}
	}
	run := &Run{Witness: e.witness}
	for _, id := range c.Outputs() {
		run.Outputs = append(run.Outputs, e.public[id])
	}
	return run, nil
}

// evaluator is one run.
type evaluator struct {
	*Plan
	weights Weights
	witness []int32
	small   [][]int16 // inputs and tables' values so far, real lengths
	public  [][]int32 // inputs and outputs
}

// stored is the part of the witness that is a tensor.
func (e *evaluator) stored(id int) []int32 {
	t := &e.Tensors[id]
	return e.witness[t.Offset : t.Offset+t.Size()]
}

// count is the multiplicities of a table in use.
func (e *evaluator) count(kind LookupKind, index int) []int32 {
	return e.stored(e.Lookups[e.Lookup(kind, index)].Multiplicity)
}

// reading is the values of the pieces behind one another.
func (e *evaluator) reading(r Reading) []int16 {
	if len(r) == 1 {
		return e.small[r[0]]
	}
	var all []int16
	for _, id := range r {
		all = append(all, e.small[id]...)
	}
	return all
}

// linear sums the terms and gives the sum to the table, or away.
func (e *evaluator) linear(op int, l *Linear) error {
	out := &e.Tensors[l.Output]
	z := make([]int64, out.length())
	for i := range l.Terms {
		e.term(z, &l.Terms[i], out.Axes)
	}
	if l.Table != NoTable {
		return e.requantise(op, l, z)
	}
	y := make([]int32, len(z))
	for i, v := range z {
		if v < -MaxInteger || v > MaxInteger {
			return &Overflow{op, out.position(i), v, -MaxInteger, MaxInteger}
		}
		y[i] = int32(v)
	}
	e.public[l.Output] = y
	return nil
}

// requantise splits m*z + offset in hi and lo and looks hi up. Where nothing is computed, z is zero.
func (e *evaluator) requantise(op int, l *Linear, z []int64) error {
	out, table, s := &e.Tensors[l.Output], &e.Circuit.Tables[l.Table], e.Circuit.Shift
	offset := int64(1)<<(s+table.Bits-1) + int64(1)<<(s-1)
	hi, lo, y := e.stored(e.Steps[op].High), e.stored(e.Steps[op].Low), e.stored(l.Output)
	used, remainders := e.count(Mapped, l.Table), e.count(Range, int(s))
	small := make([]int16, len(z))
	h0, l0 := int32(offset>>s), int32(offset&(1<<s-1))
	if idle := int32(len(y) - len(z)); idle > 0 {
		used[h0] += idle
		remainders[l0] += idle
		fill(hi, h0)
		fill(lo, l0)
		fill(y, int32(table.Values[h0]))
	}
	m, limit, mask := int64(l.Factor), uint64(1)<<(s+table.Bits), int64(1)<<s-1
	for first, at := range out.rows() {
		for i, v := range z[first : first+out.row()] {
			if v < -MaxInteger || v > MaxInteger {
				return &Overflow{op, out.position(first + i), v, -MaxInteger, MaxInteger}
			}
			v = m*v + offset
			if uint64(v) >= limit {
				return &Overflow{op, out.position(first + i), v - offset, -offset, int64(limit) - 1 - offset}
			}
			h, r := int32(v>>s), int32(v&mask)
			t := table.Values[h]
			hi[at+i], lo[at+i], y[at+i], small[first+i] = h, r, int32(t), t
			used[h]++
			remainders[r]++
		}
	}
	e.small[l.Output] = small
	return nil
}

// maxPool takes the largest value of each window; where nothing is computed, all are zero.
func (e *evaluator) maxPool(op int, m *MaxPool) error {
	out, x := &e.Tensors[m.Output], e.reading(m.Reading)
	axes := e.Circuit.Axes(m.Reading)
	y, used := e.stored(m.Output), e.count(Range, differenceBits)
	small := make([]int16, 0, out.length())
	used[0] += int32((len(y) - out.length()) * m.Window[0] * m.Window[1])
	for first, at := range out.rows() {
		row := first / out.row()
		top := row % out.Axes[1] * m.Stride[0]
		plane := x[row/out.Axes[1]*axes[1]*axes[2]:]
		for px := range out.row() {
			best := int16(smallLow)
			for dy := range m.Window[0] {
				from := (top+dy)*axes[2] + px*m.Stride[1]
				best = max(best, slices.Max(plane[from:from+m.Window[1]]))
			}
			for dy := range m.Window[0] {
				from := (top+dy)*axes[2] + px*m.Stride[1]
				for _, v := range plane[from : from+m.Window[1]] {
					d := best - v
					if d >= 1<<differenceBits {
						return &Overflow{op, out.position(first + px), int64(d), 0, 1<<differenceBits - 1}
					}
					used[d]++
				}
			}
			y[at+px] = int32(best)
			small = append(small, best)
		}
	}
	e.small[m.Output] = small
	return nil
}

func narrow(v []int32) []int16 {
	s := make([]int16, len(v))
	for i, x := range v {
		s[i] = int16(x)
	}
	return s
}

func fill(v []int32, x int32) {
	for i := range v {
		v[i] = x
	}
}
