package tensor

import (
	"math"

	"ayni.example/tensor/internal/kernel"
)

// AdamW is one step of the optimiser of that name: Adam with weight decay beside the gradient.
type AdamW struct {
	Rate, Beta1, Beta2, Eps, Decay float64
	Step                           int     // from 1
	Scale                          float32 // multiplies the gradient first: 1/tokens, clipping
}

// Apply updates weights w and the moments m and v from the gradient g; every element stands alone.
func (a AdamW) Apply(w, g, m, v []float32) {
	n := len(w)
	f := a.Factors()
	rows().AdamW(w, g[:n], m[:n], v[:n], kernel.AdamW{
		Scale: a.Scale, Keep1: f.Beta1, Take1: f.Take1, Keep2: f.Beta2, Take2: f.Take2,
		Root: f.Root, Eps: f.Eps, Decay: f.Keep, Rate: f.Step,
	})
}

// Factors are what a step multiplies with, but for the scale; docs/spec/numerics-1.md names them.
type Factors struct {
	Beta1, Take1, Beta2, Take2, Eps, Keep, Step, Root float32
}

// Factors are computed in float64 and rounded once.
func (a AdamW) Factors() Factors {
	return Factors{
		Beta1: float32(a.Beta1), Take1: float32(1 - a.Beta1),
		Beta2: float32(a.Beta2), Take2: float32(1 - a.Beta2), Eps: float32(a.Eps),
		Keep: float32(1 - float64(a.Rate*a.Decay)),
		Step: float32(a.Rate / (1 - power(a.Beta1, a.Step))),
		Root: float32(1 / math.Sqrt(1-power(a.Beta2, a.Step))),
	}
}

// power is b^n by squaring, the least bit of n first, each product rounded.
func power(b float64, n int) float64 {
	p := 1.0
	for ; n > 0; n >>= 1 {
		if n&1 == 1 {
			p = float64(p * b)
		}
		b = float64(b * b)
	}
	return p
}
