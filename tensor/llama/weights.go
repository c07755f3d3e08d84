package llama

import (
	"encoding/binary"
	"fmt"
	"math"

	"ayni.example/tensor"
	"ayni.example/tensor/gguf"
)

// weights reads what measure has accepted.
func (l *loader) weights(m *Model) error {
	m.embedding = l.matrix("token_embd.weight")
	m.norm = l.vector("output_norm.weight")
	m.output = linear{w: m.embedding} // tied, unless the file has its own
	if l.used["output.weight"] {
		m.output.w = l.matrix("output.weight")
	}
	factors := l.optional("rope_freqs.weight")
	if l.err != nil {
		return l.err
	}
	if m.rotary, l.err = m.shape.newRotary(factors); l.err != nil {
		return l.err
	}
	for i := range m.shape.layers {
		p := fmt.Sprintf("blk.%d.", i)
		m.layers = append(m.layers, layer{
			attnNorm: l.vector(p + "attn_norm.weight"),
			ffnNorm:  l.vector(p + "ffn_norm.weight"),
			qNorm:    l.optional(p + "attn_q_norm.weight"),
			kNorm:    l.optional(p + "attn_k_norm.weight"),
			q:        l.linear(p + "attn_q"),
			k:        l.linear(p + "attn_k"),
			v:        l.linear(p + "attn_v"),
			o:        l.linear(p + "attn_output"),
			gate:     l.linear(p + "ffn_gate"),
			up:       l.linear(p + "ffn_up"),
			down:     l.linear(p + "ffn_down"),
		})
	}
	return l.err
}

func (l *loader) linear(name string) linear {
	return linear{w: l.matrix(name + ".weight"), bias: l.optional(name + ".bias")}
}

// optional is vector for a tensor that the file may lack.
func (l *loader) optional(name string) []float32 {
	if !l.used[name] {
		return nil
	}
	return l.vector(name)
}

func (l *loader) matrix(name string) *tensor.Matrix {
	t, raw := l.data(name)
	if l.err != nil {
		return nil
	}
	var m *tensor.Matrix
	m, l.err = newMatrix(t, raw)
	return m
}

func newMatrix(t gguf.Tensor, raw []byte) (*tensor.Matrix, error) {
	f, _ := tensor.ParseFormat(t.Type.String())
	m, err := tensor.NewMatrix(f, int(t.Dims[1]), int(t.Dims[0]), raw)
	if err != nil {
		return nil, fmt.Errorf("tensor %q: %w", t.Name, err)
	}
	return m, nil
}

func (l *loader) vector(name string) []float32 {
	t, raw := l.data(name)
	if l.err != nil {
		return nil
	}
	v := make([]float32, t.Dims[0])
	for i := range v {
		v[i] = math.Float32frombits(binary.LittleEndian.Uint32(raw[4*i:]))
	}
	return v
}

func (l *loader) data(name string) (gguf.Tensor, []byte) {
	if l.err != nil {
		return gguf.Tensor{}, nil
	}
	t, _ := l.file.Tensor(name)
	var raw []byte
	raw, l.err = l.file.Data(t)
	return t, raw
}
