package record

import (
	"fmt"
	"math"

	"ayni.example/tensor"
	"ayni.example/tensor/trace"
)

// expWork is about how many plain operations an exponential costs.
const expWork = 8

// run makes the output of an operation with the kernels.
func (s *step) run(o *trace.Operation, out []float32) error {
	switch o.Kind {
	case trace.Gather:
		s.gather(o, out)
	case trace.RMS, trace.Norm, trace.NormBackRow, trace.NormBack, trace.NormGain:
		s.norm(o, out)
	case trace.ProductNT, trace.ProductNN, trace.ProductTN:
		s.product(o, out)
	case trace.Rotate, trace.RotateBack:
		s.rotate(o, out)
	case trace.Scores, trace.Mix, trace.HeadProbs, trace.SoftBackRow, trace.SoftBack, trace.HeadQueries, trace.HeadKeys:
		s.attention(o, out)
	case trace.RowMax, trace.RowSum, trace.Softmax, trace.Loss:
		s.softmax(o, out)
	case trace.Add, trace.SwiGLU, trace.GateBack, trace.UpBack:
		s.elements(o, out)
	case trace.Scatter:
		s.scatter(o, out)
	case trace.Squares, trace.Scale, trace.Weight, trace.WeightDecay, trace.Moment1, trace.Moment2:
		s.update(o, out)
	default:
		return fmt.Errorf("there is no kernel for the kind %s", o.Kind)
	}
	return nil
}

func row(x []float32, i, width int) []float32 { return x[i*width : (i+1)*width] }

// token is that of a row, or the one after it.
func (s *step) token(r, next int) int {
	window, position := r/s.shape.Length, r%s.shape.Length
	return int(s.in.tokens[window*(s.shape.Length+1)+position+next])
}

func (s *step) gather(o *trace.Operation, out []float32) {
	embedding, width := s.data(o.Inputs[1]), o.Output.Cols
	for r := range o.Output.Rows {
		copy(row(out, r, width), row(embedding, s.token(r, 0), width))
	}
}

func (s *step) scatter(o *trace.Operation, out []float32) {
	dx, width := s.data(o.Inputs[1]), o.Output.Cols
	for r := range o.Inputs[1].Rows {
		tensor.Add(row(out, s.token(r, 0), width), row(dx, r, width))
	}
}

func view(t trace.Tensor, data []float32) tensor.View { return tensor.RowMajor(data, t.Rows, t.Cols) }

func (s *step) product(o *trace.Operation, out []float32) {
	for i := 0; i < len(o.Inputs); i += 2 {
		a, b := view(o.Inputs[i], s.data(o.Inputs[i])), view(o.Inputs[i+1], s.data(o.Inputs[i+1]))
		if o.Kind == trace.ProductTN {
			a = a.T()
		}
		if o.Kind == trace.ProductNT {
			b = b.T()
		}
		tensor.Gemm(s.pool, view(o.Output, out), a, b, i > 0)
	}
}

func (s *step) rotate(o *trace.Operation, out []float32) {
	copy(out, s.data(o.Inputs[0]))
	pairs := s.shape.HeadSize / 2
	sines := s.plan.sin
	if o.Kind == trace.RotateBack {
		sines = make([]float32, len(sines))
		for i, v := range s.plan.sin {
			sines[i] = -v
		}
	}
	s.rows(o.Output, o.Output.Cols, func(r int) {
		position, x := r%s.shape.Length, row(out, r, o.Output.Cols)
		for ; len(x) > 0; x = x[s.shape.HeadSize:] {
			tensor.Rotate(x[:s.shape.HeadSize], row(sines, position, pairs), row(s.plan.cos, position, pairs))
		}
	})
}

// softmax makes its parts: the largest of a row, the reciprocal of the sum, and the row.
func (s *step) softmax(o *trace.Operation, out []float32) {
	in := o.Inputs[0]
	x := s.data(in)
	s.rows(o.Output, in.Cols*expWork, func(r int) {
		seen := in.Cols
		if o.Causal {
			seen = r%s.shape.Length + 1
		}
		from := row(x, r, in.Cols)[:seen]
		switch o.Kind {
		case trace.RowMax:
			out[r] = tensor.Max(from)
		case trace.RowSum:
			e := make([]float32, seen)
			tensor.ExpTo(e, from, s.data(o.Inputs[1])[r])
			out[r] = 1 / tensor.Sum(e)
		default:
			to := row(out, r, in.Cols)
			tensor.ExpTo(to[:seen], from, s.data(o.Inputs[1])[r])
			tensor.Scale(to[:seen], s.data(o.Inputs[2])[r])
			if o.Kind == trace.Loss {
				to[s.token(r, 1)]--
			}
		}
	})
}

func (s *step) elements(o *trace.Operation, out []float32) {
	width := o.Output.Cols
	in := make([][]float32, len(o.Inputs))
	for i, t := range o.Inputs {
		in[i] = s.data(t)
	}
	s.rows(o.Output, width*expWork, func(r int) {
		to := row(out, r, width)
		switch o.Kind {
		case trace.Add:
			copy(to, row(in[0], r, width))
			tensor.Add(to, row(in[1], r, width))
		case trace.SwiGLU:
			tensor.SwiGLUTo(to, row(in[0], r, width), row(in[1], r, width))
		case trace.GateBack:
			tensor.SwiGLUBackward(to, make([]float32, width), row(in[1], r, width), row(in[2], r, width), row(in[0], r, width))
		default: // the gradient of up does not depend on up
			gate := row(in[1], r, width)
			tensor.SwiGLUBackward(make([]float32, width), to, gate, gate, row(in[0], r, width))
		}
	})
}

func (s *step) norm(o *trace.Operation, out []float32) {
	if o.Kind == trace.NormGain {
		dy, x, inv := s.data(o.Inputs[0]), s.data(o.Inputs[1]), s.data(o.Inputs[2])
		width := o.Output.Cols
		for r := range o.Inputs[0].Rows {
			for j, v := range row(x, r, width) {
				out[j] += float32(dy[r*width+j] * float32(v*inv[r]))
			}
		}
		return
	}
	eps := math.Float32frombits(s.shape.Eps)
	width := o.Inputs[0].Cols
	in := make([][]float32, len(o.Inputs))
	for i, t := range o.Inputs {
		in[i] = s.data(t)
	}
	s.rows(o.Output, 4*width, func(r int) {
		switch x := row(in[0], r, width); o.Kind {
		case trace.RMS:
			out[r] = tensor.InvSqrt(tensor.Dot(x, x)/float32(width) + eps)
		case trace.Norm:
			tensor.RMSNorm(row(out, r, width), x, in[2], eps)
		case trace.NormBackRow:
			weighted := make([]float32, width)
			for j, v := range x {
				weighted[j] = float32(v * in[1][j])
			}
			c, inv := tensor.Dot(weighted, row(in[2], r, width)), in[3][r]
			out[r] = float32(c*float32(inv*inv)) / float32(width)
		default: // NormBack
			to := row(out, r, width)
			if len(in) == 6 {
				copy(to, row(in[5], r, width))
			}
			tensor.RMSNormBackward(to, nil, row(in[2], r, width), in[1], x, eps)
		}
	})
}
