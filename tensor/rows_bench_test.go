package tensor_test

import (
	"math/rand/v2"
	"testing"

	"ayni.example/tensor"
)

// Run with AYNI_KERNEL=portable, avx2 and avx512 to compare families. MB/s count what a row reads and writes once.
func BenchmarkRows(b *testing.B) {
	r := rand.New(rand.NewPCG(1, 1))
	const n = 2048
	x, y, z, u, v := noise(r, n), noise(r, n), noise(r, n), noise(r, n), noise(r, n)
	keep := append([]float32(nil), x...)
	adam := tensor.AdamW{Rate: 1e-3, Beta1: 0.9, Beta2: 0.95, Eps: 1e-8, Decay: 0.1, Step: 10, Scale: 1}
	clear(u)
	clear(v)
	for _, c := range []struct {
		name string
		rows int64
		run  func()
	}{
		{"Dot", 2, func() { tensor.Dot(x, y) }},
		{"Max", 1, func() { tensor.Max(x) }},
		{"Add", 3, func() { tensor.Add(z, y) }},
		{"RMSNorm", 3, func() { tensor.RMSNorm(z, x, y, 1e-5) }},
		{"Softmax", 2, func() { copy(z, keep); tensor.Softmax(z) }},
		{"LogSumExp", 1, func() { tensor.LogSumExp(x) }},
		{"SwiGLU", 3, func() { tensor.SwiGLUTo(z, x, y) }},
		{"SwiGLUBackward", 5, func() { tensor.SwiGLUBackward(z, u, x, y, keep) }},
		{"RMSNormBackward", 6, func() { tensor.RMSNormBackward(z, u, x, y, keep, 1e-5) }},
		{"SoftmaxBackward", 3, func() { copy(z, keep); tensor.SoftmaxBackward(z, y, 0.5) }},
		{"AdamW", 7, func() { adam.Apply(x, y, u, v) }},
	} {
		b.Run(c.name, func(b *testing.B) {
			copy(x, keep)
			clear(u)
			clear(v)
			b.SetBytes(c.rows * 4 * n)
			for b.Loop() {
				c.run()
			}
		})
	}
}

// BenchmarkMemory is the limit for rows that no cache holds: a copy.
func BenchmarkMemory(b *testing.B) {
	x, y := make([]float32, 1<<25), make([]float32, 1<<25)
	b.SetBytes(8 << 25)
	for b.Loop() {
		copy(x, y)
	}
}

// BenchmarkAttend counts a multiplication and an addition for each element of a key and of a value that is seen.
func BenchmarkAttend(b *testing.B) {
	for _, c := range []struct {
		name                     string
		group, n, position, size int
	}{
		{"decode at 1000 head 64 group 1", 1, 1, 1000, 64},
		{"decode at 1000 head 64 group 4", 4, 1, 1000, 64},
		{"decode at 250 head 32 group 2", 2, 1, 250, 32},
		{"prefill 256 head 64", 1, 256, 0, 64},
		{"prefill 256 head 32", 1, 256, 0, 32},
		{"prefill 64 at 1000 head 128 group 4", 4, 64, 1000, 128},
		{"prefill 64 at 8000 head 128 group 1", 1, 64, 8000, 128},
		{"decode at 8000 head 128 group 4", 4, 1, 8000, 128},
	} {
		b.Run(c.name, func(b *testing.B) {
			r := rand.New(rand.NewPCG(1, 1))
			total := c.position + c.n
			keys, values := pages(noise(r, total*c.size), noise(r, total*c.size), c.size, 32)
			width := c.group * c.size
			a := tensor.Attention{
				HeadSize: c.size, Group: c.group, N: c.n, Scale: tensor.InvSqrt(float32(c.size)), Position: c.position,
				Q: noise(r, c.n*width), QStep: width, Out: make([]float32, c.n*width), OutStep: width,
				PageSize: 32, Keys: keys, Values: values, ValueStep: c.size, ProbStep: total,
				Probs: make([]float32, c.group*c.n*total),
			}
			seen := c.n*c.position + c.n*(c.n+1)/2
			b.ReportAllocs()
			for b.Loop() {
				tensor.Attend(&a)
			}
			flops := 4 * float64(seen) * float64(c.group*c.size) * float64(b.N)
			b.ReportMetric(flops/b.Elapsed().Seconds()/1e9, "GFLOP/s")
		})
	}
}
