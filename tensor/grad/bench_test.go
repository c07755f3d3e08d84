package grad_test

import (
	"syscall"
	"testing"

	"ayni.example/tensor"
	"ayni.example/tensor/grad"
)

// starter is the shape of the starter model.
func starter() grad.Shape {
	return grad.Shape{
		Vocab: 2048, Context: 256, Width: 192, Layers: 6, Heads: 6, KVHeads: 3, HeadSize: 32, Inner: 512,
		Base: 10000, Eps: 1e-5,
	}
}

func BenchmarkStep(b *testing.B) {
	for name, l := range map[string]*grad.LoRA{"full": nil, "lora": {Rank: 8, Alpha: 16, Seed: 1}} {
		b.Run(name, func(b *testing.B) {
			m, err := grad.New(starter(), 1)
			if err != nil {
				b.Fatal(err)
			}
			if l != nil {
				if err := m.AddLoRA(*l); err != nil {
					b.Fatal(err)
				}
			}
			t, err := grad.NewTrainer(m, tensor.NewPool(1), grad.DefaultConfig())
			if err != nil {
				b.Fatal(err)
			}
			data := make([][]int32, 8)
			for i := range data {
				data[i] = sequences(2048, 1, 257)[0]
			}
			step := func() {
				if _, err := t.Accumulate(data); err != nil {
					b.Fatal(err)
				}
				if _, err := t.Apply(1e-3); err != nil {
					b.Fatal(err)
				}
			}
			step()
			start := cpuSeconds()
			for b.Loop() {
				step()
			}
			b.ReportMetric(float64(b.N*8*256)/(cpuSeconds()-start), "tokens/cpu-s")
		})
	}
}

func cpuSeconds() float64 {
	var r syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &r)
	return float64(r.Utime.Nano()+r.Stime.Nano()) / 1e9
}
