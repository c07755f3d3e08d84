package main

import (
	"bufio"
	"fmt"
	"os"
	"slices"
	"syscall"

	"github.com/hybridgroup/yzma/pkg/llama"
)

// timing is what bench prints: processor seconds of the whole process for one repetition.
type timing struct {
	PrefillTokens int       `json:"prefill_tokens"`
	DecodeTokens  int       `json:"decode_tokens"`
	Prefill       []float64 `json:"prefill_cpu_s"` // ascending
	Decode        []float64 `json:"decode_cpu_s"`
	PrefillRate   float64   `json:"prefill_tokens_per_cpu_s"` // of the median
	DecodeRate    float64   `json:"decode_tokens_per_cpu_s"`
}

// bench runs a prompt of arbitrary tokens and decodes after it, once to warm up and then for
// each repetition.
func (p *peer) bench() error {
	vocab := int(llama.VocabNTokens(p.vocab))
	ctx, err := p.context(p.o.prefill + p.o.decode)
	if err != nil {
		return err
	}
	defer func() { _ = llama.Free(ctx) }()
	batch := llama.BatchInit(int32(p.o.prefill), 0, 1)
	defer func() { _ = llama.BatchFree(batch) }()
	tokens := arbitrary(p.o.prefill+p.o.decode, vocab)
	t := timing{PrefillTokens: p.o.prefill, DecodeTokens: p.o.decode}
	for rep := range p.o.reps + 1 {
		first, second, err := p.once(ctx, &batch, tokens, p.o.prefill)
		if err != nil {
			return err
		}
		if rep > 0 {
			t.Prefill, t.Decode = append(t.Prefill, first), append(t.Decode, second)
		}
	}
	slices.Sort(t.Prefill)
	slices.Sort(t.Decode)
	t.PrefillRate = float64(t.PrefillTokens) / t.Prefill[len(t.Prefill)/2]
	if p.o.decode > 0 {
		t.DecodeRate = float64(t.DecodeTokens) / t.Decode[len(t.Decode)/2]
	}
	return printJSON(t)
}

func (p *peer) once(ctx llama.Context, batch *llama.Batch, tokens []int32, from int) (prefill, rest float64, err error) {
	memory, err := llama.GetMemory(ctx)
	if err != nil {
		return 0, 0, err
	}
	if err := llama.MemoryClear(memory, true); err != nil {
		return 0, 0, err
	}
	start, err := cpuSeconds()
	if err != nil {
		return 0, 0, err
	}
	if err := decode(ctx, batch, tokens[:from], 0, false); err != nil {
		return 0, 0, err
	}
	if err := llama.Synchronize(ctx); err != nil {
		return 0, 0, err
	}
	middle, err := cpuSeconds()
	if err != nil {
		return 0, 0, err
	}
	for i := from; i < len(tokens); i++ {
		if err := decode(ctx, batch, tokens[i:i+1], i, false); err != nil {
			return 0, 0, err
		}
	}
	if err := llama.Synchronize(ctx); err != nil {
		return 0, 0, err
	}
	end, err := cpuSeconds()
	return middle - start, end - middle, err
}

// serve answers each line "pp N" or "tg N FROM" of standard input with the processor seconds of
// a prompt of N tokens, or of N tokens decoded after FROM others, so that measurements can
// alternate with those of another engine.
func (p *peer) serve() error {
	vocab := int(llama.VocabNTokens(p.vocab))
	ctx, err := p.context(p.o.prefill + p.o.decode)
	if err != nil {
		return err
	}
	defer func() { _ = llama.Free(ctx) }()
	batch := llama.BatchInit(int32(p.o.prefill+p.o.decode), 0, 1)
	defer func() { _ = llama.BatchFree(batch) }()
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		var what string
		n, from := 0, 1
		if got, err := fmt.Sscan(lines.Text(), &what, &n, &from); got < 2 {
			return fmt.Errorf("want \"pp N\" or \"tg N FROM\": %w", err)
		}
		if what == "pp" {
			n, from = 0, n
		}
		if n < 0 || from < 1 || n+from > p.o.prefill+p.o.decode {
			return fmt.Errorf("%s does not fit -p and -n", lines.Text())
		}
		first, second, err := p.once(ctx, &batch, arbitrary(n+from, vocab), from)
		if err != nil {
			return err
		}
		if what == "pp" {
			second = first
		}
		if err := printJSON(map[string]float64{"cpu_s": second}); err != nil {
			return err
		}
	}
	return lines.Err()
}

// arbitrary is a fixed sequence of ids: speed does not depend on what they are.
func arbitrary(n, vocab int) []int32 {
	out, x := make([]int32, n), uint32(1)
	for i := range out {
		x = x*1664525 + 1013904223
		out[i] = int32(x>>8) % int32(vocab)
	}
	return out
}

func cpuSeconds() (float64, error) {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0, fmt.Errorf("read processor time: %w", err)
	}
	return float64(u.Utime.Nano()+u.Stime.Nano()) / 1e9, nil
}
