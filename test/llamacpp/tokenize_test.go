package llamacpp_test

import (
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode"

	"ayni.example/tensor/gguf"
	"ayni.example/tensor/llama/llamatest"
	"ayni.example/tensor/token"
	"ayni.example/test/llamacpp"
)

func TestByteLevelTokenizersAgree(t *testing.T) {
	peer := llamacpp.Open(t)
	for _, pre := range []string{"gpt-2", "llama-bpe", "qwen2", "smollm", "starcoder", "tekken", "dbrx", "default"} {
		t.Run(pre, func(t *testing.T) {
			apart := func(string, bool) bool { return false }
			if pre == "tekken" {
				apart = marked
			}
			agree(t, peer, byteLevel(t, pre), apart)
		})
	}
}

// marked tells where tekken may differ: llama.cpp takes marks for signs and letters beyond ASCII for both cases, and
// this engine classes them as the expression that the models were trained with does.
func marked(text string, _ bool) bool {
	return strings.ContainsFunc(text, func(r rune) bool {
		return unicode.Is(unicode.M, r) || (r > unicode.MaxASCII && unicode.In(r, unicode.Lu, unicode.Ll, unicode.Lt))
	})
}

func TestSentencePieceTokenizersAgree(t *testing.T) {
	peer := llamacpp.Open(t)
	r := rand.New(rand.NewPCG(5, 0))
	for name, flags := range map[string][3]bool{
		"prefix, BOS": {true, true, false}, "plain": {false, false, false}, "prefix, BOS, EOS": {true, true, true},
	} {
		t.Run(name, func(t *testing.T) {
			agree(t, peer, pieces(t, r, flags[0], flags[1], flags[2]), spelt)
		})
	}
}

// spelt tells where SentencePiece may differ: llama.cpp can make control tokens of text that a user typed, and doubles
// the start or end token of a text that has its own; this engine does neither.
func spelt(text string, special bool) bool {
	if special {
		return strings.HasPrefix(text, "<s>") || strings.HasSuffix(text, "</s>")
	}
	for _, name := range []string{"<s>", "</s>", "<unk>", "[INST]"} {
		if strings.Contains(text, name) {
			return true
		}
	}
	return false
}

// agree compares the ids of many texts, with control tokens recognised and not. Texts that apart names may differ.
func agree(t *testing.T, peer *llamacpp.Peer, spec llamatest.Spec, apart func(text string, special bool) bool) {
	t.Helper()
	all := append(texts(t, 3000, 11), "", " ", "\n", sample, strings.Repeat("ab ", 300))
	for _, special := range []bool{false, true} {
		compareTokens(t, peer, spec, all, special, apart)
	}
}

func compareTokens(
	t *testing.T, peer *llamacpp.Peer, spec llamatest.Spec, all []string, special bool, apart func(text string, special bool) bool,
) {
	t.Helper()
	raw, err := llamatest.Build(spec)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "model.gguf")
	if err := os.WriteFile(file, raw, 0o600); err != nil {
		t.Fatal(err)
	}
	ours, err := token.FromGGUF(vocabularyOf(t, spec))
	if err != nil {
		t.Fatal(err)
	}
	var flags []string
	if special {
		flags = append(flags, "-special")
	}
	theirs, err := peer.Tokenize(t.Context(), file, all, flags...)
	if err != nil {
		t.Fatal(err)
	}
	wrong, known := 0, 0
	for i, text := range all {
		got := ours.Document(text, special)
		switch {
		case slices.Equal(got, theirs[i]) || (len(got) == 0 && len(theirs[i]) == 0):
			continue
		case apart(text, special):
			known++
			continue
		}
		if wrong++; wrong <= 8 {
			t.Errorf("special %v, %q:\n%q, llama.cpp\n%q", special, text, names(ours, got), names(ours, theirs[i]))
		}
	}
	t.Logf("special %v: %d texts, %d differ as they should, %d as they should not", special, len(all), known, wrong)
	if known > len(all)/4 {
		t.Errorf("%d of %d texts say nothing", known, len(all))
	}
}

// vocabularyOf is the metadata of a fixture.
func vocabularyOf(t *testing.T, spec llamatest.Spec) gguf.Metadata {
	t.Helper()
	raw, err := llamatest.Build(spec)
	if err != nil {
		t.Fatal(err)
	}
	f, err := gguf.Parse(raw)
	if err != nil {
		t.Fatal(err)
	}
	return f.Metadata
}

func names(t *token.Tokenizer, ids []int32) []string {
	out := make([]string, 0, len(ids))
	for _, id := range ids {
		out = append(out, t.Name(id))
	}
	return out
}
