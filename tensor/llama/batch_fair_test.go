package llama_test

import (
	"runtime"
	"sync"
	"testing"

	"ayni.example/tensor/gguf"
	"ayni.example/tensor/llama"
	"ayni.example/tensor/llama/llamatest"
)

// TestLongPromptHoldsUpNobody counts the prompt tokens that are computed between two tokens of an answer.
func TestLongPromptHoldsUpNobody(t *testing.T) {
	m := model(t, llamatest.Spec{Context: 4096, Type: gguf.Q8_0}, llama.Config{Threads: 2})
	const rows = 32
	b, err := m.NewBatch(llama.BatchConfig{Rows: rows})
	if err != nil {
		t.Fatal(err)
	}
	var group sync.WaitGroup
	long := request{prompt: prompt(m, 3000), opt: llama.Options{MaxTokens: 1}}
	var before uint64
	short := request{prompt: prompt(m, 3), opt: llama.Options{MaxTokens: 150}}
	err = short.ask(t.Context(), b, func(n int) error {
		if n == 2 {
			group.Go(func() {
				if err := long.ask(t.Context(), b, never); err != nil {
					t.Error(err)
				}
			})
		}
		done := b.Stats().Prompt
		// An answer may lag behind the steps by the few tokens that wait for its caller.
		if n > 1 && done-before > 6*rows {
			t.Errorf("before token %d, %d prompt tokens were computed", n, done-before)
		}
		before = done
		return nil
	})
	if err != nil {
		t.Error(err)
	}
	group.Wait()
	if s := b.Stats(); s.Steps < 3000/rows {
		t.Errorf("%+v: a prompt went through in larger pieces than %d", s, rows)
	}
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

// TestShortPromptPassesALongOne asks something short while a long prompt is read.
func TestShortPromptPassesALongOne(t *testing.T) {
	m := model(t, llamatest.Spec{Context: 4096, Type: gguf.Q8_0}, llama.Config{Threads: 2})
	b, err := m.NewBatch(llama.BatchConfig{Rows: 32})
	if err != nil {
		t.Fatal(err)
	}
	const long = 3000
	var group sync.WaitGroup
	group.Go(func() {
		q := request{prompt: prompt(m, long), opt: llama.Options{MaxTokens: 1}}
		if err := q.ask(t.Context(), b, never); err != nil {
			t.Error(err)
		}
	})
	for b.Stats().Prompt == 0 {
		runtime.Gosched()
	}
	before := b.Stats().Prompt
	q := request{prompt: prompt(m, 48), opt: llama.Options{MaxTokens: 1}}
	err = q.ask(t.Context(), b, func(int) error {
		// Half of each step is the short one's: three steps, and those that passed while its caller was not on a processor.
		if read := b.Stats().Prompt - before; read > long/2 {
			t.Errorf("%d prompt tokens were read before the short one had its answer", read)
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
	group.Wait()
}
