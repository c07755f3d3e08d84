package llamacpp_test

import (
	"math/rand/v2"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"ayni.example/tensor/llama/llamatest"
	"ayni.example/tensor/token"
	"ayni.example/train/bpe"
)

// Token types of GGUF files.
const (
	unknownToken = 2
	controlToken = 3
	userToken    = 4
)

// sample is text of the kinds that tokenizers treat apart.
const sample = `package main

import "fmt"

// Ünïcode: naïve café, ÀÉÎ; Привет, мир! Γειά σου Κόσμε. 日本語のテキスト、한국어 문장, हिन्दी में, עברית, العربية ١٢٣.
func main() {
	for i := 0; i < 12345; i++ {
		fmt.Println("I'll don't we've they're it's I'm he'd", i/2, 3.14159, 1_000_000)
	}
}

HTTPServer getElementById SHOUTING CamelCase snake_case x1y2z3   three spaces    four	tab
	a != b && c <= d || !(e >> 2) // comment...
"quoted" 'single' (parens) [brackets] {braces} <angle> #hash @at $5.00 100% ^caret & * ~ ` + "`" + `
`

// byteLevel learns a vocabulary for a splitter, with control and user-defined tokens behind it.
func byteLevel(t *testing.T, pre string) llamatest.Spec {
	t.Helper()
	split, err := token.Splitter(pre)
	if err != nil {
		t.Fatal(err)
	}
	v, err := bpe.Learn(append(texts(t, 400, 1), sample, sample, sample), pre, split, 700)
	if err != nil {
		t.Fatal(err)
	}
	m := bpe.Map(v.Metadata())
	delete(m, "tokenizer.ggml.add_bos_token")
	delete(m, "tokenizer.ggml.add_eos_token")
	names, kinds := m["tokenizer.ggml.tokens"].([]string), m["tokenizer.ggml.token_type"].([]int32)
	m["tokenizer.ggml.tokens"] = append(names, "<|im_start|>", "<|im_end|>", "<tool_call>")
	m["tokenizer.ggml.token_type"] = append(kinds, controlToken, controlToken, userToken)
	return llamatest.Spec{Layers: 1, Keys: m}
}

// pieces makes a SentencePiece vocabulary of random pieces of the sample, with random scores.
func pieces(t *testing.T, r *rand.Rand, prefix, bos, eos bool) llamatest.Spec {
	t.Helper()
	names := []string{"<unk>", "<s>", "</s>"}
	kinds := []int32{unknownToken, controlToken, controlToken}
	for b := range 256 {
		names, kinds = append(names, "<0x"+strings.ToUpper(hex(b))+">"), append(kinds, 6)
	}
	known := make(map[string]bool)
	for _, name := range names {
		known[name] = true
	}
	add := func(name string, kind int32) {
		if !known[name] {
			known[name] = true
			names, kinds = append(names, name), append(kinds, kind)
		}
	}
	text := []rune(strings.ReplaceAll(sample+strings.Join(texts(t, 50, 2), ""), " ", "▁"))
	for _, c := range text {
		if r.IntN(8) > 0 && c != utf8.RuneError {
			add(string(c), 1)
		}
	}
	for len(names) < 2000 {
		at := r.IntN(len(text) - 6)
		if piece := string(text[at : at+2+r.IntN(5)]); !strings.ContainsRune(piece, utf8.RuneError) {
			add(piece, 1)
		}
	}
	add("[INST]", controlToken)
	add("<extra>", userToken)
	scores := make([]float32, len(names))
	for i := 259; i < len(names); i++ {
		scores[i] = -float32(r.IntN(500)) // equal scores occur: then the leftmost pair is joined
	}
	return llamatest.Spec{Layers: 1, SPM: true, Keys: map[string]any{
		"tokenizer.ggml.tokens": names, "tokenizer.ggml.token_type": kinds, "tokenizer.ggml.scores": scores,
		"tokenizer.ggml.add_space_prefix": prefix, "tokenizer.ggml.add_bos_token": bos, "tokenizer.ggml.add_eos_token": eos,
	}}
}

func hex(b int) string { return string([]byte{"0123456789abcdef"[b>>4], "0123456789abcdef"[b&15]}) }

// texts are random strings without NUL, which the peer's C interface cannot take.
func texts(t *testing.T, n int, seed uint64) []string {
	t.Helper()
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 0))
	words := strings.Fields(sample)
	spaces := []string{
		" ", "  ", "   ", "\n", "\n\n", "\r\n", "\r", "\t", " \n", "\n ", "\v", "\f", "\u0085", "\u00a0", "\u2003", "\u2028", "\u3000", "    ",
	}
	odd := []string{
		"'s", "'S", "'LL", "'Re", "'", "''", "e\u0301", "\u0301", "½", "Ⅷ", "٣", "²", "👩‍👩‍👧", "🏳️‍🌈", "ﬃ", "ǅ", "ʰ", "ß", "ſ", "İ", "K", "\u200b", "\ufeff",
		"<|im_end|>", "<|im_start|>user\n", "<tool_call>", "</s>", "<s>", "[INST]", "<extra>", "<unk>", "<0x41>", "▁", "Ġ", "1234567", "/", "//\n",
	}
	scripts := []*unicode.RangeTable{
		unicode.Latin, unicode.Greek, unicode.Cyrillic, unicode.Han, unicode.Hangul, unicode.Arabic, unicode.Devanagari, unicode.Thai,
		unicode.P, unicode.S, unicode.N, unicode.M, unicode.Zs, unicode.Cf,
	}
	out := make([]string, n)
	for i := range out {
		var b strings.Builder
		for range 1 + r.IntN(12) {
			switch r.IntN(5) {
			case 0, 1:
				b.WriteString(words[r.IntN(len(words))])
			case 2:
				b.WriteString(spaces[r.IntN(len(spaces))])
			case 3:
				b.WriteString(odd[r.IntN(len(odd))])
			default:
				for range 1 + r.IntN(3) {
					b.WriteRune(pick(r, scripts[r.IntN(len(scripts))]))
				}
			}
		}
		out[i] = b.String()
	}
	return out
}

// pick is a random character of a table.
func pick(r *rand.Rand, table *unicode.RangeTable) rune {
	type span struct{ lo, hi, stride rune }
	spans := make([]span, 0, len(table.R16)+len(table.R32))
	for _, s := range table.R16 {
		spans = append(spans, span{rune(s.Lo), rune(s.Hi), rune(s.Stride)})
	}
	for _, s := range table.R32 {
		spans = append(spans, span{rune(s.Lo), rune(s.Hi), rune(s.Stride)})
	}
	s := spans[r.IntN(len(spans))]
	return s.lo + s.stride*rune(r.IntN(int((s.hi-s.lo)/s.stride)+1))
}
