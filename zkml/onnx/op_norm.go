package onnx

import (
	"fmt"
	"math"
)

// normalisation reads scale, bias, mean and variance of a node and gives what each channel is multiplied by and shifted by.
func (c *call) normalisation(channels int) (factor, shift []float64, err error) {
	var parts [4][]float64
	for i := range parts {
		t, err := c.real(i + 1)
		if err != nil {
			return nil, nil, err
		}
		if len(t.Floats) != channels {
			return nil, nil, fmt.Errorf("input %d has %d elements for %d channels", i+1, len(t.Floats), channels)
		}
		parts[i] = t.Floats
	}
	factor, shift = Normalisation(parts[0], parts[1], parts[2], parts[3], c.Float("epsilon", 1e-5))
	return factor, shift, nil
}

// Normalisation is batch normalisation as a factor and a shift of each channel.
func Normalisation(scale, bias, mean, variance []float64, epsilon float64) (factor, shift []float64) {
	factor, shift = make([]float64, len(scale)), make([]float64, len(scale))
	for i := range scale {
		factor[i] = scale[i] / math.Sqrt(variance[i]+epsilon)
		shift[i] = bias[i] - float64(mean[i]*factor[i])
	}
	return factor, shift
}
