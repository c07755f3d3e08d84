package llamatest

import (
	"fmt"

	"ayni.example/tensor/gguf"
)

// Token types of GGUF files.
const (
	typeNormal  = 1
	typeUnknown = 2
	typeControl = 3
	typeByte    = 6
)

type words struct {
	names  []string
	types  []int32
	scores []float32
	merges []string
}

func (v *words) add(name string, kind int32, score float32) {
	v.names = append(v.names, name)
	v.types = append(v.types, kind)
	v.scores = append(v.scores, score)
}

// vocabulary writes the tokenizer and returns the number of tokens. What s.Keys has is left to it.
func vocabulary(w *gguf.Writer, s Spec) int {
	var v words
	if s.SPM {
		v.sentencePiece()
	} else {
		v.byteLevel()
	}
	for i := 0; len(v.names) < s.Vocab; i++ {
		v.add(fmt.Sprintf("<|reserved_%d|>", i), typeControl, 0)
	}
	if names, given := s.Keys["tokenizer.ggml.tokens"].([]string); given {
		v.names = names
	}
	set := func(key string, value any) {
		if _, given := s.Keys["tokenizer.ggml."+key]; !given {
			w.Set("tokenizer.ggml."+key, value)
		}
	}
	set("tokens", v.names)
	set("token_type", v.types)
	if s.SPM {
		set("model", "llama")
		set("scores", v.scores)
		set("unknown_token_id", uint32(0))
		set("bos_token_id", uint32(1))
		set("eos_token_id", uint32(2))
	} else {
		set("model", "gpt2")
		set("pre", s.Pre)
		set("merges", v.merges)
		set("eos_token_id", uint32(256))
		set("bos_token_id", uint32(256))
	}
	return len(v.names)
}

// byteLevel is GPT-2's byte alphabet, an end token and a few merges.
func (v *words) byteLevel() {
	next := rune(256)
	for b := range 256 {
		r := rune(b)
		if b <= ' ' || (b > '~' && b < 0xa1) || b == 0xad {
			r = next
			next++
		}
		v.add(string(r), typeNormal, 0)
	}
	v.add("<|endoftext|>", typeControl, 0)
	pairs := [][2]string{
		{"h", "e"}, {"l", "l"}, {"he", "ll"}, {"hell", "o"}, {"Ġ", "w"}, {"o", "r"}, {"Ġw", "or"}, {"Ġ", "Ġ"},
	}
	for _, m := range pairs {
		v.merges = append(v.merges, m[0]+" "+m[1])
		v.add(m[0]+m[1], typeNormal, 0)
	}
}

// sentencePiece is a small vocabulary with scores, byte fallback and printable ASCII.
func (v *words) sentencePiece() {
	v.add("<unk>", typeUnknown, 0)
	v.add("<s>", typeControl, 0)
	v.add("</s>", typeControl, 0)
	for b := range 256 {
		v.add(fmt.Sprintf("<0x%02X>", b), typeByte, 0)
	}
	names := []string{
		"\u2581", "he", "ll", "hell", "hello", "\u2581hello", "or", "wor", "\u2581wor", "ld", "\u2581world",
	}
	for i, name := range names {
		v.add(name, typeNormal, -float32(i))
	}
	for c := '!'; c <= '~'; c++ {
		v.add(string(c), typeNormal, -100-float32(c))
	}
}
