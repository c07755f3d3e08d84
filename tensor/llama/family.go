package llama

import "ayni.example/tensor/gguf"

// family is what sets one architecture apart from the others.
type family struct {
	name     string   // of the architecture, and the prefix of its metadata keys
	half     bool     // the pairs of RoPE lie half a head apart, instead of side by side
	biased   []string // matrices that must have a bias; all may have one
	headNorm bool     // queries and keys are normalised head by head, before RoPE
	factors  bool     // the file may divide the frequencies of RoPE
	unturned int      // every n-th layer has no positions; 0 is none
	heated   bool     // queries may grow with the position
}

// families are the architectures that this engine runs. SmolLM 1 and 2 and the early Mistral
// models are "llama" in GGUF files.
func families() []family {
	return []family{
		{name: "llama", factors: true},
		{name: "mistral3", factors: true, heated: true},
		{name: "smollm3", unturned: 4},
		{name: "qwen2", half: true, biased: []string{"attn_q", "attn_k", "attn_v"}},
		{name: "qwen3", half: true, headNorm: true},
	}
}

func readFamily(m gguf.Metadata) (family, error) {
	name, err := m.String("general.architecture")
	if err != nil {
		return family{}, err
	}
	for _, f := range families() {
		if f.name == name {
			return f, nil
		}
	}
	return family{}, &UnsupportedError{Feature: "the architecture " + name}
}

// turned tells whether a layer rotates queries and keys to their positions.
func (f *family) turned(layer int) bool { return f.unturned == 0 || (layer+1)%f.unturned != 0 }
