package token_test

import (
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"ayni.example/tensor/gguf"
	"ayni.example/tensor/llama/llamatest"
	"ayni.example/tensor/token"
)

func load(tb testing.TB, spm bool, change func(gguf.Metadata)) (*token.Tokenizer, error) {
	tb.Helper()
	raw, err := llamatest.Build(llamatest.Spec{SPM: spm, Layers: 1, Vocab: 1})
	if err != nil {
		tb.Fatal(err)
	}
	f, err := gguf.Parse(raw)
	if err != nil {
		tb.Fatal(err)
	}
	if change != nil {
		change(f.Metadata)
	}
	return token.FromGGUF(f.Metadata)
}

func tokenizer(tb testing.TB, spm bool) *token.Tokenizer {
	tb.Helper()
	t, err := load(tb, spm, nil)
	if err != nil {
		tb.Fatal(err)
	}
	return t
}

func names(t *token.Tokenizer, ids []int32) []string {
	out := make([]string, 0, len(ids))
	for _, id := range ids {
		out = append(out, t.Name(id))
	}
	return out
}

func TestByteLevelMerges(t *testing.T) {
	tok := tokenizer(t, false)
	for text, want := range map[string][]string{
		"":              nil,
		"hello":         {"hello"},
		"hello wor":     {"hello", "Ġwor"},
		"hellohell":     {"hello", "hell"},
		"    hello":     {"ĠĠ", "Ġ", "Ġ", "hello"},
		"\n":            {"Ċ"},
		"é":             {"Ã", "©"},
		"<|endoftext|>": {"<", "|", "e", "n", "d", "o", "f", "t", "e", "x", "t", "|", ">"},
	} {
		if got := names(tok, tok.Encode(text)); !slices.Equal(got, want) {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
	if got := tok.EncodeSpecial("a<|endoftext|>b"); len(got) != 3 || !tok.Ends(got[1]) {
		t.Errorf("special: %v", got)
	}
	if got := tok.Decode(tok.EncodeSpecial("a<|endoftext|>b")); got != "ab" {
		t.Errorf("control tokens have text: %q", got)
	}
}

func TestSentencePiece(t *testing.T) {
	tok := tokenizer(t, true)
	for text, want := range map[string][]string{
		"":            nil,
		"hello world": {"▁hello", "▁world"},
		"world":       {"▁world"},
		"hell":        {"▁", "hell"},
		"é!":          {"▁", "<0xC3>", "<0xA9>", "!"},
		"a\xff":       {"▁", "a", "<0xFF>"},
		"<0x41>":      {"▁", "<", "0", "x", "4", "1", ">"},
		"</s>":        {"▁", "<", "/", "s", ">"},
	} {
		if got := names(tok, tok.Encode(text)); !slices.Equal(got, want) {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
	if got := names(tok, tok.Prompt("hello", false)); !slices.Equal(got, []string{"<s>", "▁hello"}) {
		t.Errorf("prompt: %q", got)
	}
	if got := names(tok, tok.Prompt("<s>hello", true)); !slices.Equal(got, []string{"<s>", "▁hello"}) {
		t.Errorf("prompt with its own start token: %q", got)
	}
}

// TestCharacterClassesAreFrozen notices a compiler with tables of another Unicode version: then the classes of the new
// characters must be kept apart, as letter does.
func TestCharacterClassesAreFrozen(t *testing.T) {
	h := fnv.New64a()
	for r := range rune(unicode.MaxRune + 1) {
		_, _ = h.Write([]byte{token.Classes(r)})
	}
	const want = "626c9bb2eb6f80c1"
	if got := fmt.Sprintf("%016x", h.Sum64()); got != want {
		t.Errorf("classes hash to %s with Unicode %s, want %s", got, unicode.Version, want)
	}
}

func TestDocumentsEndAsTheFileSays(t *testing.T) {
	tok, err := load(t, true, func(m gguf.Metadata) { m["tokenizer.ggml.add_eos_token"] = true })
	if err != nil {
		t.Fatal(err)
	}
	if got := names(tok, tok.Document("hello", false)); !slices.Equal(got, []string{"<s>", "▁hello", "</s>"}) {
		t.Errorf("document: %q", got)
	}
	if got := names(tok, tok.Document("hello</s>", true)); !slices.Equal(got, []string{"<s>", "▁hello", "</s>"}) {
		t.Errorf("document with its own end: %q", got)
	}
	if got := names(tok, tok.Prompt("hello", false)); !slices.Equal(got, []string{"<s>", "▁hello"}) {
		t.Errorf("prompt: %q", got)
	}
}

func TestSplittersCutAsTheirExpressionsDo(t *testing.T) {
	cases := []struct {
		pre, text string
		want      string // words joined by |
	}{
		{"gpt-2", "I'll don't 'S x's", "I|'ll| don|'t| '|S| x|'s"},
		{"gpt-2", "func f(a int) {\n\t\treturn  12345\n}\n", "func| f|(|a| int|)| {|\n\t|\t|return| | 12345|\n|}|\n"},
		{"gpt-2", "a   b\t c  ", "a|  | b|\t| c|  "},
		{"gpt-2", " \u00a0x", " |\u00a0|x"},
		{"llama-bpe", "I'LL 12345 don't", "I|'LL| |123|45| don|'t"},
		{"llama-bpe", "x.y(a);\n\n  z", "x|.y|(a|);\n\n| | z"},
		{"llama-bpe", "a \n \n b", "a| \n \n| b"},
		{"llama-bpe", "a\t\tb", "a|\t|\tb"},
		{"llama-bpe", "a = 1\n", "a| =| |1|\n"},
		{"qwen2", "v123 x", "v|1|2|3| x"},
		{"smollm", "v 123 x", "v| |1|2|3| x"},
		{"tekken", "HelloWorld HTTPServer x12 I'm", "Hello|World| HTTPServer| x|1|2| I|'m"},
		{"tekken", "ÉTÉ été 日本A a//\n/b", "ÉTÉ| été| 日本|A| a|//\n/|b"},
		{"tekken", "(Foo)\u0301x \u0301 1", "(Foo|)\u0301x| \u0301| |1"},
		{"default", "a.b (12345) x", "a|.|b| |(|123|45|)| x"},
	}
	for _, c := range cases {
		got, err := token.Words(c.pre, c.text)
		if err != nil || strings.Join(got, "|") != c.want {
			t.Errorf("%s %q: %q, want %q (%v)", c.pre, c.text, strings.Join(got, "|"), c.want, err)
		}
	}
}

// texts are random strings of the kinds that break tokenizers, invalid UTF-8 among them.
func texts(tb testing.TB, n int) []string {
	tb.Helper()
	const seed = 77
	tb.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 0))
	parts := []string{"hello", " ", "  ", "\n", "\t", "wor", "ld", "é", "日本", "👩‍👩‍👧", "\xff", "\xe6\x97", "'ll", "123", "▁", "<s>", "<0x41>", "Ġ", "\u00a0"}
	out := make([]string, n)
	for i := range out {
		for range r.IntN(12) {
			out[i] += parts[r.IntN(len(parts))]
		}
	}
	return out
}

func TestDecodeGivesBackWhatWasEncoded(t *testing.T) {
	for _, spm := range []bool{false, true} {
		tok := tokenizer(t, spm)
		for _, text := range texts(t, 3000) {
			want := string([]rune(text)) // invalid bytes become U+FFFD, one for each
			if spm {
				want = strings.ReplaceAll(want, "▁", " ") // SentencePiece cannot tell them apart
				if text != "" {
					want = " " + want
				}
			}
			ids := tok.Encode(text)
			if got := tok.Decode(ids); got != want {
				t.Fatalf("spm %v %q: %q, want %q", spm, text, got, want)
			}
			stream, got := tok.Stream(), ""
			for _, id := range ids {
				piece := stream.Push(id)
				if !utf8.ValidString(piece) {
					t.Fatalf("%q released %q", text, piece)
				}
				got += piece
			}
			if got += stream.Flush(); got != want {
				t.Fatalf("stream of %q: %q, want %q", text, got, want)
			}
		}
	}
}

func TestStreamHoldsBackPartsOfCharacters(t *testing.T) {
	tok := tokenizer(t, false)
	s := tok.Stream()
	ids := tok.Encode("日")
	if a, b, c := s.Push(ids[0]), s.Push(ids[1]), s.Push(ids[2]); a != "" || b != "" || c != "日" {
		t.Errorf("released %q, %q, %q", a, b, c)
	}
	if s.Push(ids[0]); s.Flush() != "\ufffd" {
		t.Error("a lone byte was not flushed as U+FFFD")
	}
	if got := s.Push(-5) + s.Push(99999); got != "" {
		t.Errorf("ids outside the vocabulary gave %q", got)
	}
}

func TestLongWordsAreNotSlow(t *testing.T) {
	for _, spm := range []bool{false, true} {
		tok := tokenizer(t, spm)
		if n := len(tok.Encode(strings.Repeat("hell", 50000))); n < 50000 || n > 50001 {
			t.Errorf("spm %v: %d tokens", spm, n)
		}
	}
}

func TestBrokenVocabulariesAreNamed(t *testing.T) {
	cases := []struct {
		spm    bool
		change func(gguf.Metadata)
		want   string
	}{
		{false, func(m gguf.Metadata) { delete(m, "tokenizer.ggml.model") }, "missing"},
		{false, func(m gguf.Metadata) { m["tokenizer.ggml.model"] = "bert" }, `"bert" is not supported`},
		{false, func(m gguf.Metadata) { m["tokenizer.ggml.pre"] = "viking" }, `"viking" is not supported`},
		{false, func(m gguf.Metadata) { delete(m, "tokenizer.ggml.pre") }, "pre is missing"},
		{false, func(m gguf.Metadata) { m["tokenizer.ggml.merges"] = []string{"x"} }, "merge 0"},
		{false, func(m gguf.Metadata) { m["tokenizer.ggml.merges"] = []string{"h zz"} }, "merge 0"},
		{false, func(m gguf.Metadata) { m["tokenizer.ggml.token_type"] = []int32{1} }, "token types"},
		{false, func(m gguf.Metadata) { m["tokenizer.ggml.eos_token_id"] = uint32(1 << 30) }, "vocabulary has"},
		{false, func(m gguf.Metadata) { m["tokenizer.ggml.tokens"].([]string)[65] = "gone" }, "byte"},
		{true, func(m gguf.Metadata) { m["tokenizer.ggml.scores"] = []float32{} }, "scores"},
		{true, func(m gguf.Metadata) { m["tokenizer.ggml.tokens"].([]string)[5] = "<0xZZ>" }, "byte token 5"},
		{true, func(m gguf.Metadata) {
			m["tokenizer.ggml.token_type"].([]int32)[5] = 1
			delete(m, "tokenizer.ggml.unknown_token_id")
		}, "neither a token for byte 2"},
	}
	for _, c := range cases {
		if _, err := load(t, c.spm, c.change); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("got %v, want %q", err, c.want)
		}
	}
}

func FuzzEncode(f *testing.F) {
	bpe, spm := tokenizer(f, false), tokenizer(f, true)
	for _, text := range texts(f, 20) {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		want := string([]rune(text))
		if got := bpe.Decode(bpe.Encode(text)); got != want {
			t.Errorf("bpe %q: %q", text, got)
		}
		got := strings.TrimPrefix(spm.Decode(spm.Encode(text)), " ")
		if got != strings.ReplaceAll(want, "▁", " ") {
			t.Errorf("spm %q: %q", text, got)
		}
		for _, pre := range []string{"gpt-2", "llama-bpe", "qwen2", "smollm", "tekken", "default"} {
			if words, err := token.Words(pre, text); err != nil || strings.Join(words, "") != text {
				t.Errorf("%s %q: %q, %v", pre, text, words, err)
			}
		}
	})
}
