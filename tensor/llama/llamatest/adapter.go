package llamatest

import (
	"bytes"
	"fmt"

	"ayni.example/tensor/gguf"
)

// AdapterSpec is a LoRA adapter for the model of a Spec.
type AdapterSpec struct {
	Rank    int
	Alpha   float32
	Type    gguf.Type // F32, F16 or BF16
	Targets []string  // matrices of every layer, such as "attn_q"; none is all
	Output  bool      // also output.weight, which the model must have
	Zero    bool      // the second factors are zero, as before training
	Seed    uint64
}

// BuildAdapter writes an adapter as a GGUF file, as llama.cpp reads it.
func BuildAdapter(base Spec, a AdapterSpec) ([]byte, error) {
	s := base.filled()
	w := gguf.NewWriter()
	w.Set("general.type", "adapter")
	w.Set("general.architecture", s.Arch)
	w.Set("adapter.type", "lora")
	w.Set("adapter.lora.alpha", a.Alpha)
	b := builder{w: w, seed: a.Seed, t: a.Type}
	pair := func(name string, in, out int) {
		b.matrix(name+".weight.lora_a", in, a.Rank)
		if a.Zero {
			w.AddF32(name+".weight.lora_b", []uint64{uint64(a.Rank), uint64(out)}, make([]float32, a.Rank*out))
			return
		}
		b.matrix(name+".weight.lora_b", a.Rank, out)
	}
	targets := a.Targets
	if len(targets) == 0 {
		targets = []string{"attn_q", "attn_k", "attn_v", "attn_output", "ffn_gate", "ffn_up", "ffn_down"}
	}
	sizes := map[string][2]int{
		"attn_q": {s.Width, s.Heads * s.HeadSize}, "attn_k": {s.Width, s.KVHeads * s.HeadSize}, "attn_v": {s.Width, s.KVHeads * s.HeadSize},
		"attn_output": {s.Heads * s.HeadSize, s.Width}, "ffn_gate": {s.Width, s.Inner}, "ffn_up": {s.Width, s.Inner}, "ffn_down": {s.Inner, s.Width},
	}
	for i := range s.Layers {
		for _, name := range targets {
			pair(fmt.Sprintf("blk.%d.%s", i, name), sizes[name][0], sizes[name][1])
		}
	}
	if a.Output {
		pair("output", s.Width, s.Vocab)
	}
	if b.err != nil {
		return nil, b.err
	}
	var out bytes.Buffer
	_, err := w.WriteTo(&out)
	return out.Bytes(), err
}
