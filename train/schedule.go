package train

import (
	"math"

	"ayni.example/tensor"
	"ayni.example/train/recipe"
)

// rateAt is the learning rate of a step, counted from 0, of a run of steps: it climbs in a line, then falls by
// its shape. In float64 with one rounding an operation and the engine's own cosine, so equal everywhere.
func rateAt(s recipe.Schedule, step, steps int) float64 {
	if step < s.WarmUp {
		return float64(s.Rate * float64(float64(step+1)/float64(s.WarmUp)))
	}
	part := float64(float64(step-s.WarmUp) / float64(max(1, steps-s.WarmUp)))
	height := 1.0
	switch s.Shape {
	case "cosine":
		_, cos := tensor.SinCos(float64(math.Pi * part))
		height = float64(0.5 * float64(1+cos))
	case "linear":
		height = float64(1 - part)
	}
	return float64(s.Least + float64(float64(s.Rate-s.Least)*height))
}
