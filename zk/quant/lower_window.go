package quant

import (
	"slices"

	"ayni.example/zk/circuit"
	"ayni.example/zkml/onnx"
)

// image is input 0 as tensors over channels, with the window that the node slides over it.
func (l *lowering) image(n *onnx.Node, kernel []int) ([]*source, *onnx.Window, error) {
	v, err := l.input(n, 0)
	if err != nil {
		return nil, nil, err
	}
	if len(v.shape) != 4 || v.shape[0] != 1 {
		return nil, nil, unsupported("windows over shape %v: one image of two dimensions is supported", v.shape)
	}
	if n.Op == "GlobalAveragePool" {
		n = &onnx.Node{Op: n.Op}
		kernel = v.shape[2:]
	}
	w, err := n.Window(v.shape[2:], kernel)
	if err != nil {
		return nil, nil, err
	}
	if slices.Max(w.Dilations) > 1 {
		return nil, nil, unsupported("dilations %v", w.Dilations)
	}
	if v, err = l.stored(v); err != nil {
		return nil, nil, err
	}
	parts, err := v.channels()
	if err != nil {
		return nil, nil, err
	}
	for _, s := range parts {
		if s.zero != nil {
			return nil, nil, errEach
		}
	}
	return parts, w, nil
}

func pair(list []int) [2]int { return [2]int{list[0], list[1]} }

// conv gives one term for each part of the channels.
func (l *lowering) conv(n *onnx.Node) (*value, error) {
	w, err := l.constant(n, 1)
	if err != nil {
		return nil, err
	}
	if len(w.Shape) != 4 || n.Int("group", 1) != 1 {
		return nil, unsupported("a convolution with weights %v in %d groups", w.Shape, n.Int("group", 1))
	}
	parts, window, err := l.image(n, w.Shape[2:])
	if err != nil {
		return nil, err
	}
	out, depth, area := w.Shape[0], w.Shape[1], w.Shape[2]*w.Shape[3]
	result := &sum{bias: make([]float64, out)}
	from := 0
	for _, s := range parts {
		t := term{kind: circuit.Conv, x: s, axes: []int{out, s.axes[0], w.Shape[2], w.Shape[3]}, stride: pair(window.Strides), pad: pair(window.Before)}
		for o := range out {
			start := (o*depth + from) * area
			t.weights = append(t.weights, w.Floats[start:start+s.axes[0]*area]...)
		}
		from += s.axes[0]
		result.terms = append(result.terms, t)
	}
	if n.Input(2) != "" {
		b, err := l.constant(n, 2)
		if err != nil {
			return nil, err
		}
		copy(result.bias, b.Floats)
	}
	axes := []int{out, window.Out[0], window.Out[1]}
	return whole(n.Outputs[0], slices.Concat([]int{1}, axes), &source{axes: axes, sum: result}), nil
}

// pool takes the maximum, or a sum that stands for the average, of windows of each channel.
func (l *lowering) pool(n *onnx.Node) (*value, error) {
	parts, w, err := l.image(n, nil)
	if err != nil {
		return nil, err
	}
	padded := slices.Max(w.Before) > 0 || slices.Max(w.After) > 0
	for k := range w.Out {
		room := (w.Out[k]-1)*w.Strides[k] + w.Kernel[k] - w.Before[k] - l.values[n.Input(0)].shape[2+k]
		if room > 0 && (n.Op == "MaxPool" || n.Int("count_include_pad", 0) == 0) {
			return nil, unsupported("a window of %s that reaches over the edge", n.Op)
		}
	}
	if padded && (n.Op == "MaxPool" || n.Int("count_include_pad", 0) == 0) {
		return nil, unsupported("padding of %s", n.Op)
	}
	out := &value{name: n.Outputs[0], shape: []int{1, 0, w.Out[0], w.Out[1]}}
	for _, s := range parts {
		axes := []int{s.axes[0], w.Out[0], w.Out[1]}
		var r *source
		if n.Op == "MaxPool" {
			if r, err = l.maximum(s, axes, w); err != nil {
				return nil, err
			}
		} else {
			r = &source{axes: axes, each: s.each, sum: &sum{bias: make([]float64, axes[0]), terms: []term{{
				kind: circuit.Pool, x: s, factor: 1 / float64(onnx.Elements(w.Kernel)), window: pair(w.Kernel), stride: pair(w.Strides), pad: pair(w.Before),
			}}}}
		}
		out.shape[1] += axes[0]
		for i := range onnx.Elements(axes) {
			out.at = append(out.at, cell{r, i})
		}
	}
	return out, nil
}

func (l *lowering) maximum(s *source, axes []int, w *onnx.Window) (*source, error) {
	if s.low < 0 {
		return nil, unsupported("max pooling of negative values: put a Relu before or behind it")
	}
	r := &source{axes: axes, scale: s.scale, each: s.each, low: s.low, high: s.high}
	r.reading = circuit.Reading{l.tensor(circuit.Witness, axes)}
	l.circuit.Operations = append(l.circuit.Operations, circuit.Operation{MaxPool: &circuit.MaxPool{
		Reading: s.reading, Output: r.reading[0], Window: pair(w.Kernel), Stride: pair(w.Strides),
	}})
	return r, nil
}
