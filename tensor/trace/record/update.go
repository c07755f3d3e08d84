package record

import (
	"math"

	"ayni.example/tensor"
	"ayni.example/tensor/trace"
)

// update runs the operations of clipping and AdamW.
func (s *step) update(o *trace.Operation, out []float32) {
	switch o.Kind {
	case trace.Squares:
		g, width := s.data(o.Inputs[0]), o.Inputs[0].Cols
		s.rows(o.Output, width, func(r int) {
			x := row(g, r, width)
			out[r] = tensor.Dot(x, x)
		})
	case trace.Scale:
		sum := 0.0
		for _, t := range o.Inputs {
			for _, v := range s.data(t) {
				sum += float64(v)
			}
		}
		tokens := float64(s.shape.Tokens())
		norm := math.Sqrt(sum) / tokens
		out[0] = float32(min(1, math.Float64frombits(s.shape.Clip)/norm) / tokens)
	default:
		s.adam(o, out)
	}
}

// adam makes new weights or moments.
func (s *step) adam(o *trace.Operation, out []float32) {
	n := len(o.Inputs) - 2 // the last two are scale and factors
	in := make([][]float32, n)
	for i, t := range o.Inputs[:n] {
		in[i] = s.data(t)
	}
	scale, g := s.data(o.Inputs[n])[0], in[n-1]
	f := s.factors()
	s.pool.Run((len(out)+block-1)/block, 8*block, func(b int) {
		lo, hi := b*block, min((b+1)*block, len(out))
		switch o.Kind {
		case trace.Moment1:
			for i := lo; i < hi; i++ {
				out[i] = f.first(in[0][i], float32(g[i]*scale))
			}
		case trace.Moment2:
			for i := lo; i < hi; i++ {
				out[i] = f.second(in[0][i], float32(g[i]*scale))
			}
		default:
			keep := f[trace.FactorKeepAll]
			if o.Kind == trace.WeightDecay {
				keep = f[trace.FactorKeep]
			}
			for i := lo; i < hi; i++ {
				d := float32(g[i] * scale)
				m, v := f.first(in[1][i], d), f.second(in[2][i], d)
				length := float32(float32(math.Sqrt(float64(v)))*f[trace.FactorRoot]) + f[trace.FactorEps]
				out[i] = float32(in[0][i]*keep) - float32(m/length*f[trace.FactorStep])
			}
		}
	})
}

// factors are those of a step.
type factors [trace.FactorCount]float32

func (s *step) factors() *factors {
	var f factors
	for i, v := range s.in.factors {
		f[i] = math.Float32frombits(v)
	}
	return &f
}

func (f *factors) first(m, d float32) float32 {
	return float32(m*f[trace.FactorBeta1]) + float32(d*f[trace.FactorTake1])
}

func (f *factors) second(v, d float32) float32 {
	return float32(v*f[trace.FactorBeta2]) + float32(float32(d*d)*f[trace.FactorTake2])
}
