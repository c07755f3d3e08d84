package llamacpp_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"unicode"

	"ayni.example/tensor/llama/llamatest"
	"ayni.example/test/llamacpp"
)

// TestEveryCharacterIsInTheSameClass makes the cuts of the splitters visible: a merge joins the last byte of any character
// with a letter, a digit or a sign that follows in the same word.
func TestEveryCharacterIsInTheSameClass(t *testing.T) {
	peer := llamacpp.Open(t)
	names, merges := bytesAlone(t), []string{}
	for last := 0x80; last < 0xc0; last++ {
		for _, next := range []string{"b", "1", "!"} {
			merges = append(merges, names[last]+" "+next)
			names = append(names, names[last]+next)
		}
	}
	kinds := make([]int32, len(names))
	for i := range kinds {
		kinds[i] = 1
	}
	kinds[256] = controlToken
	keys := map[string]any{"tokenizer.ggml.tokens": names, "tokenizer.ggml.token_type": kinds, "tokenizer.ggml.merges": merges}
	var all []string
	var b strings.Builder
	for r := rune(0x80); r <= unicode.MaxRune; r++ {
		empty := r >= 0x33000 && r < 0xe0000 || r >= 0xe1000 // planes where nothing is assigned, or private
		if empty || r >= 0xd800 && r < 0xe000 {
			continue
		}
		fmt.Fprintf(&b, "%cb %c1 %c!\n", r, r, r)
		if b.Len() > 1000 {
			all = append(all, b.String())
			b.Reset()
		}
	}
	all = append(all, b.String())
	for _, pre := range []string{"gpt-2", "llama-bpe", "default"} {
		spec := llamatest.Spec{Layers: 1, Keys: maps.Clone(keys)}
		spec.Keys["tokenizer.ggml.pre"] = pre
		compareTokens(t, peer, spec, all, false, func(string, bool) bool { return false })
	}
}

// bytesAlone are the names of the 256 bytes, in their order, and the end token.
func bytesAlone(t *testing.T) []string {
	t.Helper()
	names, _ := vocabularyOf(t, llamatest.Spec{Layers: 1})["tokenizer.ggml.tokens"].([]string)
	if len(names) < 257 {
		t.Fatalf("the fixture has %d tokens", len(names))
	}
	return slices.Clone(names[:257])
}
