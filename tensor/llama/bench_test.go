package llama_test

import (
	"sync"
	"syscall"
	"testing"

	"ayni.example/tensor/gguf"
	"ayni.example/tensor/llama"
	"ayni.example/tensor/llama/llamatest"
)

// starterShape is about the size of the embedded starter: 3 M parameters.
func starterShape(t gguf.Type) llamatest.Spec {
	return llamatest.Spec{Type: t, Layers: 6, Width: 192, Heads: 6, KVHeads: 6, HeadSize: 32, Inner: 512, Context: 512, Vocab: 2048, Seed: 9}
}

// cpu is the processor time of this process in seconds, which a busy machine disturbs less
// than the wall clock. In BenchmarkDecode it covers the prefill too.
func cpu(b *testing.B) float64 {
	b.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return float64(u.Utime.Nano()+u.Stime.Nano()) / 1e9
}

func BenchmarkDecode(b *testing.B) {
	for _, t := range []gguf.Type{gguf.Q8_0, gguf.F32} {
		for _, from := range []int{16, 256} {
			b.Run(t.String()+map[int]string{16: "/at16", 256: "/at256"}[from], func(b *testing.B) {
				m := model(b, starterShape(t), llama.Config{Threads: 1})
				const steps = 32
				p := prompt(m, from)
				start := cpu(b)
				for b.Loop() {
					b.StopTimer()
					s, err := m.NewState(from + steps)
					if err == nil {
						_, err = s.Prefill(b.Context(), p)
					}
					b.StartTimer()
					for i := 0; i < steps && err == nil; i++ {
						_, err = s.Decode(b.Context(), int32(i))
					}
					if err != nil {
						b.Fatal(err)
					}
				}
				b.ReportMetric(float64(b.N)*steps/b.Elapsed().Seconds(), "tokens/s")
				b.ReportMetric(float64(b.N)*(steps+float64(from))/(cpu(b)-start), "tokens/cpu-s")
			})
		}
	}
}

func BenchmarkPrefill(b *testing.B) {
	for _, t := range []gguf.Type{gguf.Q8_0, gguf.F32} {
		for _, threads := range []int{1, 2} {
			b.Run(t.String()+map[int]string{1: "/1thread", 2: "/2threads"}[threads], func(b *testing.B) {
				m := model(b, starterShape(t), llama.Config{Threads: threads})
				p, start := prompt(m, 256), cpu(b)
				for b.Loop() {
					s, err := m.NewState(len(p))
					if err == nil {
						_, err = s.Prefill(b.Context(), p)
					}
					if err != nil {
						b.Fatal(err)
					}
				}
				b.ReportMetric(float64(b.N*len(p))/b.Elapsed().Seconds(), "tokens/s")
				b.ReportMetric(float64(b.N*len(p))/(cpu(b)-start), "tokens/cpu-s")
			})
		}
	}
}

func BenchmarkGenerateSampled(b *testing.B) {
	m := model(b, starterShape(gguf.Q8_0), llama.Config{Threads: 1})
	opt := llama.Options{MaxTokens: 64, Temperature: 0.8, TopP: 0.95, Logprobs: 5}
	p, n, start := prompt(m, 16), 0, cpu(b)
	for b.Loop() {
		r, err := m.Generate(b.Context(), p, opt, func(llama.Token) error { return nil })
		if err != nil {
			b.Fatal(err)
		}
		n += r.CompletionTokens
	}
	b.ReportMetric(float64(n)/b.Elapsed().Seconds(), "tokens/s")
	b.ReportMetric(float64(n)/(cpu(b)-start), "tokens/cpu-s")
}

// BenchmarkBatch answers eight requests one after the other and together.
func BenchmarkBatch(b *testing.B) {
	m := model(b, starterShape(gguf.Q8_0), llama.Config{Threads: 1})
	for name, wide := range map[string]int{"one": 1, "eight": 8} {
		b.Run(name, func(b *testing.B) {
			batch, err := m.NewBatch(llama.BatchConfig{Sequences: wide})
			if err != nil {
				b.Fatal(err)
			}
			n, start := 0, cpu(b)
			var mu sync.Mutex
			for b.Loop() {
				var group sync.WaitGroup
				for i := range 8 {
					group.Go(func() {
						opt := llama.Options{MaxTokens: 64, Temperature: 0.8, TopK: 40, TopP: 0.95, Seed: uint64(i), Logprobs: -1}
						r, err := batch.Generate(b.Context(), prompt(m, 16+i), opt, func(llama.Token) error { return nil })
						if err != nil {
							b.Error(err)
						}
						mu.Lock()
						defer mu.Unlock()
						n += r.CompletionTokens
					})
				}
				group.Wait()
			}
			b.ReportMetric(float64(n)/(cpu(b)-start), "tokens/cpu-s")
		})
	}
}

// BenchmarkRecompute is beside what generating the same answer takes.
func BenchmarkRecompute(b *testing.B) {
	m := model(b, starterShape(gguf.Q8_0), llama.Config{Threads: 1})
	opt := llama.Options{MaxTokens: 200, Temperature: 0.8, TopK: 40, TopP: 0.95, Seed: 3, Logprobs: -1}
	p, none := prompt(m, 24), func(llama.Token) error { return nil }
	var generated, recomputed float64
	for b.Loop() {
		start := cpu(b)
		got, err := m.Generate(b.Context(), p, opt, none)
		if err != nil {
			b.Fatal(err)
		}
		middle := cpu(b)
		if _, work, err := m.Recompute(b.Context(), p, opt, foretell(got.Tokens), none); err != nil || work.Passes != 1 {
			b.Fatal(work, err)
		}
		generated, recomputed = generated+middle-start, recomputed+cpu(b)-middle
	}
	b.ReportMetric(recomputed/generated, "of-generation")
}
