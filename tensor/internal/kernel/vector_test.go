package kernel_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"ayni.example/tensor/internal/kernel"
)

// floats draws from kinds that find different faults: ordinary numbers, zeros of both signs, subnormals, huge numbers, and
// few values that make many ties.
func floats(r *rand.Rand, n int) []float32 {
	x := make([]float32, n)
	kind := r.IntN(6)
	for i := range x {
		switch v := float32(r.NormFloat64()); kind {
		case 0, 1:
			x[i] = v
		case 2:
			x[i] = [4]float32{0, float32(math.Copysign(0, -1)), v, -0x1p-149}[r.IntN(4)]
		case 3:
			x[i] = math.Float32frombits(r.Uint32() & 0x80ffffff)
		case 4:
			x[i] = v * 0x1p60
		case 5:
			x[i] = v * 30
		}
	}
	return x
}

// same compares bits; all NaN are alike.
func same(a, b []float32) error {
	for i := range a {
		if math.Float32bits(a[i]) != math.Float32bits(b[i]) && (a[i] == a[i] || b[i] == b[i]) {
			return fmt.Errorf("element %d of %d is %x, want %x", i, len(a), a[i], b[i])
		}
	}
	return nil
}

// rowKernels run one kernel on rows of n elements and return all that it wrote.
func rowKernels() map[string]func(v *kernel.Vector, x [][]float32, s []float32) []float32 {
	one := func(v float32) []float32 { return []float32{v} }
	return map[string]func(v *kernel.Vector, x [][]float32, s []float32) []float32{
		"sum":  func(v *kernel.Vector, x [][]float32, _ []float32) []float32 { return one(v.Sum(x[0])) },
		"dot":  func(v *kernel.Vector, x [][]float32, _ []float32) []float32 { return one(v.Dot(x[0], x[1])) },
		"dot3": func(v *kernel.Vector, x [][]float32, _ []float32) []float32 { return one(v.Dot3(x[0], x[1], x[2])) },
		"max": func(v *kernel.Vector, x [][]float32, _ []float32) []float32 {
			if len(x[0]) == 0 {
				return nil
			}
			return one(v.Max(x[0]))
		},
		"add":     func(v *kernel.Vector, x [][]float32, _ []float32) []float32 { v.Add(x[0], x[1]); return x[0] },
		"axpy":    func(v *kernel.Vector, x [][]float32, s []float32) []float32 { v.Axpy(x[0], x[1], s[0]); return x[0] },
		"scaleBy": func(v *kernel.Vector, x [][]float32, s []float32) []float32 { v.ScaleBy(x[0], s[0]); return x[0] },
		"softmax": func(v *kernel.Vector, x [][]float32, _ []float32) []float32 {
			if len(x[0]) == 0 {
				return nil
			}
			v.Softmax(x[1], x[0])
			return x[1]
		},
		"sumExp": func(v *kernel.Vector, x [][]float32, s []float32) []float32 { return one(v.SumExp(x[0], s[0])) },
		"norm": func(v *kernel.Vector, x [][]float32, s []float32) []float32 {
			v.Norm(x[0], x[1], x[2], s[0])
			return x[0]
		},
		"swiGLU": func(v *kernel.Vector, x [][]float32, _ []float32) []float32 { v.SwiGLU(x[2], x[0], x[1]); return x[2] },
		"rotate": func(v *kernel.Vector, x [][]float32, _ []float32) []float32 {
			n := len(x[0]) / 2
			v.Rotate(x[0], x[1][:n], x[2][:n])
			return x[0]
		},
		"rotateHalf": func(v *kernel.Vector, x [][]float32, _ []float32) []float32 {
			n := len(x[0]) / 2
			v.RotateHalf(x[0][:2*n], x[1][:n], x[2][:n])
			return x[0]
		},
		"expTo": func(v *kernel.Vector, x [][]float32, s []float32) []float32 { v.ExpTo(x[1], x[0], s[0]); return x[1] },
		"finite": func(v *kernel.Vector, x [][]float32, s []float32) []float32 {
			for i := range x[0] {
				if s[1] > 0 && i == len(x[0])/2 {
					x[0][i] = [3]float32{float32(math.Inf(1)), float32(math.Inf(-1)), float32(math.NaN())}[i%3]
				}
			}
			if v.Finite(x[0]) {
				return one(1)
			}
			return one(0)
		},
		"above": func(v *kernel.Vector, x [][]float32, s []float32) []float32 {
			var out []float32
			for _, i := range v.Above([]int32{-1}, x[0], min(s[0], s[1])) {
				out = append(out, float32(i))
			}
			return append(out, float32(len(out)))
		},
		"softmaxBackward": func(v *kernel.Vector, x [][]float32, s []float32) []float32 {
			v.SoftmaxBackward(x[0], x[1], s[0], s[1])
			return x[0]
		},
		"normBackward": func(v *kernel.Vector, x [][]float32, s []float32) []float32 {
			v.NormBackward(x[0], x[1], x[2], x[3], s[0], s[1])
			return x[0]
		},
		"normGain": func(v *kernel.Vector, x [][]float32, s []float32) []float32 {
			v.NormGain(x[0], x[1], x[2], s[0])
			return x[0]
		},
		"swiGLUBackward": func(v *kernel.Vector, x [][]float32, _ []float32) []float32 {
			v.SwiGLUBackward(x[3], x[4], x[0], x[1], x[2])
			return append(x[3], x[4]...)
		},
		"swiGLUBackward in place": func(v *kernel.Vector, x [][]float32, _ []float32) []float32 {
			v.SwiGLUBackward(x[0], x[1], x[0], x[1], x[2])
			return append(x[0], x[1]...)
		},
		"adamW": func(v *kernel.Vector, x [][]float32, s []float32) []float32 {
			for i, m := range x[3] {
				x[3][i] = float32(math.Abs(float64(m)))
			}
			v.AdamW(x[0], x[1], x[2], x[3], kernel.AdamW{
				Scale: s[0], Keep1: 0.9, Take1: 0.1, Keep2: 0.95, Take2: 0.05,
				Root: 1.25, Eps: 1e-8, Decay: 0.99, Rate: s[1],
			})
			return append(append(x[0], x[2]...), x[3]...)
		},
	}
}

func TestFamiliesAgreeOnRows(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	families := kernel.Families()
	for name, run := range rowKernels() {
		for _, f := range families[1:] {
			t.Run(name+" "+f.Name, func(t *testing.T) {
				r := rand.New(rand.NewPCG(seed, 1))
				for range 400 {
					n := r.IntN(120)
					rows, copied := make([][]float32, 5), make([][]float32, 5)
					for i := range rows {
						pad := append(floats(r, n), 7, 7, 7) // beyond the row: must be left alone
						rows[i], copied[i] = pad, append([]float32(nil), pad...)
					}
					s := floats(r, 2)
					cut := func(x [][]float32) [][]float32 {
						out := make([][]float32, len(x))
						for i := range x {
							out[i] = x[i][:n:n]
						}
						return out
					}
					want := run(&families[0].Vector, cut(copied), s)
					got := run(&f.Vector, cut(rows), s)
					if err := same(got, want); err != nil {
						t.Fatalf("rows of %d: %v", n, err)
					}
					for i, x := range rows {
						if x[n] != 7 || x[n+1] != 7 || x[n+2] != 7 {
							t.Fatalf("rows of %d: row %d was written beyond its end", n, i)
						}
					}
				}
			})
		}
	}
}

// TestFamiliesAgreeOnExp looks at both ends of the range and at every binade between.
func TestFamiliesAgreeOnExp(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 1))
	special := []float32{
		88.72284, math.Nextafter32(88.72284, 90), 88.7, -87.33654, math.Nextafter32(-87.33654, -90), -87.3,
		float32(math.Inf(1)), float32(math.Inf(-1)), float32(math.NaN()), 0, float32(math.Copysign(0, -1)),
		0x1p-149, 1e30, -1e30, 0x1p23, -0x1p31,
	}
	for range 20000 {
		x := special
		if r.IntN(8) > 0 {
			x = make([]float32, 16)
			for i := range x {
				x[i] = math.Float32frombits(r.Uint32())
				if i%2 == 0 {
					x[i] = r.Float32()*190 - 95
				}
			}
		}
		for _, f := range kernel.Families() {
			for i, v := range x {
				want := kernel.Exp(v)
				if got := f.Vector.SumExp(x[i:i+1], 0); math.Float32bits(got) != math.Float32bits(want) && want == want {
					t.Fatalf("%s: exp(%x) is %x, want %x", f.Name, v, got, want)
				}
			}
		}
	}
}

func TestFamiliesAgreeOnAttention(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	families := kernel.Families()
	for _, f := range families[1:] {
		r := rand.New(rand.NewPCG(seed, 1))
		for range 400 {
			size, rows, positions := 1+r.IntN(100), 1+r.IntN(9), 1+r.IntN(70)
			if r.IntN(3) > 0 {
				size = 16 * (1 + r.IntN(8))
			}
			page := kernel.KeyBlock * (1 + r.IntN(4))
			first := r.IntN(2 * page)
			paged := func(n, stride int) (pages [][]float32) {
				for at := 0; at < n; at += page {
					pages = append(pages, floats(r, page*stride))
				}
				return pages
			}
			s := kernel.Scores{
				Q: floats(r, rows*(size+3)), Size: size, QStep: size + 3, PageSize: page, First: first / kernel.KeyBlock * kernel.KeyBlock,
				Keys: paged(first+positions, size), DstStep: positions + r.IntN(5), Rows: rows, Positions: positions, Scale: r.Float32(),
			}
			s.Dst = make([]float32, rows*s.DstStep)
			want := s
			want.Dst = make([]float32, len(s.Dst))
			families[0].Vector.Scores(want)
			f.Vector.Scores(s)
			if err := same(s.Dst, want.Dst); err != nil {
				t.Fatalf("%s: %d scores of size %d for %d queries: %v", f.Name, positions, size, rows, err)
			}
			m := kernel.Mix{
				Weight: floats(r, rows*(positions+rows)), WeightStep: positions + rows, Values: paged(first+positions+rows, size+2),
				Stride: size + 2, Size: size, Rows: rows, Positions: positions, DstStep: size + r.IntN(3), PageSize: page, First: first,
				Triangle: r.IntN(2) == 0,
			}
			m.Dst = floats(r, rows*m.DstStep)
			want2 := m
			want2.Dst = append([]float32(nil), m.Dst...)
			families[0].Vector.Mix(want2)
			f.Vector.Mix(m)
			if err := same(m.Dst, want2.Dst); err != nil {
				t.Fatalf("%s: mix of %d rows of size %d for %d queries: %v", f.Name, positions, size, rows, err)
			}
			n := 1 + r.IntN(kernel.KeyBlock)
			keys := floats(r, kernel.KeyBlock*(size+1))
			got, put := make([]float32, kernel.KeyBlock*size), make([]float32, kernel.KeyBlock*size)
			families[0].Vector.PutKeys(put, keys, size+1, size, n)
			f.Vector.PutKeys(got, keys, size+1, size, n)
			if err := same(got, put); err != nil {
				t.Fatalf("%s: %d keys of size %d: %v", f.Name, n, size, err)
			}
		}
	}
}
