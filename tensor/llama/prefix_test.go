package llama_test

import (
	"slices"
	"sync"
	"testing"

	"ayni.example/tensor/llama"
)

// ask runs a request in a batch, compares it with the model alone, and gives the tokens that were found.
func ask(t *testing.T, m *llama.Model, b *llama.Batch, q request) request {
	t.Helper()
	have, want := q, q
	if err := have.ask(t.Context(), b, never); err != nil {
		t.Fatal(err)
	}
	if err := want.ask(t.Context(), m, never); err != nil {
		t.Fatal(err)
	}
	same(t, have, want)
	return have
}

func TestBeginningsAreComputedOnce(t *testing.T) {
	m := model(t, specs["q8_0"], llama.Config{Threads: 2})
	b, err := m.NewBatch(llama.BatchConfig{Prefix: 1 << 22})
	if err != nil {
		t.Fatal(err)
	}
	first := request{prompt: prompt(m, 70), opt: llama.Options{MaxTokens: 30, Temperature: 1, Seed: 4, Logprobs: 3}}
	talk := slices.Concat(first.prompt, ask(t, m, b, first).result.Tokens, []int32{9, 8, 7})
	changed := slices.Clone(first.prompt)
	changed[40]++
	for name, c := range map[string]struct {
		prompt []int32
		cached int
	}{
		"again":                {first.prompt, 64},
		"a page, all of it":    {first.prompt[:64], 32}, // the last token is always run
		"a page and a token":   {first.prompt[:65], 64},
		"a talk that goes on":  {talk, len(talk) / 32 * 32},
		"changed in the page":  {changed, 32},
		"changed at the start": {append([]int32{first.prompt[0] + 1}, first.prompt[1:]...), 0},
	} {
		got := ask(t, m, b, request{prompt: c.prompt, opt: llama.Options{MaxTokens: 3, Logprobs: 2}}).result
		if got.CachedTokens != c.cached || got.PromptTokens != len(c.prompt) {
			t.Errorf("%s: %d of %d tokens were found, want %d", name, got.CachedTokens, got.PromptTokens, c.cached)
		}
	}
}

// TestScopesShareNothing keeps what one caller asked from another's clock.
func TestScopesShareNothing(t *testing.T) {
	m := model(t, specs["f32"], llama.Config{})
	b, err := m.NewBatch(llama.BatchConfig{Prefix: 1 << 22})
	if err != nil {
		t.Fatal(err)
	}
	for i, c := range []struct {
		scope  string
		cached int
	}{{"a", 0}, {"b", 0}, {"a", 64}, {"b", 64}, {"", 0}} {
		got := ask(t, m, b, request{prompt: prompt(m, 70), opt: llama.Options{MaxTokens: 2, Scope: c.scope}}).result
		if got.CachedTokens != c.cached {
			t.Errorf("request %d of %q: %d tokens were found, want %d", i, c.scope, got.CachedTokens, c.cached)
		}
	}
}

func TestKeptCachesAreBounded(t *testing.T) {
	m := model(t, specs["f32"], llama.Config{})
	const page = 4 * 2 * 2 * 2 * 16 * 32 // keys and values, layers, heads, head size, tokens
	b, err := m.NewBatch(llama.BatchConfig{Prefix: 3 * page})
	if err != nil {
		t.Fatal(err)
	}
	for i := range int32(12) {
		p := prompt(m, 70)
		p[0] = i
		ask(t, m, b, request{prompt: p, opt: llama.Options{MaxTokens: 1}})
		if kept := b.Stats().Kept; kept == 0 || kept > 3*32 {
			t.Errorf("%d tokens are kept in a room for %d", kept, 3*32)
		}
	}
	none, err := m.NewBatch(llama.BatchConfig{})
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if got := ask(t, m, none, request{prompt: prompt(m, 70), opt: llama.Options{MaxTokens: 1}}).result; got.CachedTokens != 0 {
			t.Errorf("%d tokens were found without a room for them", got.CachedTokens)
		}
	}
}

// TestCommonBeginningOfManyAtOnce shares pages between requests that run at the same time.
func TestCommonBeginningOfManyAtOnce(t *testing.T) {
	m := model(t, specs["wide"], llama.Config{Threads: 2})
	b, err := m.NewBatch(llama.BatchConfig{Rows: 64, Prefix: 1 << 22})
	if err != nil {
		t.Fatal(err)
	}
	var group sync.WaitGroup
	for i := range int32(8) {
		group.Go(func() {
			ask(t, m, b, request{prompt: append(prompt(m, 96), i, i+1), opt: llama.Options{MaxTokens: 20, Temperature: 1, Seed: uint64(i)}})
		})
	}
	group.Wait()
	if s := b.Stats(); s.Prompt+s.Cached != 8*98 || s.Cached == 0 {
		t.Errorf("%+v, want %d prompt tokens, some found", s, 8*98)
	}
}
