package record_test

import (
	"runtime"
	"syscall"
	"testing"

	"ayni.example/tensor"
	"ayni.example/tensor/trace"
)

// starter is the shape of the starter model, 2.8 million parameters, with the windows that it was trained on.
func starter() trace.Shape {
	return trace.Shape{
		Layers: 6, Width: 192, Heads: 6, KVHeads: 3, HeadSize: 32, Inner: 512, Vocab: 2048, Windows: 8, Length: 256,
		Eps: epsilon, Clip: 0x3ff0000000000000,
	}
}

func cpuSeconds() float64 {
	var r syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &r)
	return float64(r.Utime.Nano()+r.Stime.Nano()) / 1e9
}

// BenchmarkCommit is a step of training beside the root of the state after it, one thread.
func BenchmarkCommit(b *testing.B) {
	tr := begin(b, starter(), 1)
	pool := tensor.NewPool(1)
	data := tr.state()
	for name, do := range map[string]func(){
		"step": func() { tr.advance(b, 0) },
		"root": func() { tr.commitWith(b, pool, data) },
	} {
		b.Run(name, func(b *testing.B) {
			start := cpuSeconds()
			for b.Loop() {
				do()
			}
			b.ReportMetric(1000*(cpuSeconds()-start)/float64(b.N), "cpu-ms")
		})
	}
}

// BenchmarkRecord is what a dispute costs the worker before its first answer: all tensors of a step, with their trees.
func BenchmarkRecord(b *testing.B) {
	tr := begin(b, starter(), 1)
	before := tr.commit(b, tr.state())
	start := cpuSeconds()
	for b.Loop() {
		tr.recordWith(b, runtime.NumCPU(), 0, before)
	}
	b.ReportMetric(1000*(cpuSeconds()-start)/float64(b.N), "cpu-ms")
}
