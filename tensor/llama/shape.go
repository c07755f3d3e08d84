package llama

import (
	"fmt"

	"ayni.example/tensor"
	"ayni.example/tensor/gguf"
)

// Bounds on what a file may ask for; far above any real model.
const (
	maxLayers  = 1024
	maxWidth   = 1 << 20
	maxContext = tensor.MaxAngle // a position times the largest frequency, which is 1
	maxVocab   = 1 << 24
)

// shape is the set of sizes that every tensor is checked against.
type shape struct {
	family                               family
	context, width, layers, inner, vocab int
	heads, kvHeads, headSize             int
	rotary                               int
	window                               int // positions that a token sees, its own included; 0 is all
	eps                                  float32
	rope                                 rope
	heat                                 heat
}

func readShape(m gguf.Metadata, f family, vocab int) (shape, error) {
	s := shape{family: f, vocab: vocab}
	k := keys{m: m, prefix: f.name + "."}
	k.size(&s.context, "context_length", 0, maxContext)
	k.size(&s.width, "embedding_length", 0, maxWidth)
	k.size(&s.layers, "block_count", 0, maxLayers)
	k.size(&s.inner, "feed_forward_length", 0, maxWidth)
	k.size(&s.heads, "attention.head_count", 0, maxWidth)
	if k.err != nil {
		return s, k.err
	}
	k.size(&s.kvHeads, "attention.head_count_kv", s.heads, maxWidth)
	k.size(&s.headSize, "attention.key_length", max(1, s.width/s.heads), maxWidth)
	values := 0
	k.size(&values, "attention.value_length", s.headSize, maxWidth)
	k.size(&s.rotary, "rope.dimension_count", s.headSize, maxWidth)
	if k.err != nil {
		return s, k.err
	}
	switch {
	case s.heads%s.kvHeads != 0:
		return s, fmt.Errorf("%d heads cannot share %d key-value heads", s.heads, s.kvHeads)
	case s.heads*s.headSize > maxWidth:
		return s, fmt.Errorf("%d heads of %d are too wide", s.heads, s.headSize)
	case values != s.headSize:
		return s, &UnsupportedError{Feature: "value heads that differ in size from key heads"}
	case s.rotary > s.headSize || s.rotary%2 != 0:
		return s, fmt.Errorf("rope.dimension_count is %d, heads have %d", s.rotary, s.headSize)
	case vocab > maxVocab:
		return s, fmt.Errorf("vocabulary of %d tokens", vocab)
	}
	s.readRest(&k)
	return s, k.err
}

// readRest reads what is not a size of a tensor.
func (s *shape) readRest(k *keys) {
	s.eps = k.float("attention.layer_norm_rms_epsilon", 0)
	if k.err == nil && !(s.eps > 0 && s.eps < 1) {
		k.err = fmt.Errorf("%sattention.layer_norm_rms_epsilon is missing or %v, out of range", k.prefix, s.eps)
	}
	s.window = k.number("attention.sliding_window", 0)
	if s.window >= s.context {
		s.window = 0
	}
	for _, unknown := range []struct{ key, feature string }{
		{"expert_count", "experts"},
		{"attention.sliding_window_pattern", "sliding windows in some layers only"},
	} {
		if _, ok := k.m[k.prefix+unknown.key]; ok && k.err == nil {
			if n, err := k.m.Uint(k.prefix + unknown.key); err != nil || n != 0 {
				k.err = &UnsupportedError{Feature: unknown.feature}
			}
		}
	}
	s.rope = k.rope(s.context)
	s.heat = k.heat(s.family, s.rope.original)
}

func (s *shape) qWidth() int  { return s.heads * s.headSize }
func (s *shape) kvWidth() int { return s.kvHeads * s.headSize }

// keys reads the metadata of one architecture and keeps the first error.
type keys struct {
	m      gguf.Metadata
	prefix string
	err    error
}

// size reads a number from 1 to a limit; missing is what an absent key means, 0 that it may not be absent.
func (k *keys) size(dst *int, name string, missing, limit int) {
	if k.err != nil {
		return
	}
	key := k.prefix + name
	v, err := k.m.UintOr(key, uint64(missing))
	if _, ok := k.m[key]; !ok && missing == 0 {
		_, err = k.m.Uint(key)
	}
	if err == nil && (v == 0 || v > uint64(limit)) {
		err = fmt.Errorf("%s is %d, want 1 to %d", key, v, limit)
	}
	*dst, k.err = int(v), err
}

// number reads an optional number.
func (k *keys) number(name string, missing int) int {
	if k.err != nil {
		return missing
	}
	v, err := k.m.UintOr(k.prefix+name, uint64(missing))
	if k.err = err; v > maxContext {
		v = maxContext
	}
	return int(v)
}

// float reads an optional float.
func (k *keys) float(name string, missing float32) float32 {
	if k.err != nil {
		return missing
	}
	v, err := k.m.FloatOr(k.prefix+name, missing)
	k.err = err
	return v
}
