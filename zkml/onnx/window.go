package onnx

import "fmt"

// Window is how a kernel slides over the spatial dimensions of a tensor.
type Window struct {
	Kernel    []int
	Strides   []int
	Dilations []int
	Before    []int // padding at the start of each dimension
	After     []int
	Out       []int // positions along each dimension
}

// Window reads the geometry of a convolution or a pooling node over spatial dimensions. The kernel is that of the weights
// or, when that is nil, of the node.
func (n *Node) Window(spatial, kernel []int) (*Window, error) {
	k := len(spatial)
	var err error
	w := &Window{Kernel: kernel, Out: make([]int, k)}
	given, err := n.sizes("kernel_shape", k, 0)
	if err != nil {
		return nil, err
	}
	if w.Kernel == nil {
		w.Kernel = given
	}
	if w.Strides, err = n.sizes("strides", k, 1); err != nil {
		return nil, err
	}
	if w.Dilations, err = n.sizes("dilations", k, 1); err != nil {
		return nil, err
	}
	for i := range k {
		if w.Kernel[i] < 1 || w.Strides[i] < 1 || w.Dilations[i] < 1 || n.Has("kernel_shape") && given[i] != w.Kernel[i] {
			return nil, fmt.Errorf("kernel %v, strides %v, dilations %v are no window", w.Kernel, w.Strides, w.Dilations)
		}
	}
	return w, w.pad(n, spatial)
}

// sizes is a list attribute with one positive number a dimension.
func (n *Node) sizes(name string, dimensions, fallback int) ([]int, error) {
	out := make([]int, dimensions)
	if !n.Has(name) {
		for i := range out {
			out[i] = fallback
		}
		return out, nil
	}
	list := n.Ints(name)
	if len(list) != dimensions {
		return nil, fmt.Errorf("attribute %s has %d numbers for %d dimensions", name, len(list), dimensions)
	}
	for i, v := range list {
		if v < 0 || v > 1<<16 {
			return nil, fmt.Errorf("attribute %s: %d is out of range", name, v)
		}
		out[i] = int(v)
	}
	return out, nil
}

// pad finds paddings and the number of positions.
func (w *Window) pad(n *Node, spatial []int) error {
	k := len(spatial)
	pads, err := n.sizes("pads", 2*k, 0)
	if err != nil {
		return err
	}
	w.Before, w.After = pads[:k], pads[k:]
	auto := n.Text("auto_pad", "NOTSET")
	for i := range k {
		reach := w.reach(i)
		switch auto {
		case "NOTSET", "":
		case "VALID":
			w.Before[i], w.After[i] = 0, 0
		case "SAME_UPPER", "SAME_LOWER":
			steps := (spatial[i] + w.Strides[i] - 1) / w.Strides[i]
			total := max((steps-1)*w.Strides[i]+reach-spatial[i], 0)
			w.Before[i], w.After[i] = total/2, total-total/2
			if auto == "SAME_LOWER" {
				w.Before[i], w.After[i] = w.After[i], w.Before[i]
			}
		default:
			return unsupported("auto_pad " + auto)
		}
		room := spatial[i] + w.Before[i] + w.After[i] - reach
		if room < 0 || spatial[i] == 0 {
			return fmt.Errorf("a window of %d does not fit dimension %d of %v", reach, i, spatial)
		}
		w.Out[i] = room/w.Strides[i] + 1
		if n.Int("ceil_mode", 0) != 0 && room%w.Strides[i] != 0 && w.Out[i]*w.Strides[i] < spatial[i]+w.Before[i] {
			w.Out[i]++
		}
	}
	return nil
}

// reach is how far a kernel extends along a dimension.
func (w *Window) reach(i int) int { return (w.Kernel[i]-1)*w.Dilations[i] + 1 }

// cells calls visit with each kernel cell of the window at a position that lies inside of spatial: the cell's number and
// the index that it covers.
func (w *Window) cells(position, spatial []int, visit func(cell, index int)) {
	count := Elements(w.Kernel)
	for cell := range count {
		rest, index, step, inside := cell, 0, 1, true
		for k := len(spatial) - 1; k >= 0 && inside; k-- {
			at := position[k]*w.Strides[k] - w.Before[k] + rest%w.Kernel[k]*w.Dilations[k]
			rest /= w.Kernel[k]
			inside = at >= 0 && at < spatial[k]
			index += at * step
			step *= spatial[k]
		}
		if inside {
			visit(cell, index)
		}
	}
}

// positions calls visit for each position of the window, in order.
func (w *Window) positions(visit func(i int, position []int)) {
	position := make([]int, len(w.Out))
	for i := range Elements(w.Out) {
		rest := i
		for k := len(position) - 1; k >= 0; k-- {
			position[k] = rest % w.Out[k]
			rest /= w.Out[k]
		}
		visit(i, position)
	}
}

// table is, for each position, the covered indices by kernel cell, -1 in the padding.
func (w *Window) table(spatial []int) []int32 {
	n := Elements(w.Kernel)
	out := make([]int32, Elements(w.Out)*n)
	for i := range out {
		out[i] = -1
	}
	w.positions(func(i int, position []int) {
		w.cells(position, spatial, func(cell, index int) { out[i*n+cell] = int32(index) })
	})
	return out
}
