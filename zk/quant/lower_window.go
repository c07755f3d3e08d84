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
	w, err := window(n, v, kernel)
	if err != nil {
		return nil, nil, err
	}
	for k := range w.Before {
		if w.Before[k] >= w.Kernel[k] {
			return nil, nil, unsupported("padding of %d in front of a window of %d", w.Before[k], w.Kernel[k])
		}
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

// window is the node's geometry over an image with what was put around it before.
func window(n *onnx.Node, v *value, kernel []int) (*onnx.Window, error) {
	if v.pad == nil {
		return n.Window(v.shape[2:], kernel)
	}
	w, err := n.Window([]int{v.shape[2] + v.pad[0] + v.pad[2], v.shape[3] + v.pad[1] + v.pad[3]}, kernel)
	if err != nil {
		return nil, err
	}
	if n.Op == "AveragePool" && n.Int("count_include_pad", 0) == 0 && slices.Max(slices.Concat(w.Before, w.After)) > 0 {
		return nil, unsupported("two paddings of an average that counts one of them")
	}
	w.Before[0] += v.pad[0]
	w.Before[1] += v.pad[1]
	return w, nil
}

// surround is Pad: of nothing it is nothing, and zeros around an image become the padding of what reads it.
func (l *lowering) surround(n *onnx.Node) (*value, error) {
	v, err := l.input(n, 0)
	if err != nil {
		return nil, err
	}
	after := l.cal.shapes[n.Outputs[0]]
	if slices.Equal(after, v.shape) {
		return l.move(n)
	}
	t := l.cal.constants[n.Input(1)]
	list := n.Ints("pads")
	if t != nil {
		list = t.Ints
	}
	value := n.Float("value", 0)
	if t := l.cal.constants[n.Input(2)]; t != nil && t.Len() == 1 && t.Type.Real() {
		value = t.Floats[0]
	}
	if len(list) != 8 || list[0] != 0 || list[1] != 0 || list[4] != 0 || list[5] != 0 || value != 0 {
		return nil, unsupported("padding %v with %v: zeros around an image are supported", list, value)
	}
	if v, err = l.stored(v); err != nil {
		return nil, err
	}
	out := *v
	out.name, out.pad = n.Outputs[0], []int{int(list[2]), int(list[3]), int(list[6]), int(list[7])}
	return &out, nil
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
	counted := n.Op == "AveragePool" && (n.Int("count_include_pad", 0) != 0 || l.values[n.Input(0)].pad != nil)
	padded := slices.Max(w.Before) > 0 || slices.Max(w.After) > 0
	for k := range w.Out {
		room := (w.Out[k]-1)*w.Strides[k] + w.Kernel[k] - w.Before[k] - l.values[n.Input(0)].shape[2+k]
		if room > 0 && !counted {
			return nil, unsupported("a window of %s that reaches over the edge", n.Op)
		}
	}
	if padded && !counted {
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
