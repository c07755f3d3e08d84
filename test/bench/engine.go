package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"syscall"
	"time"

	"ayni.example/tensor/gguf"
	"ayni.example/tensor/llama"
	"ayni.example/tensor/starter"
)

const (
	engineRuns    = 5
	enginePrefill = 128
	engineDecode  = 96
)

// engineRates are tokens per processor-second, one value for each run.
type engineRates struct {
	Prefill, Decode, DecodeWall []float64
}

// engine measures the starter on one thread in a process of its own.
func (b *bench) engine(ctx context.Context, s *section) {
	self, err := os.Executable()
	if err != nil {
		s.missing("tokens per core-second", err)
		return
	}
	text, err := exec.CommandContext(ctx, self, "-child", "engine").Output()
	var r engineRates
	if err == nil {
		err = json.Unmarshal(text, &r)
	}
	if err != nil {
		s.missing("tokens per core-second", err)
		return
	}
	const nobody = "nobody yet: llama.cpp comes later"
	s.add(row{what: "decode, tokens per core-second, 1 thread", figure: fmt.Sprintf("%.0f", medianFloat(r.Decode)), against: nobody, runs: fmt.Sprint(engineRuns)})
	s.add(row{what: "prefill, tokens per core-second, 1 thread", figure: fmt.Sprintf("%.0f", medianFloat(r.Prefill)), against: nobody, runs: fmt.Sprint(engineRuns)})
	s.add(row{what: "decode, tokens per second of the clock", figure: fmt.Sprintf("%.0f", medianFloat(r.DecodeWall)), against: nobody, runs: fmt.Sprint(engineRuns)})
	s.note("The embedded starter (Q8_0, 2.8 M parameters), greedy: a prompt of %d tokens, then %d tokens of answer. Portable Go, no assembly.",
		enginePrefill, engineDecode)
}

// engineChild prints engineRates.
func engineChild(ctx context.Context, w io.Writer) error {
	runtime.GOMAXPROCS(1)
	file, err := gguf.Parse(starter.GGUF())
	if err != nil {
		return fmt.Errorf("parse the starter: %w", err)
	}
	m, err := llama.Load(file, llama.Config{Threads: 1})
	if err != nil {
		return fmt.Errorf("load the starter: %w", err)
	}
	prompt := m.Tokenizer.Encode(strings.Repeat("func (r *Reader) Read(p []byte) (n int, err error) {\n\treturn r.read(p)\n}\n\n", 16))
	if len(prompt) < enginePrefill {
		return fmt.Errorf("the prompt has %d tokens, want %d", len(prompt), enginePrefill)
	}
	var rates engineRates
	for i := range engineRuns + 1 { // the first warms up
		if err := rates.measure(ctx, m, prompt[:enginePrefill]); err != nil {
			return err
		}
		if i == 0 {
			rates = engineRates{}
		}
	}
	return json.NewEncoder(w).Encode(rates)
}

// measure adds a run. One prompt takes milliseconds, so that a run repeats it.
func (r *engineRates) measure(ctx context.Context, m *llama.Model, prompt []int32) error {
	const repeats = 8
	var prefill, decode, wall time.Duration
	for range repeats {
		state, err := m.NewState(len(prompt) + engineDecode)
		if err != nil {
			return fmt.Errorf("prepare the starter: %w", err)
		}
		start := ownCPU()
		logits, err := state.Prefill(ctx, prompt)
		if err != nil {
			return fmt.Errorf("run the starter: %w", err)
		}
		middle, clock := ownCPU(), time.Now()
		for range engineDecode {
			if logits, err = state.Decode(ctx, likeliest(logits)); err != nil {
				return fmt.Errorf("run the starter: %w", err)
			}
		}
		prefill, decode, wall = prefill+middle-start, decode+ownCPU()-middle, wall+time.Since(clock)
	}
	r.Prefill = append(r.Prefill, float64(repeats*len(prompt))/prefill.Seconds())
	r.Decode = append(r.Decode, repeats*engineDecode/decode.Seconds())
	r.DecodeWall = append(r.DecodeWall, repeats*engineDecode/wall.Seconds())
	return nil
}

func likeliest(logits []float32) int32 {
	best := 0
	for i, l := range logits {
		if l > logits[best] {
			best = i
		}
	}
	return int32(best)
}

// ownCPU is the processor time of this process.
func ownCPU() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
