package llama_test

import (
	"sync"
	"testing"

	"ayni.example/tensor/gguf"
	"ayni.example/tensor/llama"
	"ayni.example/tensor/llama/llamatest"
)

// TestLongPromptHoldsUpNobody wants a token of an answer from every step while a long prompt is read, a bounded piece at a time.
func TestLongPromptHoldsUpNobody(t *testing.T) {
	const rows, long, answer, least = 32, 3000, 150, 50
	b := byHand(t, rows)
	short := submit(t, b, 3, answer)
	step(t, b, short) // the prompt and the first token
	other := submit(t, b, long, 1)
	for n, more := 2, true; more; n++ {
		before := b.Stats().Prompt
		var got int
		if got, more = step(t, b, short); got != 1 && (more || n <= least) { // an end token gives none
			t.Fatalf("token %d: a step gave %d tokens", n, got)
		}
		if read := b.Stats().Prompt - before; read > rows {
			t.Errorf("before token %d, %d prompt tokens were computed", n, read)
		}
	}
	for more := true; more; {
		_, more = step(t, b, other)
	}
	if s := b.Stats(); s.Steps < long/rows {
		t.Errorf("%+v: a prompt went through in larger pieces than %d", s, rows)
	}
}

// byHand is a batch whose steps the test takes.
func byHand(t *testing.T, rows int) *llama.Batch {
	t.Helper()
	m := model(t, llamatest.Spec{Context: 4096, Type: gguf.Q8_0}, llama.Config{Threads: 2})
	b, err := m.NewBatch(llama.BatchConfig{Rows: rows})
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func submit(t *testing.T, b *llama.Batch, tokens, answer int) *llama.ByHand {
	t.Helper()
	text := make([]int32, tokens)
	for i := range text {
		text[i] = int32(1 + i%7)
	}
	h, err := b.ByHand(text, llama.Options{MaxTokens: answer, Logprobs: -1})
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// step computes one step and tells what it gave to a request.
func step(t *testing.T, b *llama.Batch, h *llama.ByHand) (tokens int, more bool) {
	t.Helper()
	b.Step()
	tokens, more, err := h.Take()
	if err != nil {
		t.Fatal(err)
	}
	return tokens, more
}

// TestSlowCallerHoldsUpNobody blocks one emit until another answer is complete.
func TestSlowCallerHoldsUpNobody(t *testing.T) {
	m := model(t, specs["f32"], llama.Config{})
	b, err := m.NewBatch(llama.BatchConfig{})
	if err != nil {
		t.Fatal(err)
	}
	started, free := make(chan struct{}), make(chan struct{})
	var group sync.WaitGroup
	group.Go(func() {
		slow := request{prompt: prompt(m, 5), opt: llama.Options{MaxTokens: 30}}
		err := slow.ask(t.Context(), b, func(n int) error {
			if n == 3 {
				close(started)
				<-free
			}
			return nil
		})
		if err != nil || len(slow.tokens) != 30 {
			t.Errorf("the slow one: %d tokens, %v", len(slow.tokens), err)
		}
	})
	<-started
	quick := request{prompt: prompt(m, 9), opt: llama.Options{MaxTokens: 40}}
	if err := quick.ask(t.Context(), b, never); err != nil {
		t.Error(err)
	}
	if chosen := b.Stats().Chosen; chosen > 40+3+5 {
		t.Errorf("%d tokens were chosen: the blocked answer went on", chosen)
	}
	close(free)
	group.Wait()
}

// TestShortPromptPassesALongOne: half of each step is the short one's, so that 48 tokens take three steps of 32.
func TestShortPromptPassesALongOne(t *testing.T) {
	const rows = 32
	b := byHand(t, rows)
	submit(t, b, 3000, 1)
	b.Step()
	short, before := submit(t, b, 48, 1), b.Stats()
	for more := true; more; {
		_, more = step(t, b, short)
		if b.Stats().Steps > before.Steps+3 {
			t.Fatal("the short prompt was not read after three steps")
		}
	}
	if read := b.Stats().Prompt - before.Prompt; read > 3*rows {
		t.Errorf("%d prompt tokens were read before the short one had its answer", read)
	}
}
