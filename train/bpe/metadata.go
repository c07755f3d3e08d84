package bpe

import (
	"strings"

	"ayni.example/tensor/gguf"
)

// printable tells whether GPT-2's map leaves a byte as it is.
func printable(b int) bool { return b > ' ' && b <= '~' || b >= 0xa1 && b != 0xad }

// order gives each byte its token: printable bytes first, as in GPT-2's vocabulary.
func order() (ids [256]int32) {
	next := int32(0)
	for _, first := range []bool{true, false} {
		for b := range 256 {
			if printable(b) == first {
				ids[b] = next
				next++
			}
		}
	}
	return ids
}

// names maps each byte to the character that stands for it in a vocabulary.
func names() (of [256]rune) {
	next := rune(256)
	for b := range 256 {
		of[b] = rune(b)
		if !printable(b) {
			of[b] = next
			next++
		}
	}
	return of
}

// Pair is a key of a GGUF file with its value.
type Pair struct {
	Key   string
	Value any
}

// Token types of GGUF files.
const (
	typeNormal  = 1
	typeControl = 3
)

// Metadata is the tokenizer part of a GGUF file, in a fixed order.
func (v *Vocabulary) Metadata() []Pair {
	of := names()
	name := func(token []byte) string {
		var b strings.Builder
		for _, c := range token {
			b.WriteRune(of[c])
		}
		return b.String()
	}
	n := len(v.Tokens) + 1
	tokens, types, merges := make([]string, 0, n), make([]int32, 0, n), make([]string, 0, len(v.Merges))
	for _, t := range v.Tokens {
		tokens, types = append(tokens, name(t)), append(types, typeNormal)
	}
	tokens, types = append(tokens, EndName), append(types, typeControl)
	for _, m := range v.Merges {
		merges = append(merges, name(v.Tokens[m[0]])+" "+name(v.Tokens[m[1]]))
	}
	end := uint32(n - 1)
	return []Pair{
		{"tokenizer.ggml.model", "gpt2"},
		{"tokenizer.ggml.pre", v.Splitter},
		{"tokenizer.ggml.tokens", tokens},
		{"tokenizer.ggml.token_type", types},
		{"tokenizer.ggml.merges", merges},
		{"tokenizer.ggml.bos_token_id", end},
		{"tokenizer.ggml.eos_token_id", end},
		{"tokenizer.ggml.add_bos_token", false},
		{"tokenizer.ggml.add_eos_token", false},
	}
}

// Map turns pairs into what readers of GGUF files take.
func Map(pairs []Pair) gguf.Metadata {
	m := make(gguf.Metadata, len(pairs))
	for _, p := range pairs {
		m[p.Key] = p.Value
	}
	return m
}
