package tensor_test

import (
	"fmt"
	"syscall"
	"testing"

	"ayni.example/tensor"
)

// BenchmarkLargeProduct multiplies one row, and a few, with a matrix that no cache holds.
func BenchmarkLargeProduct(b *testing.B) {
	const rows, cols = 1 << 15, 2048
	for _, f := range append([]tensor.Format{tensor.FormatF32, tensor.FormatF16}, quantised...) {
		elements, size := f.Block()
		raw := make([]byte, rows*cols/elements*size) // zeros: speed does not depend on them
		m, err := tensor.NewMatrix(f, rows, cols, raw)
		if err != nil {
			b.Fatal(err)
		}
		for _, n := range []int{1, 4} {
			x, dst := make([]float32, n*cols), make([]float32, n*rows)
			for i := range x {
				x[i] = float32(i%7) - 3
			}
			pool := tensor.NewPool(1)
			b.Run(fmt.Sprintf("%s/%d", f, n), func(b *testing.B) {
				var in tensor.Input
				start := processor(b)
				for b.Loop() {
					in.Set(x, n, cols)
					m.Mul(pool, dst, &in)
				}
				b.ReportMetric(float64(len(raw))*float64(b.N)/(processor(b)-start)/1e9, "GB/cpu-s")
			})
		}
	}
}

// processor is the time of this process in seconds, which a busy machine disturbs less than the wall clock.
func processor(b *testing.B) float64 {
	b.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return float64(u.Utime.Nano()+u.Stime.Nano()) / 1e9
}
