package quant

import (
	"fmt"
	"slices"

	"ayni.example/zk/circuit"
	"ayni.example/zkml/onnx"
)

// value is what an ONNX name stands for: an array whose elements lie somewhere in sources.
type value struct {
	name  string // whose calibrated range it has
	shape []int  // as in the graph, with its batch of one
	at    []cell
	pad   []int // zeros around a whole image: top, left, bottom, right; shape is then without them
}

type cell struct {
	from  *source
	index int
}

// source is a tensor of the circuit, several one behind the other, or a sum that is not yet one.
type source struct {
	axes []int
	sum  *sum

	reading   circuit.Reading
	scale     float64   // of one unit, real
	each      []float64 // a factor of scale for each index of the first axis, nil for one scale
	zero      []float64 // of an input: what an integer of zero stands for
	low, high int32
}

// sum is a Linear in the making: real terms over sources, and a bias of the first axis.
type sum struct {
	terms []term
	bias  []float64
}

type term struct {
	kind    circuit.TermKind
	x       *source
	weights []float64 // Dense: [output, axes of x], Conv: [output, channels, height, width]
	axes    []int     // of weights
	factor  float64   // Scale, Pool
	window  [2]int
	stride  [2]int
	pad     [2]int
}

// whole is a value that is one source as it lies.
func whole(name string, shape []int, s *source) *value {
	v := &value{name: name, shape: slices.Clone(shape), at: make([]cell, onnx.Elements(shape))}
	for i := range v.at {
		v.at[i] = cell{s, i}
	}
	return v
}

// sources lists the sources of a value in order of appearance.
func (v *value) sources() []*source {
	var out []*source
	seen := map[*source]bool{}
	for _, c := range v.at {
		if !seen[c.from] {
			seen[c.from] = true
			out = append(out, c.from)
		}
	}
	return out
}

// replace maps every source.
func (v *value) replace(name string, f func(*source) (*source, error)) (*value, error) {
	to := map[*source]*source{}
	for _, s := range v.sources() {
		n, err := f(s)
		if err != nil {
			return nil, err
		}
		to[s] = n
	}
	out := &value{name: name, shape: v.shape, at: slices.Clone(v.at), pad: v.pad}
	for i := range out.at {
		out.at[i].from = to[out.at[i].from]
	}
	return out, nil
}

// join gives a value of whole tensors with one scale as one source; as it is, where that cannot be.
func (v *value) join() *value {
	parts, err := v.channels()
	if err != nil || len(parts) < 2 {
		return v
	}
	one := *parts[0]
	one.reading, one.axes = nil, slices.Clone(one.axes)
	one.axes[0] = 0
	for _, s := range parts {
		if s.sum != nil || s.each != nil || s.scale != one.scale {
			return v
		}
		one.axes[0] += s.axes[0]
		one.reading = append(one.reading, s.reading...)
		one.low, one.high = min(one.low, s.low), max(one.high, s.high)
	}
	return whole(v.name, v.shape, &one)
}

// channels gives a value of shape [1, C, ...] as whole sources one behind the other on the channel axis.
func (v *value) channels() ([]*source, error) {
	parts := v.sources()
	next := 0
	for _, s := range parts {
		if len(s.axes) != len(v.shape)-1 || !slices.Equal(s.axes[1:], v.shape[2:]) {
			return nil, fmt.Errorf("%w: windows over a tensor that was reshaped before", onnx.ErrUnsupported)
		}
		for i := range onnx.Elements(s.axes) {
			if next+i >= len(v.at) || v.at[next+i] != (cell{s, i}) {
				return nil, fmt.Errorf("%w: windows over a tensor that was transposed before", onnx.ErrUnsupported)
			}
		}
		next += onnx.Elements(s.axes)
	}
	if next != len(v.at) {
		return nil, fmt.Errorf("%w: windows over a tensor that was joined with itself", onnx.ErrUnsupported)
	}
	return parts, nil
}
