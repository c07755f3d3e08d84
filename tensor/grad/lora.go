package grad

import (
	"fmt"
	"math"
	"slices"

	"ayni.example/tensor"
)

// LoRA describes adapters: y = W*x + (Alpha/Rank) * (B*(A*x)) for the target matrices, whose own
// weights are frozen (Hu and others, 2021).
type LoRA struct {
	Rank    int
	Alpha   float32
	Targets []string // of Targets(); nil means all
	Seed    uint64   // draws A; B starts at zero
}

// Targets are the matrices of a layer that can have an adapter.
func Targets() []string {
	return []string{"attn_q", "attn_k", "attn_v", "attn_output", "ffn_gate", "ffn_up", "ffn_down"}
}

// adapters of all layers.
type adapters struct {
	rank   int
	scale  float32
	layers [][]adapter // by layer, in the order of Targets; an adapter without memory is absent
}

// adapter is one pair of matrices: a is [rank][in], b is [out][rank].
type adapter struct{ a, b []float32 }

// AddLoRA freezes the network and adds trainable adapters, named after their matrix with ".lora_a" and
// ".lora_b" appended, as in GGUF adapters.
func (m *Model) AddLoRA(l LoRA) error {
	switch {
	case m.lora != nil:
		return fmt.Errorf("add adapters: the model has some already; merge them first")
	case l.Rank < 1 || l.Rank > 1<<12:
		return fmt.Errorf("add adapters: rank %d is out of range (1 to 4096)", l.Rank)
	case !(l.Alpha > 0 && l.Alpha < 1e6):
		return fmt.Errorf("add adapters: alpha %v is out of range (above 0, below 1e6)", l.Alpha)
	}
	targets := l.Targets
	if targets == nil {
		targets = Targets()
	}
	if len(targets) == 0 {
		return fmt.Errorf("add adapters: no target; choose from %v", Targets())
	}
	for _, t := range targets {
		if !slices.Contains(Targets(), t) {
			return fmt.Errorf("add adapters: %q is no target; choose from %v", t, Targets())
		}
	}
	m.lora = &adapters{rank: l.Rank, scale: l.Alpha / float32(l.Rank)}
	for _, p := range m.params {
		p.Frozen = true
	}
	stream := uint32(0)
	for i := range m.shape.Layers {
		list := make([]adapter, len(Targets()))
		for j, t := range Targets() {
			if !slices.Contains(targets, t) {
				continue
			}
			name := fmt.Sprintf("blk.%d.%s.weight", i, t)
			w, err := m.Param(name)
			if err != nil {
				return fmt.Errorf("add adapters: %w", err)
			}
			a := &Param{Name: name + ".lora_a", Rows: l.Rank, Cols: w.Cols, Data: make([]float32, l.Rank*w.Cols), Decay: true}
			b := &Param{Name: name + ".lora_b", Rows: w.Rows, Cols: l.Rank, Data: make([]float32, w.Rows*l.Rank), Decay: true}
			Normal(a.Data, l.Seed, DomainLoRA, stream, 1/math.Sqrt(float64(w.Cols)))
			stream++
			list[j] = adapter{a: a.Data, b: b.Data}
			m.params = append(m.params, a, b)
		}
		m.lora.layers = append(m.lora.layers, list)
	}
	return nil
}

// Merge adds the adapters to their matrices, W = W + (Alpha/Rank)*(B*A), and removes them; the network's own
// weights are trainable again. A merged model is close to the adapted one, not equal to the bit.
func (m *Model) Merge() error {
	if m.lora == nil {
		return fmt.Errorf("merge adapters: the model has none")
	}
	pool := tensor.NewPool(1)
	for i, list := range m.lora.layers {
		for j, ad := range list {
			if ad.a == nil {
				continue
			}
			p, err := m.Param(fmt.Sprintf("blk.%d.%s.weight", i, Targets()[j]))
			if err != nil {
				return fmt.Errorf("merge adapters: %w", err)
			}
			sum := make([]float32, len(p.Data))
			tensor.Gemm(pool, tensor.RowMajor(sum, p.Rows, p.Cols), tensor.RowMajor(ad.b, p.Rows, m.lora.rank),
				tensor.RowMajor(ad.a, m.lora.rank, p.Cols), false)
			tensor.Axpy(p.Data, sum, m.lora.scale)
		}
	}
	m.lora = nil
	m.params = slices.DeleteFunc(m.params, func(p *Param) bool { return !p.Frozen })
	for _, p := range m.params {
		p.Frozen = false
	}
	return nil
}
