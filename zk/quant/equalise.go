package quant

import (
	"math"

	"ayni.example/zkml/onnx"
)

// absorbed tells whether all that reads a value, through moves and pooling, multiplies it by weights, which can take up a
// scale for each channel.
func (l *lowering) absorbed(name string) bool {
	if known, ok := l.absorbs[name]; ok {
		return known
	}
	l.absorbs[name] = l.readers(name)
	return l.absorbs[name]
}

func (l *lowering) readers(name string) bool {
	read := false
	for i := range l.graph.Nodes {
		n := &l.graph.Nodes[i]
		for k, in := range n.Inputs {
			if in != name {
				continue
			}
			if n.Op == "Shape" {
				continue
			}
			read = true
			switch n.Op {
			case "Gemm", "MatMul", "Conv":
				if k > 0 {
					return false
				}
			case "Reshape", "Flatten", "Squeeze", "Unsqueeze", "Identity", "Dropout", "Transpose", "Concat", "Pad", "Gather", "Slice", "MaxPool", "AveragePool", "GlobalAveragePool":
				if !l.absorbed(n.Outputs[0]) {
					return false
				}
			default:
				return false
			}
		}
	}
	for _, v := range l.graph.Outputs {
		read = read && v.Name != name
	}
	return read
}

// channelTops is the greatest value that calibration saw of each index of the first axis of a source of v.
func (l *lowering) channelTops(v *value, s *source, name string) []float64 {
	tops, all := make([]float64, s.axes[0]), l.cal.top[name]
	inner, per := onnx.Elements(s.axes[1:]), len(v.at)/len(all)
	for i, c := range v.at {
		if c.from == s {
			tops[c.index/inner] = max(tops[c.index/inner], all[i/per])
		}
	}
	return tops
}

// headroom is how far beyond its greatest value in calibration a channel reaches at least: one channel has seen less than all.
const headroom = 1.5

// equalise divides each output of a sum by a factor of its own, so that a Relu of it gives integers that use their range in
// each channel (Nagel and others 2019, section 4.1, with the factors given to the activations). It returns the factors, nil
// for none, and the new greatest value.
func equalise(s *sum, a activation) (*sum, []float64, float64) {
	if a.top == nil {
		return s, nil, a.high
	}
	for _, t := range s.terms {
		if t.weights == nil {
			return s, nil, a.high
		}
	}
	reach := make([]float64, len(s.bias))
	most := 0.0
	for o := range reach {
		for _, t := range s.terms {
			per := len(t.weights) / len(reach)
			for i := o * per; i < (o+1)*per; i++ {
				reach[o] = max(reach[o], math.Abs(t.weight(i, len(reach)))*t.x.scale)
			}
		}
		most = max(most, reach[o])
	}
	each, out := make([]float64, len(reach)), &sum{bias: make([]float64, len(reach))}
	high := 0.0
	for o := range each {
		each[o] = max(reach[o]/most, min(headroom*a.top[o]/a.high, 1), 1.0/64)
		out.bias[o] = s.bias[o] / each[o]
		high = max(high, a.top[o]/each[o])
	}
	for _, t := range s.terms {
		w, per := make([]float64, len(t.weights)), len(t.weights)/len(each)
		for i := range w {
			w[i] = t.weights[i] / each[i/per]
		}
		t.weights = w
		out.terms = append(out.terms, t)
	}
	return out, each, high
}
