package main

import (
	"math"
	"testing"
)

// TestModelBits compares with the engine's own scores where one window is enough.
func TestModelBits(t *testing.T) {
	m, err := loadModel(options{threads: 1})
	if err != nil {
		t.Fatal(err)
	}
	f := source{path: "a.go", text: "func (r *Reader) Read(p []byte) (n int, err error) {\n\treturn r.read(p)\n}\n"}
	bits, tokens, err := modelBits(t.Context(), m, []source{f, f})
	if err != nil {
		t.Fatal(err)
	}
	logs, err := m.Score(t.Context(), append([]int32{m.Tokenizer.EOS}, m.Tokenizer.Encode(f.text)...))
	if err != nil {
		t.Fatal(err)
	}
	want := 0.0
	for _, l := range logs {
		want -= 2 * float64(l) / math.Ln2
	}
	if tokens != 2*len(logs) || math.Abs(bits-want) > 1e-9 {
		t.Errorf("two files have %d tokens and %v bits, want %d and %v", tokens, bits, 2*len(logs), want)
	}
}

func TestWindows(t *testing.T) {
	const context = 256
	for _, n := range []int{0, 1, 2, context, context + 1, context + 2, 1000, 1001} {
		next := 1
		for _, w := range windows(n, context) {
			if w.from != next || w.end <= w.from || w.end-w.start > context+1 {
				t.Fatalf("%d tokens: window %+v after token %d", n, w, next)
			}
			if w.start > 0 && w.from-1-w.start != overlap {
				t.Errorf("%d tokens: window %+v has %d tokens of overlap, want %d", n, w, w.from-1-w.start, overlap)
			}
			next = w.end
		}
		if next < n {
			t.Errorf("%d tokens: only %d are covered", n, next)
		}
	}
}

func TestDraw(t *testing.T) {
	files := []source{{path: "a"}, {path: "b"}, {path: "c"}, {path: "d"}}
	if have := draw(files, 0, 1); len(have) != 4 {
		t.Errorf("0 drew %d files, want all", len(have))
	}
	have, again := draw(files, 2, 1), draw(files, 2, 1)
	if len(have) != 2 || have[0] == have[1] || have[0] != again[0] || have[1] != again[1] {
		t.Errorf("drew %v and %v, want the same two different files", have, again)
	}
}
