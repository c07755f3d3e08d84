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
	context, width, layers, inner, vocab int
	heads, kvHeads, headSize             int
	rotary                               int
	eps, ropeBase, ropeScale             float32
}

func readShape(m gguf.Metadata, vocab int) (shape, error) {
	s := shape{vocab: vocab}
	number := func(key string, missing, limit uint64) (int, error) {
		var v uint64
		var err error
		if key = "llama." + key; missing == 0 {
			v, err = m.Uint(key)
		} else {
			v, err = m.UintOr(key, missing)
		}
		if err == nil && (v == 0 || v > limit) {
			err = fmt.Errorf("%s is %d, want 1 to %d", key, v, limit)
		}
		return int(v), err
	}
	var err error
	read := func(dst *int, key string, missing, limit uint64) {
		if err == nil {
			*dst, err = number(key, missing, limit)
		}
	}
	read(&s.context, "context_length", 0, maxContext)
	read(&s.width, "embedding_length", 0, maxWidth)
	read(&s.layers, "block_count", 0, maxLayers)
	read(&s.inner, "feed_forward_length", 0, maxWidth)
	read(&s.heads, "attention.head_count", 0, maxWidth)
	if err != nil {
		return s, err
	}
	read(&s.kvHeads, "attention.head_count_kv", uint64(s.heads), maxWidth)
	read(&s.headSize, "attention.key_length", uint64(max(1, s.width/s.heads)), maxWidth)
	values := 0
	read(&values, "attention.value_length", uint64(s.headSize), maxWidth)
	read(&s.rotary, "rope.dimension_count", uint64(s.headSize), maxWidth)
	if err != nil {
		return s, err
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
	return s, s.readFloats(m)
}

func (s *shape) readFloats(m gguf.Metadata) error {
	var err error
	if s.eps, err = m.Float("llama.attention.layer_norm_rms_epsilon"); err != nil {
		return err
	}
	if s.ropeBase, err = m.FloatOr("llama.rope.freq_base", 10000); err != nil {
		return err
	}
	if !(s.eps > 0 && s.eps < 1) || !(s.ropeBase >= 1 && s.ropeBase <= 1e30) {
		return fmt.Errorf("layer_norm_rms_epsilon %v or rope.freq_base %v is out of range", s.eps, s.ropeBase)
	}
	s.ropeScale = 1
	kind, err := m.StringOr("llama.rope.scaling.type", "none")
	if err != nil {
		return err
	}
	switch kind {
	case "none":
	case "linear":
		factor, err := m.Float("llama.rope.scaling.factor")
		if err != nil {
			return err
		}
		if !(factor >= 1 && factor <= 1e6) {
			return fmt.Errorf("rope.scaling.factor %v is out of range", factor)
		}
		s.ropeScale = 1 / factor
	default:
		return &UnsupportedError{Feature: "RoPE scaling of type " + kind}
	}
	for key, feature := range map[string]string{
		"llama.expert_count":             "experts",
		"llama.attention.sliding_window": "a sliding attention window",
	} {
		if n, err := m.UintOr(key, 0); err != nil || n != 0 {
			return &UnsupportedError{Feature: feature}
		}
	}
	return nil
}

func (s *shape) qWidth() int  { return s.heads * s.headSize }
func (s *shape) kvWidth() int { return s.kvHeads * s.headSize }
