package token_test

import (
	"bytes"
	"maps"
	"slices"
	"testing"
	"unicode/utf8"

	"ayni.example/tensor/gguf"
	"ayni.example/tensor/llama/llamatest"
	"ayni.example/tensor/token"
)

// FuzzFromGGUF reads hostile metadata: it is refused, or gives a tokenizer whose ids are in the vocabulary and whose text
// is valid.
func FuzzFromGGUF(f *testing.F) {
	for _, spec := range []llamatest.Spec{{Layers: 1}, {Layers: 1, SPM: true}, {Layers: 1, Pre: "tekken"}, {Layers: 1, Pre: "default"}} {
		raw, err := llamatest.Build(spec)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(metadata(f, raw), "hello <|endoftext|> wor\u00e9 123")
	}
	f.Fuzz(func(t *testing.T, raw []byte, text string) {
		m, err := gguf.ReadMetadata(bytes.NewReader(raw), int64(len(raw)))
		if err != nil {
			return
		}
		tok, err := token.FromGGUF(m)
		if err != nil {
			return
		}
		for _, special := range []bool{false, true} {
			ids := tok.Prompt(text, special)
			if limit := 4*len(text) + 8; len(ids) > limit {
				t.Fatalf("%d tokens of %d bytes", len(ids), len(text))
			}
			for _, id := range ids {
				if id < 0 || int(id) >= tok.Size() {
					t.Fatalf("token %d of a vocabulary of %d", id, tok.Size())
				}
			}
			if out := tok.Decode(ids); !utf8.ValidString(out) {
				t.Fatalf("%q decodes as %q", text, out)
			}
		}
	})
}

// metadata is a file without its tensors.
func metadata(tb testing.TB, raw []byte) []byte {
	tb.Helper()
	file, err := gguf.Parse(raw)
	if err != nil {
		tb.Fatal(err)
	}
	w := gguf.NewWriter()
	for _, key := range slices.Sorted(maps.Keys(file.Metadata)) {
		w.Set(key, file.Metadata[key])
	}
	var b bytes.Buffer
	if _, err := w.WriteTo(&b); err != nil {
		tb.Fatal(err)
	}
	return b.Bytes()
}
