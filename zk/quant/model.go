package quant

import (
	"fmt"
	"math"

	"ayni.example/zk/circuit"
)

// Encoding turns a row into integers: round((x-Zero)/Scale), clamped. One Scale and Zero serve all elements, or each has its own.
type Encoding struct {
	Scale []float64 `json:"scale"`
	Zero  []float64 `json:"zero"`
	Low   int32     `json:"low"`
	High  int32     `json:"high"`
}

// Decoding turns the answer's integers into reals: element i is At[i], a tensor of Tensors and an index in it, times its Scale.
type Decoding struct {
	Tensors []int     `json:"tensors"`
	Scale   []float64 `json:"scale"`
	At      [][2]int  `json:"at"`
	Post    string    `json:"post,omitempty"` // what is done to the reals outside of the proof: Softmax, Sigmoid, Logistic
}

// Encode gives the integers of a row, and how many elements lay outside of what calibration saw and were clamped.
func (e *Encoding) Encode(row []float64) (out []int32, clamped int, err error) {
	if len(e.Scale) == 0 || len(row)%len(e.Scale) != 0 {
		return nil, 0, fmt.Errorf("an input of %d numbers, the model takes %d", len(row), len(e.Scale))
	}
	out = make([]int32, len(row))
	for i, x := range row {
		k := i % len(e.Scale)
		q := math.Round((x - e.Zero[k]) / e.Scale[k])
		switch {
		case math.IsNaN(q):
			return nil, 0, fmt.Errorf("element %d of the input is no number", i)
		case q < float64(e.Low):
			q = float64(e.Low)
			clamped++
		case q > float64(e.High):
			q = float64(e.High)
			clamped++
		}
		out[i] = int32(q)
	}
	return out, clamped, nil
}

// Decode gives the reals of an answer, one slice of integers for each output tensor of the circuit.
func (d *Decoding) Decode(outputs [][]int32) []float64 {
	out := make([]float64, len(d.At))
	for i, at := range d.At {
		out[i] = float64(float64(outputs[at[0]][at[1]]) * d.Scale[at[0]])
	}
	return d.finish(out)
}

// finish does what the float model does behind its logits.
func (d *Decoding) finish(x []float64) []float64 {
	switch d.Post {
	case "Softmax":
		top, sum := math.Inf(-1), 0.0
		for _, v := range x {
			top = max(top, v)
		}
		for i := range x {
			x[i] = math.Exp(x[i] - top)
			sum += x[i]
		}
		for i := range x {
			x[i] /= sum
		}
	case "Sigmoid", "Logistic":
		for i := range x {
			x[i] = 1 / (1 + math.Exp(-x[i]))
		}
	}
	if d.Post == "Logistic" {
		return []float64{1 - x[0], x[0]}
	}
	return x
}

// Infer runs the circuit on a row: the reals, and the integers that a proof would show.
func (m *Model) Infer(row []float64) (reals []float64, input, output [][]int32, err error) {
	encoded, _, err := m.Input.Encode(row)
	if err != nil {
		return nil, nil, nil, err
	}
	plan, err := m.plan()
	if err != nil {
		return nil, nil, nil, err
	}
	input = [][]int32{encoded}
	run, err := plan.EvaluateChecked(m.Weights, input)
	if err != nil {
		return nil, nil, nil, fmt.Errorf("evaluate: %w", err)
	}
	return m.Output.Decode(run.Outputs), input, run.Outputs, nil
}

// plan lays the circuit out and checks the weights, once.
func (m *Model) plan() (*circuit.Plan, error) {
	if m.layout == nil {
		p, err := m.Circuit.Plan()
		if err == nil {
			err = m.Circuit.Check(m.Weights)
		}
		if err != nil {
			return nil, err
		}
		m.layout = p
	}
	return m.layout, nil
}
