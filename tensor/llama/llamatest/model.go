package llamatest

import (
	"bytes"
	"fmt"
	"maps"
	"slices"

	"ayni.example/tensor"
	"ayni.example/tensor/gguf"
)

// Spec is the shape of a model. Zero fields take the values of Default.
type Spec struct {
	Arch        string    // "llama", or another architecture of package llama
	Type        gguf.Type // of the matrices
	Layers      int
	Width       int
	Heads       int
	KVHeads     int
	HeadSize    int
	Inner       int
	Context     int
	Vocab       int  // rounded up to what the tokenizer needs
	Untied      bool // output.weight beside the embedding
	SPM         bool // tokenizer "llama" instead of "gpt2"
	RopeFactors bool
	Biases      bool           // of queries, keys and values
	Pre         string         // tokenizer.ggml.pre, "gpt-2"
	Template    string         // tokenizer.chat_template
	Keys        map[string]any // more metadata, whose names end with what follows the architecture's name: ".rope.freq_base"
	Seed        uint64
	Alike       bool // all rows of a matrix are equal, so that large models for benchmarks are built quickly
}

// Default is a model that runs in well under a millisecond a token.
func Default() Spec {
	return Spec{Layers: 2, Width: 64, Heads: 4, KVHeads: 2, HeadSize: 16, Inner: 96, Context: 128, Vocab: 300, Seed: 1}
}

func (s Spec) filled() Spec {
	d := Default()
	set := func(v *int, missing int) {
		if *v == 0 {
			*v = missing
		}
	}
	set(&s.Layers, d.Layers)
	set(&s.Width, d.Width)
	set(&s.Heads, d.Heads)
	set(&s.KVHeads, d.KVHeads)
	set(&s.HeadSize, d.HeadSize)
	set(&s.Inner, d.Inner)
	set(&s.Context, d.Context)
	set(&s.Vocab, d.Vocab)
	if s.Arch == "" {
		s.Arch = "llama"
	}
	if s.Pre == "" {
		s.Pre = "gpt-2"
	}
	return s
}

// Build writes the model as a GGUF file.
func Build(s Spec) ([]byte, error) {
	s = s.filled()
	w := gguf.NewWriter()
	w.Set("general.architecture", s.Arch)
	w.Set("general.name", "llamatest")
	number := func(key string, v int) { w.Set(s.Arch+"."+key, uint32(v)) }
	number("context_length", s.Context)
	number("embedding_length", s.Width)
	number("block_count", s.Layers)
	number("feed_forward_length", s.Inner)
	number("attention.head_count", s.Heads)
	number("attention.head_count_kv", s.KVHeads)
	number("attention.key_length", s.HeadSize)
	number("attention.value_length", s.HeadSize)
	number("rope.dimension_count", s.HeadSize)
	if _, given := s.Keys[".rope.freq_base"]; !given {
		w.Set(s.Arch+".rope.freq_base", float32(10000))
	}
	w.Set(s.Arch+".attention.layer_norm_rms_epsilon", float32(1e-5))
	for _, key := range slices.Sorted(maps.Keys(s.Keys)) {
		if key[0] == '.' {
			w.Set(s.Arch+key, s.Keys[key])
		} else {
			w.Set(key, s.Keys[key])
		}
	}
	if s.Template != "" {
		w.Set("tokenizer.chat_template", s.Template)
	}
	vocab := vocabulary(w, s)
	b := builder{w: w, seed: s.Seed, t: s.Type, alike: s.Alike}
	b.matrix("token_embd.weight", s.Width, vocab)
	b.vector("output_norm.weight", s.Width)
	if s.Untied {
		b.matrix("output.weight", s.Width, vocab)
	}
	if s.RopeFactors {
		b.vector("rope_freqs.weight", s.HeadSize/2)
	}
	for i := range s.Layers {
		p := fmt.Sprintf("blk.%d.", i)
		b.vector(p+"attn_norm.weight", s.Width)
		b.matrix(p+"attn_q.weight", s.Width, s.Heads*s.HeadSize)
		b.matrix(p+"attn_k.weight", s.Width, s.KVHeads*s.HeadSize)
		b.matrix(p+"attn_v.weight", s.Width, s.KVHeads*s.HeadSize)
		b.matrix(p+"attn_output.weight", s.Heads*s.HeadSize, s.Width)
		b.vector(p+"ffn_norm.weight", s.Width)
		b.matrix(p+"ffn_gate.weight", s.Width, s.Inner)
		b.matrix(p+"ffn_up.weight", s.Width, s.Inner)
		b.matrix(p+"ffn_down.weight", s.Inner, s.Width)
		if s.Biases || s.Arch == "qwen2" {
			b.bias(p+"attn_q.bias", s.Heads*s.HeadSize)
			b.bias(p+"attn_k.bias", s.KVHeads*s.HeadSize)
			b.bias(p+"attn_v.bias", s.KVHeads*s.HeadSize)
		}
		if s.Arch == "qwen3" {
			b.vector(p+"attn_q_norm.weight", s.HeadSize)
			b.vector(p+"attn_k_norm.weight", s.HeadSize)
		}
	}
	if b.err != nil {
		return nil, b.err
	}
	var out bytes.Buffer
	_, err := w.WriteTo(&out)
	return out.Bytes(), err
}

type builder struct {
	w     *gguf.Writer
	seed  uint64
	t     gguf.Type
	alike bool
	err   error
}

// next is SplitMix64 (Steele, Lea and Flood, 2014).
func (b *builder) next() uint64 {
	b.seed += 0x9e3779b97f4a7c15
	z := b.seed
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}

// draw is uniform in steps of 1/1000: no function of package math, so equal everywhere.
func (b *builder) draw(n int, middle, spread float32) []float32 {
	out := make([]float32, n)
	for i := range out {
		step := float32(int(b.next()%2001)-1000) / 1000
		out[i] = middle + float32(step*spread)
	}
	return out
}

func (b *builder) vector(name string, n int) {
	b.w.AddF32(name, []uint64{uint64(n)}, b.draw(n, 1, 0.25))
}

func (b *builder) bias(name string, n int) {
	b.w.AddF32(name, []uint64{uint64(n)}, b.draw(n, 0, 0.5))
}

func (b *builder) matrix(name string, cols, rows int) {
	dims := []uint64{uint64(cols), uint64(rows)}
	again := 1
	if b.alike {
		again, rows = rows, 1
	}
	x := b.draw(cols*rows, 0, 0.25)
	format, ok := tensor.ParseFormat(b.t.String())
	if !ok {
		b.fail(name, fmt.Errorf("no matrices of type %s", b.t))
		return
	}
	raw, err := tensor.AppendRows(format, nil, x)
	if err != nil {
		b.fail(name, err)
		return
	}
	b.w.Add(name, b.t, dims, bytes.Repeat(raw, again))
}

func (b *builder) fail(name string, err error) {
	if b.err == nil {
		b.err = fmt.Errorf("tensor %s: %w", name, err)
	}
}
