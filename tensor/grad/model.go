package grad

import (
	"fmt"

	"ayni.example/tensor"
)

// Model is a network with its parameters. It is not safe for concurrent use.
type Model struct {
	shape   Shape
	params  []*Param
	weights weights
	rotary  *tensor.Rotary
	lora    *adapters // nil without AddLoRA
}

// weights are views into one memory; matrices that read the same input are one view.
type weights struct {
	embedding, norm, output []float32 // output is the embedding when tied
	layers                  []layer
}

type layer struct {
	attnNorm, qkv, qkvBias, qNorm, kNorm, o []float32
	ffnNorm, gateUp, down                   []float32
}

// New makes a network with initial weights drawn from the seed: stream i of DomainInit fills the
// parameter with index i.
func New(shape Shape, seed uint64) (*Model, error) {
	if err := shape.Validate(); err != nil {
		return nil, err
	}
	m := &Model{shape: shape, rotary: tensor.NewRotary(shape.HeadSize, float64(shape.Base), 1, nil)}
	memory := make([]float32, shape.Elements())
	m.weights = shape.bind(memory)
	for i, d := range shape.specs() {
		n := d.rows * d.cols
		p := &Param{Name: d.name, Rows: d.rows, Cols: d.cols, Data: memory[:n:n], Vector: d.vector, Decay: d.decay}
		memory = memory[n:]
		switch {
		case d.std > 0:
			Normal(p.Data, seed, DomainInit, uint32(i), d.std)
		case d.mean > 0:
			for j := range p.Data {
				p.Data[j] = float32(d.mean)
			}
		}
		m.params = append(m.params, p)
	}
	return m, nil
}

// bind cuts a memory of Elements floats into the views of a network, in the order of specs.
func (s Shape) bind(memory []float32) weights {
	take := func(n int) []float32 {
		v := memory[:n:n]
		memory = memory[n:]
		return v
	}
	w := weights{embedding: take(s.Vocab * s.Width), layers: make([]layer, s.Layers)}
	for i := range w.layers {
		l := &w.layers[i]
		l.attnNorm = take(s.Width)
		l.qkv = take(s.qkvWidth() * s.Width)
		if s.Bias {
			l.qkvBias = take(s.qkvWidth())
		}
		if s.HeadNorm {
			l.qNorm, l.kNorm = take(s.HeadSize), take(s.HeadSize)
		}
		l.o = take(s.Width * s.qWidth())
		l.ffnNorm = take(s.Width)
		l.gateUp = take(2 * s.Inner * s.Width)
		l.down = take(s.Width * s.Inner)
	}
	w.norm = take(s.Width)
	w.output = w.embedding
	if s.Untied {
		w.output = take(s.Vocab * s.Width)
	}
	return w
}

// SetRotary replaces the rotary frequencies, for models whose positions are scaled or whose heads turn in part only.
func (m *Model) SetRotary(r *tensor.Rotary) error {
	if r.Pairs() > m.shape.HeadSize/2 {
		return fmt.Errorf("set rotary: %d pairs, a head of %d has at most %d", r.Pairs(), m.shape.HeadSize, m.shape.HeadSize/2)
	}
	m.rotary = r
	return nil
}

// Rotary is the frequencies of positions.
func (m *Model) Rotary() *tensor.Rotary { return m.rotary }

// Shape is the architecture.
func (m *Model) Shape() Shape { return m.shape }

// Params lists all parameters, adapters after the network's own. Data may be changed between steps.
func (m *Model) Params() []*Param { return m.params }

// Param finds a parameter by its name.
func (m *Model) Param(name string) (*Param, error) {
	for _, p := range m.params {
		if p.Name == name {
			return p, nil
		}
	}
	return nil, fmt.Errorf("model has no parameter %q", name)
}

// trainable lists the parameters that are not frozen.
func (m *Model) trainable() []*Param {
	var list []*Param
	for _, p := range m.params {
		if !p.Frozen {
			list = append(list, p)
		}
	}
	return list
}
