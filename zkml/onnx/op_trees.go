package onnx

import (
	"fmt"
	"math"
)

// rows checks the input of an ensemble and gives it as rows.
func (c *call) rows(f *Forest) ([][]float64, error) {
	x, err := c.arg(0)
	if err != nil {
		return nil, err
	}
	width := 0
	if len(x.Shape) == 1 {
		width = x.Shape[0]
	} else if len(x.Shape) == 2 {
		width = x.Shape[1]
	}
	if width < max(f.Features(), 1) {
		return nil, fmt.Errorf("input of shape %v, the trees read %d features", x.Shape, f.Features())
	}
	data := x.Floats
	if !x.Type.Real() {
		data = make([]float64, len(x.Ints))
		for i, v := range x.Ints {
			data[i] = float64(v)
		}
	}
	out := make([][]float64, len(data)/width)
	for i := range out {
		out[i] = data[i*width : (i+1)*width]
	}
	return out, nil
}

// scores runs the forest over the rows of the input.
func (c *call) scores() (*Forest, *Tensor, error) {
	f := c.forest
	rows, err := c.rows(f)
	if err != nil {
		return nil, nil, err
	}
	out, err := c.make(Float, 16*len(f.Trees), len(rows), len(f.Base))
	if err != nil {
		return nil, nil, err
	}
	for i, row := range rows {
		copy(out.Floats[i*len(f.Base):], f.Sums(row))
	}
	return f, out, nil
}

func opTreeRegressor(c *call) ([]*Tensor, error) {
	f, out, err := c.scores()
	if err != nil {
		return nil, err
	}
	if f.Post != "NONE" {
		return nil, unsupported("post_transform " + f.Post + " of a regression")
	}
	return []*Tensor{out}, nil
}

// opTreeClassifier gives labels and scores.
func opTreeClassifier(c *call) ([]*Tensor, error) {
	f, sums, err := c.scores()
	if err != nil {
		return nil, err
	}
	if f.Labels == nil {
		return nil, unsupported("text labels (classlabels_strings)")
	}
	labels := NewTensor(Int64, sums.Shape[0])
	scores := NewTensor(Float, sums.Shape[0], len(f.Labels))
	for i := range labels.Ints {
		row := sums.Floats[i*len(f.Base) : (i+1)*len(f.Base)]
		out := scores.Floats[i*len(f.Labels) : (i+1)*len(f.Labels)]
		if err := f.finish(out, row); err != nil {
			return nil, err
		}
		labels.Ints[i] = f.Labels[Argmax(out)]
	}
	return []*Tensor{labels, scores}, nil
}

// finish turns one row's sums into scores of classes.
func (f *Forest) finish(out, sums []float64) error {
	switch f.Post {
	case "NONE", "LOGISTIC":
		for k, v := range sums {
			if f.Post == "LOGISTIC" {
				v = sigmoid(v)
			}
			out[k] = v
		}
		if f.Binary {
			out[0], out[1] = 1-out[0], out[0]
		}
		return nil
	case "SOFTMAX":
		if f.Binary {
			sums = []float64{-sums[0], sums[0]}
		}
		softmax(out, sums, 0, 1, len(sums))
		return nil
	}
	return unsupported("post_transform " + f.Post)
}

// Argmax is the first index of the greatest value.
func Argmax(values []float64) int {
	best, top := 0, math.Inf(-1)
	for i, v := range values {
		if v > top {
			best, top = i, v
		}
	}
	return best
}
