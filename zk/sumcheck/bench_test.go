//go:build unix

package sumcheck_test

import (
	"syscall"
	"testing"

	"ayni.example/zk/field"
	"ayni.example/zk/sumcheck"
)

// perElement runs f and reports the processor time that this process took for each element: other processes do not count.
func perElement(b *testing.B, elements int, f func()) {
	b.Helper()
	b.ReportAllocs()
	before := processor(b)
	for b.Loop() {
		f()
	}
	b.ReportMetric(float64(processor(b)-before)/float64(b.N)/float64(elements), "cpu-ns/element")
}

func processor(b *testing.B) int64 {
	b.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return u.Utime.Nano() + u.Stime.Nano()
}

func BenchmarkProducts(b *testing.B) {
	r := source(b)
	const vars = 16
	first, second, base := elements(r, 1<<vars), elements(r, 1<<vars), baseElements(r, 1<<vars)
	a, c, workA, workC := field.Pack(first), field.Pack(second), field.NewVec(1<<vars), field.NewVec(1<<vars)
	b.Run("extension", func(b *testing.B) {
		perElement(b, 1<<vars, func() {
			copy(workA, a)
			copy(workC, c)
			sumcheck.ProveProducts(writer(), field.One(), []sumcheck.Product{{Vars: vars, A: workA, B: workC}})
		})
	})
	b.Run("base", func(b *testing.B) {
		perElement(b, 1<<vars, func() {
			copy(workA, a)
			sumcheck.ProveProducts(writer(), field.One(), []sumcheck.Product{{Vars: vars, A: workA, Base: base}})
		})
	})
}

func BenchmarkZero(b *testing.B) {
	r := source(b)
	for name, s := range map[string]*sum{"maxima of 4": products(r, 12, 4), "maxima of 9": products(r, 12, 9), "bits": bits(r, 14, 9)} {
		b.Run(name, func(b *testing.B) {
			perElement(b, len(s.columns)<<len(s.u), func() { s.prove(writer()) })
		})
	}
}

func BenchmarkVerify(b *testing.B) {
	s := products(source(b), 12, 4)
	w := writer()
	s.prove(w)
	perElement(b, 12, func() {
		if _, _, err := sumcheck.VerifyZero(reader(w.Proof()), s.u, s.degree, s.claim); err != nil {
			b.Fatal(err)
		}
	})
}
