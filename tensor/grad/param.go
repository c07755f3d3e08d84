package grad

import (
	"fmt"
	"math"
)

// Param is one tensor of a model. Data is the live memory: [Rows][Cols] for a matrix that maps Cols
// inputs to Rows outputs; a vector has one row.
type Param struct {
	Name       string // as in GGUF files
	Rows, Cols int
	Data       []float32
	Vector     bool // a gain or a bias: one dimension in files
	Decay      bool // weight decay applies
	Frozen     bool // takes no gradient
}

// spec describes a parameter before it has memory.
type spec struct {
	name       string
	rows, cols int
	vector     bool
	decay      bool
	mean, std  float64 // of the initial values
}

// specs lists the parameters in their fixed order: it is the order of initialisation streams, of the
// global norm and of memory, where q, k, v and gate, up are neighbours and act as one matrix.
func (s Shape) specs() []spec {
	list := make([]spec, 0, 3+14*s.Layers)
	gain := func(name string, n int) {
		list = append(list, spec{name: name + ".weight", rows: 1, cols: n, vector: true, mean: 1})
	}
	bias := func(name string, n int) {
		list = append(list, spec{name: name + ".bias", rows: 1, cols: n, vector: true})
	}
	matrix := func(name string, rows, cols int, std float64) {
		list = append(list, spec{name: name + ".weight", rows: rows, cols: cols, decay: true, std: std})
	}
	fan := func(n int) float64 { return initGain / math.Sqrt(float64(n)) }
	depth := math.Sqrt(float64(2 * s.Layers)) // each layer adds to the residual stream twice

	list = append(list, spec{name: "token_embd.weight", rows: s.Vocab, cols: s.Width, std: embeddingStd})
	for i := range s.Layers {
		p := fmt.Sprintf("blk.%d.", i)
		gain(p+"attn_norm", s.Width)
		matrix(p+"attn_q", s.qWidth(), s.Width, fan(s.Width))
		matrix(p+"attn_k", s.kvWidth(), s.Width, fan(s.Width))
		matrix(p+"attn_v", s.kvWidth(), s.Width, fan(s.Width))
		if s.Bias {
			bias(p+"attn_q", s.qWidth())
			bias(p+"attn_k", s.kvWidth())
			bias(p+"attn_v", s.kvWidth())
		}
		if s.HeadNorm {
			gain(p+"attn_q_norm", s.HeadSize)
			gain(p+"attn_k_norm", s.HeadSize)
		}
		matrix(p+"attn_output", s.Width, s.qWidth(), fan(s.qWidth())/depth)
		gain(p+"ffn_norm", s.Width)
		matrix(p+"ffn_gate", s.Inner, s.Width, fan(s.Width))
		matrix(p+"ffn_up", s.Inner, s.Width, fan(s.Width))
		matrix(p+"ffn_down", s.Width, s.Inner, fan(s.Inner)/depth)
	}
	gain("output_norm", s.Width)
	if s.Untied {
		matrix("output", s.Vocab, s.Width, fan(s.Width))
	}
	return list
}

const (
	initGain     = 0.8  // standard deviation of a matrix times the root of its inputs
	embeddingStd = 0.03 // small, because the tied output multiplies by the same values
)
