package kernel_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"syscall"
	"testing"

	"ayni.example/tensor/internal/kernel"
)

const quantSeed = 20263

// noise is random bytes whose binary16 fields are what they happen to be, but never NaN: bit 6 of each byte of a scale is clear.
func noise(r *rand.Rand, n int, scale func(at int) bool) []byte {
	b := make([]byte, n)
	extreme := r.IntN(4) == 0
	for i := range b {
		b[i] = byte(r.Uint32())
		if extreme {
			b[i] = [...]byte{0, 0x80, 0xff, 0x7f}[r.IntN(4)]
		}
		if scale(i) {
			b[i] &^= 0x40
		}
	}
	return b
}

func wild(r *rand.Rand, n int) []float32 {
	x := make([]float32, n)
	for i := range x {
		switch r.IntN(8) {
		case 0:
			x[i] = 0
		case 1:
			x[i] = math.Float32frombits(r.Uint32() & 0x80ffffff)
		case 2:
			x[i] = math.Float32frombits(r.Uint32()&0x807fffff | (100+r.Uint32N(100))<<23)
		default:
			x[i] = float32(r.NormFloat64())
		}
	}
	if r.IntN(2) == 0 { // ordinary sizes, so that no element dwarfs the others
		for i := range x {
			x[i] = float32(r.NormFloat64())
		}
	}
	for i := 0; i+256 <= n; i += 256 {
		if r.IntN(6) == 0 { // zero, or below what counts as zero
			for j := range 256 {
				x[i+j] = [...]float32{0, 0x1p-100, -0x1.8p-101}[r.IntN(3)]
			}
		}
	}
	return x
}

func TestQuantisedFamiliesEqualPortable(t *testing.T) {
	t.Logf("seed %d", quantSeed)
	r := rand.New(rand.NewPCG(quantSeed, 1))
	families := kernel.Families()
	for _, f := range families {
		for round := range 60 {
			blocks, n, groups := 1+r.IntN(9), 1+r.IntN(20), 1+r.IntN(4)
			in32, in256 := make([]kernel.Block32, n*blocks), make([]kernel.Block256, n*blocks)
			families[0].Quant.Quantise32(in32, wild(r, 32*len(in32)))
			families[0].Quant.Quantise256(in256, wild(r, 256*len(in256)))
			at := fmt.Sprintf("%s round %d: %d blocks, %d rows, %d groups", f.Name, round, blocks, n, groups)
			q, p := &f.Quant, &families[0].Quant
			compare(t, at+": Q8_0", r, q.MulQ8, p.MulQ8, noise(r, groups*kernel.GroupQ8(blocks), func(i int) bool { return i%1088 >= 1024 }), in32, n, groups)
			compare(t, at+": Q4_0", r, q.MulQ4, p.MulQ4, noise(r, groups*kernel.GroupQ4(blocks), func(i int) bool { return i%576 >= 512 }), in32, n, groups)
			w := noise(r, groups*kernel.GroupQ4K(blocks), func(i int) bool { return i%2368 >= 2304 })
			for i := range w { // scales and minima have six bits
				if i%2368 >= 2048 && i%2368 < 2304 {
					w[i] &= 63
				}
			}
			compare(t, at+": Q4_K", r, q.MulQ4K, p.MulQ4K, w, in256, n, groups)
			compare(t, at+": Q6_K", r, q.MulQ6K, p.MulQ6K, noise(r, groups*kernel.GroupQ6K(blocks), func(i int) bool { return i%3392 >= 3328 }), in256, n, groups)
		}
	}
}

func compare[B any](t *testing.T, at string, r *rand.Rand, f, p func([]float32, int, []byte, []B, int), w []byte, x []B, n, groups int) {
	t.Helper()
	step := 16*groups + r.IntN(3)*7
	got, want := make([]float32, n*step), make([]float32, n*step)
	for i := range got {
		got[i], want[i] = 7, 7
	}
	f(got, step, w, x, n)
	p(want, step, w, x, n)
	for i := range want {
		if math.Float32bits(got[i]) != math.Float32bits(want[i]) {
			t.Fatalf("%s: output %d of row %d is %x, want %x", at, i%step, i/step, got[i], want[i])
		}
	}
}

func TestQuantisationFamiliesEqualPortable(t *testing.T) {
	t.Logf("seed %d", quantSeed)
	r := rand.New(rand.NewPCG(quantSeed, 2))
	families := kernel.Families()
	for _, f := range families {
		for round := range 200 {
			x := wild(r, 256*(1+r.IntN(5)))
			if round%5 == 0 {
				x[r.IntN(len(x))] = [...]float32{float32(math.NaN()), float32(math.Inf(1)), float32(math.Inf(-1))}[r.IntN(3)]
			}
			got, want := make([]kernel.Block32, len(x)/32), make([]kernel.Block32, len(x)/32)
			f.Quant.Quantise32(got, x)
			families[0].Quant.Quantise32(want, x)
			for i := range want {
				if got[i] != want[i] && (got[i].D == got[i].D || want[i].D == want[i].D) {
					t.Fatalf("%s: block %d of 32 is %v, want %v", f.Name, i, got[i], want[i])
				}
			}
			many, wanted := make([]kernel.Block256, len(x)/256), make([]kernel.Block256, len(x)/256)
			f.Quant.Quantise256(many, x)
			families[0].Quant.Quantise256(wanted, x)
			for i := range wanted {
				if many[i] != wanted[i] && (many[i].D == many[i].D || wanted[i].D == wanted[i].D) {
					t.Fatalf("%s: block %d of 256 is %v, want %v", f.Name, i, many[i], wanted[i])
				}
			}
		}
	}
}

func BenchmarkQuantised(b *testing.B) {
	r := rand.New(rand.NewPCG(quantSeed, 3))
	const cols, groups = 2048, 4
	for _, f := range kernel.Families() {
		for _, n := range []int{1, 8, 64} {
			in32, in256 := make([]kernel.Block32, n*cols/32), make([]kernel.Block256, n*cols/256)
			x := wild(r, n*cols)
			f.Quant.Quantise32(in32, x)
			f.Quant.Quantise256(in256, x)
			dst := make([]float32, 16*groups*n)
			never := func(int) bool { return false }
			measure(b, f.Name, "Q8_0", f.Quant.MulQ8, dst, noise(r, groups*kernel.GroupQ8(cols/32), never), in32, n)
			measure(b, f.Name, "Q4_0", f.Quant.MulQ4, dst, noise(r, groups*kernel.GroupQ4(cols/32), never), in32, n)
			measure(b, f.Name, "Q4_K", f.Quant.MulQ4K, dst, noise(r, groups*kernel.GroupQ4K(cols/256), never), in256, n)
			measure(b, f.Name, "Q6_K", f.Quant.MulQ6K, dst, noise(r, groups*kernel.GroupQ6K(cols/256), never), in256, n)
			b.Run(fmt.Sprintf("%s/quantise32/%d", f.Name, n), func(b *testing.B) {
				for b.Loop() {
					f.Quant.Quantise32(in32, x)
				}
				b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(len(x)), "ns/value")
			})
		}
	}
}

func measure[B any](b *testing.B, family, format string, f func([]float32, int, []byte, []B, int), dst []float32, w []byte, x []B, n int) {
	b.Helper()
	b.Run(fmt.Sprintf("%s/%s/%d", family, format, n), func(b *testing.B) {
		start := processor(b)
		for b.Loop() {
			f(dst, len(dst)/n, w, x, n)
		}
		ns := (processor(b) - start) / float64(b.N) * 1e9
		b.ReportMetric(float64(len(dst)*2048)/ns, "GMAC/cpu-s")
		b.ReportMetric(float64(len(w))/ns, "GB/cpu-s")
	})
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
