package quant

import (
	"fmt"
	"maps"
	"math"
	"slices"

	"ayni.example/zkml/onnx"
)

// calibration is what the float model did on the calibration rows.
type calibration struct {
	low, high map[string]float64
	top       map[string][]float64 // the greatest of each channel, that is of dimension 1
	shapes    map[string][]int
	constants map[string]*onnx.Tensor
	inputLow  []float64 // of each element of the input
	inputHigh []float64
	integral  []bool // the element was an integer in all rows
}

// maxElements bounds the values of a network.
const maxElements = 1 << 22

// calibrate runs every row and notes the range of every value.
func calibrate(g *onnx.Graph, rows [][]float64, bound int) (*calibration, error) {
	e, err := onnx.New(g)
	if err != nil {
		return nil, err
	}
	if bound > 0 {
		e.Bound(bound)
	}
	cal := &calibration{low: map[string]float64{}, high: map[string]float64{}, top: map[string][]float64{}, shapes: map[string][]int{}}
	names := cal.findConstants(g)
	for i, row := range rows {
		x, err := Tensor(g, row)
		if err != nil {
			return nil, fmt.Errorf("calibration row %d: %w", i, err)
		}
		out, err := e.Run(map[string]*onnx.Tensor{g.Inputs[0].Name: x}, names...)
		if err != nil {
			return nil, fmt.Errorf("calibration row %d: %w", i, err)
		}
		for name, t := range out {
			if t.Len() > maxElements {
				return nil, unsupported("value %q of %d elements, more than %d", name, t.Len(), maxElements)
			}
			if slices.ContainsFunc(t.Floats, func(v float64) bool { return math.IsNaN(v) || math.IsInf(v, 0) }) {
				return nil, fmt.Errorf("calibration row %d: value %q is no finite number: the model or the row is broken", i, name)
			}
		}
		cal.note(row, out)
	}
	return cal, nil
}

// findConstants marks what does not depend on the input and gives the names of all values.
func (c *calibration) findConstants(g *onnx.Graph) []string {
	c.constants = map[string]*onnx.Tensor{}
	maps.Copy(c.constants, g.Initializers)
	names := []string{g.Inputs[0].Name}
	for _, n := range g.Nodes {
		fixed := n.Op == "Shape" || !slices.ContainsFunc(n.Inputs, func(name string) bool {
			_, known := c.constants[name]
			return name != "" && !known
		})
		for _, name := range n.Outputs {
			if name == "" {
				continue
			}
			names = append(names, name)
			if fixed {
				c.constants[name] = nil // its value comes with the first row
			}
		}
	}
	return names
}

func (c *calibration) note(row []float64, values map[string]*onnx.Tensor) {
	for name, t := range values {
		if v, fixed := c.constants[name]; fixed {
			if v == nil {
				c.constants[name] = t
			}
			continue
		}
		if _, known := c.shapes[name]; !known {
			c.shapes[name] = t.Shape
			if len(t.Floats) > 0 {
				c.low[name], c.high[name] = t.Floats[0], t.Floats[0]
			}
		}
		if len(t.Shape) > 1 && c.top[name] == nil {
			c.top[name] = make([]float64, t.Shape[1])
		}
		for i, v := range t.Floats {
			if top := c.top[name]; top != nil {
				k := i / (len(t.Floats) / len(top))
				top[k] = max(top[k], v)
			}
			c.low[name], c.high[name] = min(c.low[name], v), max(c.high[name], v)
		}
	}
	if c.inputLow == nil {
		c.inputLow, c.inputHigh = slices.Clone(row), slices.Clone(row)
		c.integral = make([]bool, len(row))
		for i := range row {
			c.integral[i] = true
		}
	}
	for i, v := range row {
		c.inputLow[i], c.inputHigh[i] = min(c.inputLow[i], v), max(c.inputHigh[i], v)
		c.integral[i] = c.integral[i] && v == float64(int64(v))
	}
}

// Tensor is a row as the model's only input, a batch of one.
func Tensor(g *onnx.Graph, row []float64) (*onnx.Tensor, error) {
	if len(g.Inputs) != 1 {
		return nil, fmt.Errorf("the model has %d inputs: %w, one is needed", len(g.Inputs), onnx.ErrUnsupported)
	}
	in := g.Inputs[0]
	shape := slices.Clone(in.Shape)
	for i := range shape {
		if i == 0 && shape[i] < 0 {
			shape[i] = 1
		}
	}
	if len(shape) < 2 || shape[0] != 1 || slices.Min(shape) < 1 {
		return nil, fmt.Errorf("input %q has shape %v: %w, a batch of one and fixed other dimensions are needed", in.Name, in.Shape, onnx.ErrUnsupported)
	}
	if onnx.Elements(shape) != len(row) {
		return nil, fmt.Errorf("a row of %d numbers for an input of shape %v", len(row), shape)
	}
	return onnx.FloatTensor(row, shape...), nil
}
