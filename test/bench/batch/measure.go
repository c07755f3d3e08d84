package main

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"strings"
	"sync"

	"ayni.example/tensor/llama"
	"ayni.example/test/bench/peak"
)

// together is how many requests are computed at once.
const together = 8

// result is one model's figures; speeds are tokens per second of processor time.
type result struct {
	Name        string  `json:"name"`
	WeightBytes float64 `json:"weight_bytes"`
	One         float64 `json:"one"`
	OfBandwidth float64 `json:"of_bandwidth"`
	Eight       float64 `json:"eight"`
	Ratio       float64 `json:"ratio"`
	Greedy      float64 `json:"replay_greedy"`
	Sampled     float64 `json:"replay_sampled"`
	Text        float64 `json:"replay_text,omitempty"` // of a model whose tokens spell text
	Fresh       float64 `json:"first_fresh_seconds"`
	Kept        float64 `json:"first_kept_seconds"`
	Saved       float64 `json:"first_ratio"`
}

// sampled is what the engine does when a request says nothing.
func sampled(seed, most int) llama.Options {
	return llama.Options{MaxTokens: most, Temperature: 0.8, TopK: 40, TopP: 0.95, Seed: uint64(seed), Logprobs: -1}
}

func (f *fixture) run(rounds int) (result, error) {
	m, err := f.load()
	if err != nil {
		return result{}, err
	}
	c := result{Name: f.name, WeightBytes: float64(m.WeightBytes)}
	rows := map[*float64][]float64{}
	for round := range rounds + 1 {
		var now result
		err := errors.Join(f.batches(m, round, &now), f.replays(m, round, &now), f.prefixes(m, round, &now))
		if err != nil {
			return c, err
		}
		if round == 0 {
			continue // caches and pages are cold
		}
		for to, v := range map[*float64]float64{
			&c.One: now.One, &c.Eight: now.Eight, &c.Ratio: now.Ratio, &c.Greedy: now.Greedy, &c.Sampled: now.Sampled, &c.Text: now.Text,
			&c.Fresh: now.Fresh, &c.Kept: now.Kept, &c.Saved: now.Saved,
		} {
			rows[to] = append(rows[to], v)
		}
	}
	for to, values := range rows {
		slices.Sort(values)
		*to = values[len(values)/2]
	}
	return c, nil
}

func ignore(llama.Token) error { return nil }

// batches answers the same requests one after the other and together.
func (f *fixture) batches(m *llama.Model, round int, r *result) error {
	speed := func(wide int) (float64, error) {
		b, err := m.NewBatch(llama.BatchConfig{Sequences: wide})
		if err != nil {
			return 0, err
		}
		done, errs := 0, make([]error, together)
		var mu sync.Mutex
		var group sync.WaitGroup
		seconds := peak.Seconds(func() {
			for i := range together {
				group.Go(func() {
					got, err := b.Generate(context.Background(), tokens(m, f.prompt, i), sampled(round*together+i, f.answer), ignore)
					mu.Lock()
					defer mu.Unlock()
					errs[i], done = err, done+got.CompletionTokens
				})
			}
			group.Wait()
		})
		return float64(done) / seconds, errors.Join(errs...)
	}
	var one, eight error
	r.One, one = speed(1)
	r.Eight, eight = speed(together)
	r.Ratio = r.Eight / r.One
	return errors.Join(one, eight)
}

// replays generates answers and recomputes them, from their tokens or, as who holds a response has it, from their text alone: that
// may have other tokens than the model wrote.
func (f *fixture) replays(m *llama.Model, round int, r *result) error {
	cost := func(opt llama.Options, text bool) (float64, error) {
		var got llama.Result
		var err error
		prompt := tokens(m, f.prompt, round)
		anew := peak.Seconds(func() { got, err = m.Generate(context.Background(), prompt, opt, ignore) })
		if err != nil {
			return 0, err
		}
		var again llama.Result
		known := func(chosen []int32) []int32 {
			if !text {
				return got.Tokens[len(chosen):]
			}
			if rest, ok := strings.CutPrefix(got.Text, m.Tokenizer.Decode(chosen)); ok {
				return m.Tokenizer.Encode(rest)
			}
			return nil
		}
		replay := peak.Seconds(func() { again, _, err = m.Recompute(context.Background(), prompt, opt, known, ignore) })
		if err == nil && !slices.Equal(got.Tokens, again.Tokens) {
			err = errors.New("the replay differs")
		}
		return replay / anew, err
	}
	var greedy, drawn, written error
	r.Greedy, greedy = cost(llama.Options{MaxTokens: f.answer, Logprobs: -1}, false)
	r.Sampled, drawn = cost(sampled(round, f.answer), false)
	if f.spells {
		r.Text, written = cost(sampled(round, f.answer), true)
	}
	return errors.Join(greedy, drawn, written)
}

// prefixes asks for one token after a long prompt, twice.
func (f *fixture) prefixes(m *llama.Model, round int, r *result) error {
	b, err := m.NewBatch(llama.BatchConfig{Prefix: 1 << 30})
	if err != nil {
		return err
	}
	first := func() (float64, error) {
		var err error
		seconds := peak.Seconds(func() {
			_, err = b.Generate(context.Background(), tokens(m, f.long, round), llama.Options{MaxTokens: 1, Logprobs: -1}, ignore)
		})
		return seconds, err
	}
	if r.Fresh, err = first(); err != nil {
		return err
	}
	r.Kept, err = first()
	r.Saved = r.Kept / r.Fresh
	return err
}

// bandwidth is how many 10^9 bytes a second one core reads from memory in order, by the vector code of bytes.IndexByte, at best
// of a few passes over more than the caches hold.
func bandwidth() float64 {
	const size, passes = 1 << 28, 5
	b := bytes.Repeat([]byte{2}, size)
	b[size-1] = 1
	best := 0.0
	for range passes {
		if s := peak.Seconds(func() { bytes.IndexByte(b, 1) }); s > 0 {
			best = max(best, size/s/1e9)
		}
	}
	return best
}
