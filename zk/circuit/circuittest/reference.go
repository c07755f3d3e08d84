package circuittest

import "ayni.example/zk/circuit"

// Reference runs circuits by the words of docs/spec/proof-1.md, section 3, value by value: slow, plain, and sharing nothing
// with the evaluator. Values has the real values of each tensor.
type Reference struct {
	Circuit *circuit.Circuit
	Weights circuit.Weights
	Values  [][]int64
}

// NewReference is a reference that has run no operation.
func NewReference(c *circuit.Circuit, w circuit.Weights, inputs [][]int32) *Reference {
	r := &Reference{Circuit: c, Weights: w, Values: make([][]int64, len(c.Tensors))}
	for i, id := range c.Inputs() {
		for _, v := range inputs[i] {
			r.Values[id] = append(r.Values[id], int64(v))
		}
	}
	return r
}

// Run runs operation i; false where a value leaves what the step allows.
func (r *Reference) Run(i int) bool {
	switch o := &r.Circuit.Operations[i]; {
	case o.Linear != nil:
		return r.linear(o.Linear)
	case o.MaxPool != nil:
		return r.maxPool(o.MaxPool)
	default:
		return r.forest(o.Forest)
	}
}

// each calls f with each index of the axes, in order.
func each(axes []int, f func(at []int)) {
	at := make([]int, len(axes))
	for {
		f(at)
		a := len(axes) - 1
		for ; a >= 0; a-- {
			if at[a]++; at[a] < axes[a] {
				break
			}
			at[a] = 0
		}
		if a < 0 {
			return
		}
	}
}

func flat(axes, at []int) int {
	i := 0
	for a, n := range axes {
		i = i*n + at[a]
	}
	return i
}

// read is a value of a reading, 0 outside of its real lengths.
func (r *Reference) read(reading circuit.Reading, at ...int) int64 {
	axes := r.Circuit.Axes(reading)
	for a, n := range axes {
		if at[a] < 0 || at[a] >= n {
			return 0
		}
	}
	first := at[0]
	for _, id := range reading {
		t := &r.Circuit.Tensors[id]
		if first < t.Axes[0] {
			return r.Values[id][flat(t.Axes, append([]int{first}, at[1:]...))]
		}
		first -= t.Axes[0]
	}
	panic("a reading is as long as its pieces")
}

func (r *Reference) weight(id int, at ...int) int64 {
	i := flat(r.Circuit.Tensors[id].Axes, at)
	if w := &r.Weights[id]; w.Int8 != nil {
		return int64(w.Int8[i])
	} else {
		return int64(w.Int32[i])
	}
}

// Sum is a term at a position of the output.
func (r *Reference) Sum(t *circuit.Term, at []int) int64 {
	sum := int64(0)
	window := func(channels int, size [2]int, f func(c, dy, dx int) int64) {
		each([]int{channels, size[0], size[1]}, func(k []int) {
			sum += f(k[0], k[1], k[2]) * r.read(t.Reading, k[0], at[1]*t.Stride[0]+k[1]-t.Pad[0], at[2]*t.Stride[1]+k[2]-t.Pad[1])
		})
	}
	switch t.Kind {
	case circuit.Dense:
		axes := r.Circuit.Axes(t.Reading)
		each(axes, func(k []int) { sum += r.weight(t.Weight, append([]int{at[0]}, k...)...) * r.read(t.Reading, k...) })
	case circuit.Conv:
		w := r.Circuit.Tensors[t.Weight].Axes
		window(w[1], [2]int{w[2], w[3]}, func(c, dy, dx int) int64 { return r.weight(t.Weight, at[0], c, dy, dx) })
	case circuit.Bias:
		sum = r.weight(t.Weight, at[0])
	case circuit.Scale:
		sum = int64(t.Factor) * r.read(t.Reading, at...)
	case circuit.Pool:
		window(r.Circuit.Axes(t.Reading)[0], t.Window, func(c, _, _ int) int64 {
			if c != at[0] {
				return 0
			}
			return int64(t.Factor)
		})
	}
	return sum
}

// Sums are the sums of terms over an output's axes.
func (r *Reference) Sums(axes []int, terms []circuit.Term) []int64 {
	var z []int64
	each(axes, func(at []int) {
		sum := int64(0)
		for i := range terms {
			sum += r.Sum(&terms[i], at)
		}
		z = append(z, sum)
	})
	return z
}

func (r *Reference) linear(l *circuit.Linear) bool {
	z := r.Sums(r.Circuit.Tensors[l.Output].Axes, l.Terms)
	for i, v := range z {
		if v > circuit.MaxInteger || v < -circuit.MaxInteger {
			return false
		}
		if l.Table == circuit.NoTable {
			continue
		}
		hi, _, ok := r.Split(l, v)
		if !ok {
			return false
		}
		z[i] = int64(r.Circuit.Tables[l.Table].Values[hi])
	}
	r.Values[l.Output] = z
	return true
}

// Split is m*z + offset = 2^s hi + lo; false where hi is not a place in the table.
func (r *Reference) Split(l *circuit.Linear, z int64) (hi, lo int64, ok bool) {
	s, h := r.Circuit.Shift, r.Circuit.Tables[l.Table].Bits
	v := int64(l.Factor)*z + 1<<(s+h-1) + 1<<(s-1)
	hi = v >> s
	return hi, v - hi<<s, hi >= 0 && hi < 1<<h
}

func (r *Reference) maxPool(m *circuit.MaxPool) bool {
	var y []int64
	ok := true
	each(r.Circuit.Tensors[m.Output].Axes, func(at []int) {
		var seen []int64
		each(m.Window[:], func(d []int) {
			seen = append(seen, r.read(m.Reading, at[0], at[1]*m.Stride[0]+d[0], at[2]*m.Stride[1]+d[1]))
		})
		best := seen[0]
		for _, v := range seen {
			best = max(best, v)
		}
		for _, v := range seen {
			ok = ok && best-v < 256
		}
		y = append(y, best)
	})
	r.Values[m.Output] = y
	return ok
}

func (r *Reference) forest(f *circuit.Forest) bool {
	x := r.Circuit.Tensors[f.Input].Axes
	scores := make([]int64, x[0]*len(f.Base))
	ok := true
	each([]int{x[0], len(f.Base)}, func(at []int) {
		sum := int64(f.Base[at[1]])
		for t, class := range f.Classes {
			node := 1
			for node < 1<<f.Depth {
				value := r.Values[f.Input][at[0]*x[1]+int(r.weight(f.Feature, t, node))]
				node *= 2
				if value >= r.weight(f.Threshold, t, node/2) {
					node++
				}
			}
			if class == at[1] {
				sum += r.weight(f.Leaf, t, node-1<<f.Depth)
			}
		}
		ok = ok && sum <= circuit.MaxInteger && sum >= -circuit.MaxInteger
		scores[flat([]int{x[0], len(f.Base)}, at)] = sum
	})
	r.Values[f.Output] = scores
	return ok
}
