package bpe_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"ayni.example/tensor/token"
	"ayni.example/train/bpe"
)

// plain learns as the definition says: count all pairs anew for every merge.
func plain(texts []string, split func(string) []string, size int) [][]byte {
	counts := map[string]int{}
	for _, t := range texts {
		for _, w := range split(t) {
			counts[w]++
		}
	}
	first, _ := bpe.Learn(nil, "gpt-2", split, 257)
	tokens := slices.Clone(first.Tokens)
	ids := map[string]int{}
	for i, t := range tokens {
		ids[string(t)] = i
	}
	words := map[string][]int{}
	for w := range counts {
		for i := range len(w) {
			words[w] = append(words[w], ids[w[i:i+1]])
		}
	}
	for len(tokens) < size-1 {
		pairs := map[[2]int]int{}
		for w, n := range counts {
			for i := range len(words[w]) - 1 {
				pairs[[2]int{words[w][i], words[w][i+1]}] += n
			}
		}
		var best [2]int
		for p, n := range pairs {
			if m := pairs[best]; n > m || n == m && (p[0] < best[0] || p[0] == best[0] && p[1] < best[1]) {
				best = p
			}
		}
		for w, s := range words {
			var out []int
			for i := 0; i < len(s); i++ {
				if i+1 < len(s) && s[i] == best[0] && s[i+1] == best[1] {
					out = append(out, len(tokens))
					i++
				} else {
					out = append(out, s[i])
				}
			}
			words[w] = out
		}
		tokens = append(tokens, slices.Concat(tokens[best[0]], tokens[best[1]]))
	}
	return tokens
}

func TestLearnIsThePlainAlgorithm(t *testing.T) {
	split := splitter(t)
	for seed := range uint64(20) {
		r := rand.New(rand.NewPCG(seed, 1))
		texts := make([]string, 0, 5)
		for range 1 + r.IntN(4) {
			var b strings.Builder
			for range r.IntN(400) {
				b.WriteByte("aaabbc de\n\tfüx0"[r.IntN(15)])
			}
			texts = append(texts, b.String())
		}
		texts = append(texts, "the cat, the hat and the aaaaaaaaaaaa bat")
		size := 257 + r.IntN(20)
		have, err := bpe.Learn(texts, "gpt-2", split, size)
		if err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		if want := plain(texts, split, size); !slices.EqualFunc(have.Tokens, want, bytes.Equal) {
			t.Fatalf("seed %d: tokens %q, want %q", seed, have.Tokens, want)
		}
		slices.Reverse(texts)
		again, err := bpe.Learn(texts, "gpt-2", split, size)
		if err != nil || !reflect.DeepEqual(again.Metadata(), have.Metadata()) {
			t.Fatalf("seed %d: another order of texts gave another vocabulary (%v)", seed, err)
		}
	}
}

// TestWordsAreEncodedAsTheTokenizerDoes ties the learner to tensor/token on the sources of this repository.
func TestWordsAreEncodedAsTheTokenizerDoes(t *testing.T) {
	split := splitter(t)
	names, err := filepath.Glob("../../tensor/*.go")
	if err != nil || len(names) == 0 {
		t.Fatalf("%d files, %v", len(names), err)
	}
	texts := make([]string, 0, len(names))
	for _, name := range names {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		texts = append(texts, string(text))
	}
	v, err := bpe.Learn(texts, "gpt-2", split, 600)
	if err != nil {
		t.Fatal(err)
	}
	tok, err := token.FromGGUF(bpe.Map(v.Metadata()))
	if err != nil {
		t.Fatal(err)
	}
	if tok.Size() != 600 || tok.Name(tok.EOS) != bpe.EndName {
		t.Errorf("%d tokens, the last is %q", tok.Size(), tok.Name(tok.EOS))
	}
	for _, text := range texts {
		var have []int32
		for _, word := range split(text) {
			ids, ok := v.Word(word)
			if !ok {
				t.Fatalf("word %q was not learned", word)
			}
			have = append(have, ids...)
		}
		if want := tok.Encode(text); !slices.Equal(have, want) {
			t.Fatalf("%d tokens, the tokenizer makes %d", len(have), len(want))
		}
	}
}

func TestTooLittleText(t *testing.T) {
	if _, err := bpe.Learn([]string{"ab"}, "gpt-2", splitter(t), 300); err == nil || !strings.Contains(err.Error(), "258 only") {
		t.Errorf("got %v", err)
	}
}

func splitter(tb testing.TB) func(string) []string {
	tb.Helper()
	split, err := token.Splitter("gpt-2")
	if err != nil {
		tb.Fatal(err)
	}
	return split
}

func BenchmarkLearn(b *testing.B) {
	text, err := os.ReadFile("learn.go")
	if err != nil {
		b.Fatal(err)
	}
	texts := make([]string, 0, 100)
	for i := range 100 {
		texts = append(texts, fmt.Sprintf("%d%s", i, text))
	}
	split := splitter(b)
	for b.Loop() {
		if _, err := bpe.Learn(texts, "gpt-2", split, 512); err != nil {
			b.Fatal(err)
		}
	}
}
