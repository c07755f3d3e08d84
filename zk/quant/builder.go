package quant

import (
	"errors"
	"fmt"
	"math"

	"ayni.example/zk/circuit"
)

const (
	maxWeight = 127
	maxSum    = 1 << 30
	// minFactor is the least integer factor of a sum with weights: rounding it up costs at most a fifth of the weights' steps.
	minFactor = 4
)

// builder grows a circuit.
type builder struct {
	circuit *circuit.Circuit
	weights circuit.Weights
	tables  []tableUse
	bits    int // most bits of a table
	coarse  bool
	notes   []string
}

// tableUse is a table of the circuit before the number of its bits is known.
type tableUse struct {
	entry entry
	bits  int
}

func (b *builder) tensor(kind circuit.Kind, axes []int) int {
	b.circuit.Tensors = append(b.circuit.Tensors, circuit.Tensor{Kind: kind, Axes: axes})
	b.weights = append(b.weights, circuit.Values{})
	return len(b.circuit.Tensors) - 1
}

func (b *builder) weight(axes []int, v circuit.Values) int {
	t := b.tensor(circuit.Weight, axes)
	b.weights[t] = v
	return t
}

// close turns a sum into a tensor by a table.
func (b *builder) close(s *sum, axes []int, a activation) (*source, error) {
	out := &source{axes: axes}
	s, out.each, a.high = equalise(s, a)
	target := a.step()
	for {
		l, err := b.integers(s, axes, target)
		if err != nil {
			return nil, err
		}
		e := a.entry(l.step)
		bits := tableBits(l, b.circuit.Shift)
		if bits > b.bits {
			// The worst input reaches further than the table: coarser steps.
			target = l.step * math.Exp2(float64(bits-b.bits))
			continue
		}
		out.scale, out.low, out.high = e.scale, e.low, e.high
		l.linear.Table = b.table(e, bits)
		b.finish(l, axes)
		l.linear.Output = b.tensor(circuit.Witness, axes)
		out.reading = circuit.Reading{l.linear.Output}
		b.circuit.Operations = append(b.circuit.Operations, circuit.Operation{Linear: l.linear})
		return out, nil
	}
}

// answer makes a sum a public output, and gives the real worth of one unit of it.
func (b *builder) answer(s *sum, axes []int) (tensor int, scale float64, err error) {
	l, err := b.integers(s, axes, 0)
	if err != nil {
		return 0, 0, err
	}
	b.finish(l, axes)
	l.linear.Table, l.linear.Factor = circuit.NoTable, 1
	l.linear.Output = b.tensor(circuit.Output, axes)
	b.circuit.Operations = append(b.circuit.Operations, circuit.Operation{Linear: l.linear})
	return l.linear.Output, l.scale, nil
}

// integers is a sum in integers: z times scale is the real sum, and m*z/2^s times step too.
type integers struct {
	linear    *circuit.Linear
	values    []circuit.Values // of each term's weights
	axes      [][]int
	bias      []int32
	low, high int64 // what z can reach, over all inputs
	scale     float64
	step      float64 // what one step of hi is worth; 0 without a table
}

// integers rounds a sum so that m/2^s is exact. target is the wished step of hi; 0 means no table.
func (b *builder) integers(s *sum, axes []int, target float64) (*integers, error) {
	least, weighted := leastScale(s)
	if !(least > 0) || math.IsInf(least, 0) {
		return nil, errors.New("its weights are no finite numbers")
	}
	l := &integers{linear: &circuit.Linear{Factor: 1}, scale: least}
	power := math.Exp2(float64(b.circuit.Shift))
	switch {
	case target == 0:
	case weighted:
		m := math.Max(1, math.Ceil(power*least/target))
		if m < minFactor {
			b.coarse = true
		}
		l.scale, l.step, l.linear.Factor = m*target/power, target, int32(min(m, math.MaxInt32))
	default:
		m := math.Max(1, math.Floor(power*least/target))
		l.step, l.linear.Factor = power*least/m, int32(min(m, math.MaxInt32))
	}
	for o := range s.bias {
		v := math.Round(s.bias[o] / l.scale)
		if !(math.Abs(v) < maxSum) {
			return nil, fmt.Errorf("a bias of %v is out of range at scale %v", s.bias[o], l.scale)
		}
		l.bias = append(l.bias, int32(v))
	}
	low, high := make([]int64, len(s.bias)), make([]int64, len(s.bias))
	for o, v := range l.bias {
		low[o], high[o] = int64(v), int64(v)
	}
	for i := range s.terms {
		if err := l.term(&s.terms[i], low, high); err != nil {
			return nil, err
		}
	}
	for o := range low {
		l.low, l.high = min(l.low, low[o]), max(l.high, high[o])
	}
	if -l.low >= maxSum || l.high >= maxSum {
		return nil, fmt.Errorf("sums reach from %d to %d, out of range: the layer of axes %v is too wide", l.low, l.high, axes)
	}
	return l, nil
}

// leastScale is the smallest scale of z at which all weights fit, and whether there are weights. A sum without weights
// takes a scale at which its factors are exact, or nearly so when there are several.
func leastScale(s *sum) (float64, bool) {
	least, weighted := 0.0, false
	for _, t := range s.terms {
		if t.weights == nil {
			continue
		}
		weighted = true
		for i := range t.weights {
			least = max(least, math.Abs(t.weight(i, len(s.bias)))*t.x.scale/maxWeight)
		}
	}
	if weighted && least > 0 {
		return least, true
	}
	least = math.Inf(1)
	for _, t := range s.terms {
		if w := math.Abs(t.factor) * t.x.scale; w > 0 {
			least = min(least, w)
		}
	}
	if math.IsInf(least, 1) {
		least = 1
	}
	exact := len(s.terms) == 1
	for _, v := range s.bias {
		exact = exact && v == 0
	}
	if !exact {
		least /= 64
	}
	return least, weighted
}

// weight is weight i of a term with so many outputs, brought to one scale of what it reads.
func (t *term) weight(i, outputs int) float64 {
	if t.x.each == nil {
		return t.weights[i]
	}
	per := len(t.weights) / outputs
	return t.weights[i] * t.x.each[i%per/(per/len(t.x.each))]
}

// term rounds one term and adds what it can reach.
func (l *integers) term(t *term, low, high []int64) error {
	out := circuit.Term{Kind: t.kind, Reading: t.x.reading, Stride: t.stride, Pad: t.pad}
	if t.weights == nil {
		c := math.Round(t.factor * t.x.scale / l.scale)
		if !(math.Abs(c) < maxSum) {
			return fmt.Errorf("a factor of %v is out of range", c)
		}
		if c == 0 {
			return nil // too small to count beside the other terms
		}
		out.Factor, out.Window = int32(c), t.window
		cells := int64(max(t.window[0]*t.window[1], 1))
		for o := range low {
			a, b := int64(c)*cells*int64(t.x.low), int64(c)*cells*int64(t.x.high)
			low[o] += min(a, b)
			high[o] += max(a, b)
		}
		l.linear.Terms = append(l.linear.Terms, out)
		return nil
	}
	per := len(t.weights) / len(low)
	w := make([]int8, len(t.weights))
	xl, xh := int64(min(t.x.low, 0)), int64(max(t.x.high, 0)) // a window may lie in the padding
	for i := range t.weights {
		q := math.Round(t.weight(i, len(low)) * t.x.scale / l.scale)
		w[i] = int8(min(max(q, -maxWeight), maxWeight))
		a, b := int64(w[i])*xl, int64(w[i])*xh
		low[i/per] += min(a, b)
		high[i/per] += max(a, b)
	}
	l.linear.Terms = append(l.linear.Terms, out)
	l.values, l.axes = append(l.values, circuit.Values{Int8: w}), append(l.axes, t.axes)
	return nil
}

// finish gives the weights and the bias their tensors.
func (b *builder) finish(l *integers, axes []int) {
	next := 0
	for i := range l.linear.Terms {
		t := &l.linear.Terms[i]
		if t.Kind == circuit.Dense || t.Kind == circuit.Conv {
			t.Weight = b.weight(l.axes[next], l.values[next])
			next++
		}
	}
	for _, v := range l.bias {
		if v != 0 {
			w := b.weight([]int{axes[0]}, circuit.Values{Int32: l.bias})
			l.linear.Terms = append(l.linear.Terms, circuit.Term{Kind: circuit.Bias, Weight: w})
			return
		}
	}
}

// tableBits is the least number of bits of hi for what z can reach.
func tableBits(l *integers, shift uint8) int {
	m := int64(l.linear.Factor)
	for h := 1; ; h++ {
		offset := int64(1)<<(int(shift)+h-1) + int64(1)<<(shift-1)
		if m*l.low+offset >= 0 && m*l.high+offset < int64(1)<<(int(shift)+h) {
			return h
		}
	}
}
