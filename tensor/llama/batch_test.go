package llama_test

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"runtime"
	"slices"
	"sync"
	"testing"

	"ayni.example/tensor/llama"
)

// request is one of many in a batch, with what it gives alone.
type request struct {
	prompt []int32
	opt    llama.Options
	tokens []llama.Token
	result llama.Result
}

func randomRequest(r *rand.Rand, m *llama.Model) request {
	q := request{prompt: make([]int32, 1+r.IntN(70))}
	for i := range q.prompt {
		q.prompt[i] = int32(r.IntN(m.Vocab))
	}
	if r.IntN(2) == 0 { // common beginnings
		copy(q.prompt, prompt(m, 50))
	}
	q.opt = llama.Options{MaxTokens: 1 + r.IntN(40), Seed: r.Uint64(), Logprobs: r.IntN(4) - 1}
	if r.IntN(3) > 0 {
		q.opt.Temperature, q.opt.TopP, q.opt.TopK = 0.5+r.Float32(), 0.9, r.IntN(50)
		q.opt.RepeatPenalty, q.opt.FrequencyPenalty = 1+r.Float32()/5, r.Float32()/5
	}
	return q
}

// same compares answers to the last bit.
func same(tb testing.TB, have, want request) {
	tb.Helper()
	equal := slices.EqualFunc(have.tokens, want.tokens, func(a, b llama.Token) bool {
		return a.ID == b.ID && a.Text == b.Text && math.Float32bits(a.Logprob) == math.Float32bits(b.Logprob) && slices.Equal(a.Top, b.Top)
	})
	if !equal || have.result.Finish != want.result.Finish || have.result.Text != want.result.Text ||
		!slices.Equal(have.result.Tokens, want.result.Tokens) || have.result.PromptTokens != want.result.PromptTokens ||
		have.result.CompletionTokens != want.result.CompletionTokens {
		tb.Errorf("in a batch %+v %v, alone %+v %v", have.result, have.tokens, want.result, want.tokens)
	}
}

type generator interface {
	Generate(context.Context, []int32, llama.Options, func(llama.Token) error) (llama.Result, error)
}

func (q *request) ask(ctx context.Context, g generator, each func(n int) error) error {
	q.tokens = nil
	var err error
	q.result, err = g.Generate(ctx, q.prompt, q.opt, func(t llama.Token) error {
		q.tokens = append(q.tokens, t)
		return each(len(q.tokens))
	})
	return err
}

func never(int) error { return nil }

// TestBatchGivesTheBitsOfALoneRequest lets requests arrive and leave at random moments.
func TestBatchGivesTheBitsOfALoneRequest(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	for name, spec := range specs {
		r := rand.New(rand.NewPCG(seed, 0))
		alone := model(t, spec, llama.Config{Threads: 1})
		requests := make([]request, 12)
		for i := range requests {
			requests[i] = randomRequest(r, alone)
			if err := requests[i].ask(t.Context(), alone, never); err != nil {
				t.Fatal(err)
			}
		}
		for _, cfg := range []llama.BatchConfig{{}, {Sequences: 1, Prefix: 1 << 20}, {Sequences: 3, Rows: 5, Prefix: 1 << 17}, {Sequences: 8, Rows: 100, MaxBytes: 1 << 20, Prefix: 1 << 22}} {
			m := model(t, spec, llama.Config{Threads: 1 + r.IntN(3)})
			b, err := m.NewBatch(cfg)
			if err != nil {
				t.Fatal(err)
			}
			var group sync.WaitGroup
			for _, want := range requests {
				leave, pause := r.IntN(60), r.IntN(20)
				group.Go(func() {
					for range pause {
						runtime.Gosched()
					}
					have := want
					err := have.ask(t.Context(), b, func(n int) error {
						if n == leave {
							return errGone
						}
						return nil
					})
					if errors.Is(err, errGone) {
						want.tokens = want.tokens[:leave]
						if !slices.Equal(have.result.Tokens, want.result.Tokens[:len(have.result.Tokens)]) || have.result.Finish != llama.FinishCancelled {
							t.Errorf("%s: after leaving %+v, alone %+v", name, have.result, want.result)
						}
						return
					}
					if err != nil {
						t.Errorf("%s: %v", name, err)
					}
					same(t, have, want)
				})
			}
			group.Wait()
			if s := b.Stats(); s.Waiting != 0 || s.Running != 0 {
				t.Errorf("%s: after all answers %+v", name, s)
			}
		}
	}
}

var errGone = errors.New("client went away")

func TestBatchEmbedsAsAlone(t *testing.T) {
	m := model(t, specs["q8_0"], llama.Config{Threads: 2})
	b, err := m.NewBatch(llama.BatchConfig{Rows: 7})
	if err != nil {
		t.Fatal(err)
	}
	var group sync.WaitGroup
	for n := range 12 {
		group.Go(func() {
			text := prompt(m, 1+5*n)
			want, err := m.Embed(t.Context(), text)
			if err != nil {
				t.Error(err)
			}
			have, err := b.Embed(t.Context(), text)
			if err != nil || !slices.Equal(have, want) {
				t.Errorf("%d tokens: %v, have %v, want %v", len(text), err, have, want)
			}
			other := request{prompt: text, opt: llama.Options{MaxTokens: 5}}
			if err := other.ask(t.Context(), b, never); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	if _, err := b.Embed(t.Context(), nil); !errors.Is(err, llama.ErrEmptyPrompt) {
		t.Errorf("nothing to embed: %v", err)
	}
}

func TestBatchIsBounded(t *testing.T) {
	m := model(t, specs["f32"], llama.Config{})
	b, err := m.NewBatch(llama.BatchConfig{Sequences: 1, Queue: 1})
	if err != nil {
		t.Fatal(err)
	}
	running, free := make(chan struct{}), make(chan struct{})
	var group sync.WaitGroup
	group.Go(func() {
		first := request{prompt: prompt(m, 5), opt: llama.Options{MaxTokens: 20}}
		err := first.ask(t.Context(), b, func(n int) error {
			if n == 1 {
				close(running)
				<-free
			}
			return nil
		})
		if err != nil {
			t.Error(err)
		}
	})
	<-running
	ctx, cancel := context.WithCancel(t.Context())
	queued := make(chan error)
	go func() {
		second := request{prompt: prompt(m, 5), opt: llama.Options{MaxTokens: 2}}
		queued <- second.ask(ctx, b, never)
	}()
	for b.Stats().Waiting == 0 {
		runtime.Gosched()
	}
	third := request{prompt: prompt(m, 5)}
	if err := third.ask(t.Context(), b, never); !errors.Is(err, llama.ErrBusy) {
		t.Errorf("beyond the queue: %v", err)
	}
	cancel()
	if err := <-queued; !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled while it waited: %v", err)
	}
	if s := b.Stats(); s.Waiting != 0 || s.Running != 1 {
		t.Errorf("%+v, want one running", s)
	}
	close(free)
	group.Wait()

	for _, cfg := range []llama.BatchConfig{{Sequences: -1}, {Queue: -1}, {Rows: -1}, {Rows: 1 << 20}, {Sequences: 1 << 20}} {
		if _, err := m.NewBatch(cfg); err == nil {
			t.Errorf("%+v was accepted", cfg)
		}
	}
}

// TestMemoryOfCaches refuses a prompt that does not fit, and ends an answer of no asked length where the memory does.
func TestMemoryOfCaches(t *testing.T) {
	m := model(t, specs["f32"], llama.Config{})
	small, err := m.NewBatch(llama.BatchConfig{MaxBytes: 1000})
	if err != nil {
		t.Fatal(err)
	}
	q := request{prompt: prompt(m, 5)}
	var memory *llama.MemoryError
	if err := q.ask(t.Context(), small, never); !errors.As(err, &memory) || memory.Limit != 1000 {
		t.Fatalf("beyond the memory: %v", err)
	}
	// One page has 32 positions, and the last token of an answer takes none.
	page, err := m.NewBatch(llama.BatchConfig{MaxBytes: memory.Need})
	if err != nil {
		t.Fatal(err)
	}
	if err := q.ask(t.Context(), page, never); err != nil || len(q.result.Tokens) != 28 || q.result.Finish != llama.FinishLength {
		t.Errorf("of no asked length: %d tokens, %q, %v", len(q.result.Tokens), q.result.Finish, err)
	}
}

// TestCancelledWithinOneStep cancels one of two answers and an embedding; the other answer goes on.
func TestCancelledWithinOneStep(t *testing.T) {
	m := model(t, specs["f32"], llama.Config{})
	b, err := m.NewBatch(llama.BatchConfig{})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	var group sync.WaitGroup
	group.Go(func() {
		q := request{prompt: prompt(m, 5), opt: llama.Options{MaxTokens: 60}}
		err := q.ask(ctx, b, func(n int) error {
			if n == 3 {
				cancel()
			}
			return nil
		})
		if !errors.Is(err, context.Canceled) || q.result.Finish != llama.FinishCancelled || len(q.result.Tokens) != 3 {
			t.Errorf("after cancel: %+v, %v", q.result, err)
		}
		if _, err := b.Embed(ctx, q.prompt); !errors.Is(err, context.Canceled) {
			t.Errorf("embedding after cancel: %v", err)
		}
	})
	ask(t, m, b, request{prompt: prompt(m, 7), opt: llama.Options{MaxTokens: 60}})
	group.Wait()
	if s := b.Stats(); s.Running != 0 || s.Waiting != 0 || s.Chosen > 60+3+5 {
		t.Errorf("%+v: a cancelled answer went on", s)
	}
}
