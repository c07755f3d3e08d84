package onnx

import (
	"fmt"
	"math"
)

// image is a real input with a batch, channels and at least one spatial dimension.
func (c *call) image() (*Tensor, error) {
	x, err := c.real(0)
	if err == nil && len(x.Shape) < 3 {
		return nil, fmt.Errorf("shape %v has no spatial dimension", x.Shape)
	}
	return x, err
}

// window takes the geometry and its table, within the bounds of a run.
func (c *call) window(x *Tensor, kernel []int) (*Window, []int32, error) {
	w, err := c.Window(x.Shape[2:], kernel)
	if err != nil {
		return nil, nil, err
	}
	size := 1
	for _, d := range append(append([]int{}, w.Kernel...), w.Out...) {
		if size *= d; size > maxElements {
			return nil, nil, fmt.Errorf("a kernel of %v at %v positions is larger than %d", w.Kernel, w.Out, maxElements)
		}
	}
	if err := c.spend(size); err != nil {
		return nil, nil, err
	}
	return w, w.table(x.Shape[2:]), nil
}

func opConv(c *call) ([]*Tensor, error) {
	x, err := c.image()
	if err != nil {
		return nil, err
	}
	weights, err := c.real(1)
	if err != nil {
		return nil, err
	}
	groups := int(c.Int("group", 1))
	if len(weights.Shape) != len(x.Shape) || groups < 1 || weights.Shape[1]*groups != x.Shape[1] || weights.Shape[0]%groups != 0 {
		return nil, fmt.Errorf("weights %v in %d groups do not fit input %v", weights.Shape, groups, x.Shape)
	}
	bias := make([]float64, weights.Shape[0])
	if t := c.option(2); t != nil {
		if len(t.Floats) != len(bias) {
			return nil, fmt.Errorf("bias of shape %v for %d channels", t.Shape, len(bias))
		}
		bias = t.Floats
	}
	w, table, err := c.window(x, weights.Shape[2:])
	if err != nil {
		return nil, err
	}
	out, err := c.make(x.Type, weights.Shape[1]*Elements(w.Kernel), append([]int{x.Shape[0], len(bias)}, w.Out...)...)
	if err != nil {
		return nil, err
	}
	convolve(out, x, weights, bias, table, groups)
	return []*Tensor{out}, nil
}

// convolve fills out; table names what each kernel cell covers.
func convolve(out, x, weights *Tensor, bias []float64, table []int32, groups int) {
	spatial, places := Elements(x.Shape[2:]), Elements(out.Shape[2:])
	channels, depth, cells := len(bias), weights.Shape[1], Elements(weights.Shape[2:])
	for b := range x.Shape[0] {
		for o := range channels {
			kernel := weights.Floats[o*depth*cells : (o+1)*depth*cells]
			from := (b*x.Shape[1] + o/(channels/groups)*depth) * spatial
			result := out.Floats[(b*channels+o)*places : (b*channels+o+1)*places]
			for p := range result {
				sum := bias[o]
				covered := table[p*cells : (p+1)*cells]
				for d := range depth {
					plane := x.Floats[from+d*spatial : from+(d+1)*spatial]
					for k, index := range covered {
						if index >= 0 {
							sum += float64(kernel[d*cells+k] * plane[index])
						}
					}
				}
				result[p] = sum
			}
		}
	}
}

// pool applies a function to what each window covers, plane by plane.
func (c *call) pool(f func(plane []float64, covered []int32) float64) ([]*Tensor, error) {
	x, err := c.image()
	if err != nil {
		return nil, err
	}
	if !c.Has("kernel_shape") {
		return nil, fmt.Errorf("kernel_shape is missing")
	}
	w, table, err := c.window(x, nil)
	if err != nil {
		return nil, err
	}
	cells := Elements(w.Kernel)
	out, err := c.make(x.Type, cells, append([]int{x.Shape[0], x.Shape[1]}, w.Out...)...)
	if err != nil {
		return nil, err
	}
	spatial, places := Elements(x.Shape[2:]), Elements(w.Out)
	for i := range out.Floats {
		plane := x.Floats[i/places*spatial : (i/places+1)*spatial]
		p := i % places
		out.Floats[i] = f(plane, table[p*cells:(p+1)*cells])
	}
	return []*Tensor{out}, nil
}

func opMaxPool(c *call) ([]*Tensor, error) {
	return c.pool(func(plane []float64, covered []int32) float64 {
		top := math.Inf(-1)
		for _, index := range covered {
			if index >= 0 {
				top = max(top, plane[index])
			}
		}
		return top
	})
}

// opAveragePool divides by what lies inside of the input or, on request, by the window with its padding.
func opAveragePool(c *call) ([]*Tensor, error) {
	padded := c.Int("count_include_pad", 0) != 0
	if padded && c.Int("ceil_mode", 0) != 0 {
		return nil, unsupported("count_include_pad together with ceil_mode")
	}
	return c.pool(func(plane []float64, covered []int32) float64 {
		sum, count := 0.0, 0
		for _, index := range covered {
			if index >= 0 {
				sum += plane[index]
				count++
			}
		}
		if padded {
			count = len(covered)
		}
		return sum / float64(count)
	})
}

func opGlobalAveragePool(c *call) ([]*Tensor, error) {
	return c.global(func(plane []float64) float64 {
		sum := 0.0
		for _, v := range plane {
			sum += v
		}
		return sum / float64(len(plane))
	})
}

func opGlobalMaxPool(c *call) ([]*Tensor, error) {
	return c.global(func(plane []float64) float64 {
		top := math.Inf(-1)
		for _, v := range plane {
			top = max(top, v)
		}
		return top
	})
}

// global applies a function to whole planes.
func (c *call) global(f func(plane []float64) float64) ([]*Tensor, error) {
	x, err := c.image()
	if err != nil {
		return nil, err
	}
	shape := []int{x.Shape[0], x.Shape[1]}
	for range x.Shape[2:] {
		shape = append(shape, 1)
	}
	size := Elements(x.Shape[2:])
	out, err := c.make(x.Type, size, shape...)
	if err != nil {
		return nil, err
	}
	for i := range out.Floats {
		out.Floats[i] = f(x.Floats[i*size : (i+1)*size])
	}
	return []*Tensor{out}, nil
}
