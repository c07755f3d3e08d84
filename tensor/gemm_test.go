package tensor_test

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"ayni.example/tensor"
)

// product is the definition: one accumulator an output, k ascending.
func product(c, a, b tensor.View, add bool) {
	for i := range c.Rows {
		for j := range c.Cols {
			at := i*c.RowStep + j*c.ColStep
			acc := float32(0)
			if add {
				acc = c.Data[at]
			}
			for k := range a.Cols {
				acc = tensor.FMA(a.Data[i*a.RowStep+k*a.ColStep], b.Data[k*b.RowStep+j*b.ColStep], acc)
			}
			c.Data[at] = acc
		}
	}
}

// TestGemmMatchesItsDefinition fails when a sum over k changes its order or fuses differently.
func TestGemmMatchesItsDefinition(t *testing.T) {
	r := source(t)
	const random = 8
	shapes := slices.Grow([][3]int{{1, 1, 1}, {1, 33, 7}, {5, 32, 64}, {17, 70, 33}, {3, 31, 0}, {40, 64, 300}, {64, 1, 50}, {130, 97, 17}}, random)
	for range random {
		shapes = append(shapes, [3]int{1 + r.IntN(60), 1 + r.IntN(100), r.IntN(90)})
	}
	for _, s := range shapes {
		m, n, k := s[0], s[1], s[2]
		for variant := range 16 {
			layout := func(rows, cols int, transposed bool) tensor.View {
				v := tensor.RowMajor(awkward(r.Uint32(), rows*cols+1), rows, cols)
				if transposed {
					v.RowStep, v.ColStep = 1, rows
				}
				return v
			}
			a, b, c := layout(m, k, variant&1 != 0), layout(k, n, variant&2 != 0), layout(m, n, variant&4 != 0)
			add := variant&8 != 0
			want := c
			want.Data = append([]float32(nil), c.Data...)
			product(want, a, b, add)
			before := append([]float32(nil), c.Data...)
			for threads := 1; threads <= 3; threads++ {
				copy(c.Data, before)
				tensor.Gemm(tensor.NewPool(threads), c, a, b, add)
				for i := range want.Data {
					if math.Float32bits(c.Data[i]) != math.Float32bits(want.Data[i]) {
						t.Fatalf("%d x %d x %d, variant %d, %d threads: element %d is %x, want %x", m, n, k, variant, threads, i, c.Data[i], want.Data[i])
					}
				}
			}
		}
	}
}

// TestGemmPacksWhatIsFarApart has strides of pages, which some families copy first.
func TestGemmPacksWhatIsFarApart(t *testing.T) {
	const step = 1100
	for _, s := range [][3]int{{120, 70, 9}, {9, 40, 300}} {
		m, n, k := s[0], s[1], s[2]
		for _, transposed := range []bool{false, true} {
			a := tensor.View{Data: awkward(3, max(m, k)*step), Rows: m, Cols: k, RowStep: step, ColStep: 1}
			if transposed {
				a.RowStep, a.ColStep = 1, step
			}
			b := tensor.View{Data: awkward(4, k*step), Rows: k, Cols: n, RowStep: step, ColStep: 1}
			want, got := tensor.RowMajor(make([]float32, m*n), m, n), tensor.RowMajor(make([]float32, m*n), m, n)
			product(want, a, b, false)
			tensor.Gemm(tensor.NewPool(2), got, a, b, false)
			equal(t, "far apart", got.Data, want.Data)
		}
	}
}

// TestGemmContinuesASum splits the sum over k into calls.
func TestGemmContinuesASum(t *testing.T) {
	const m, n, k = 19, 45, 77
	a, b := tensor.RowMajor(awkward(1, m*k), m, k), tensor.RowMajor(awkward(2, k*n), k, n)
	whole, parts := tensor.RowMajor(make([]float32, m*n), m, n), tensor.RowMajor(make([]float32, m*n), m, n)
	p := tensor.NewPool(2)
	tensor.Gemm(p, whole, a, b, false)
	for from, step := 0, 1; from < k; from, step = from+step, step+5 {
		step = min(step, k-from)
		x, y := a, b
		x.Data, x.Cols = a.Data[from:], step
		y.Data, y.Rows = b.Data[from*n:], step
		tensor.Gemm(p, parts, x, y, from > 0)
	}
	equal(t, "parts", parts.Data, whole.Data)
}

// products are golden vectors; 600 terms are more than a kernel takes in one visit.
func products(row func(name string, x []float32)) {
	pool := tensor.NewPool(1)
	for _, k := range []int{5, 600} {
		a, b, c := tensor.RowMajor(ramp(2*k, 37), 2, k), tensor.RowMajor(ramp(k*3, 19), k, 3), tensor.RowMajor(ramp(6, 11), 2, 3)
		tensor.Gemm(pool, c, a, b, true)
		row(fmt.Sprintf("product ramp(%d, 37) as 2 x %d, ramp(%d, 19) as %d x 3, added to ramp(6, 11)", 2*k, k, 3*k, k), c.Data)
		tensor.Gemm(pool, c, a, b, false)
		row("the same, not added", c.Data)
	}
}

// awkward mixes ordinary numbers with zeros, subnormals, ties and large magnitudes whose products overflow nothing.
func awkward(seed uint32, n int) []float32 {
	traps := []float32{0, float32(math.Copysign(0, -1)), 1, -1, 0x1p-24, 1 + 0x1p-12, 0x1p-12, 0x1p-75, 0x1p-149, -0x1p-127, 0x1p60, -0x1p60}
	out := make([]float32, n)
	for i := range out {
		seed = seed*1664525 + 1013904223
		if out[i] = float32(int32(seed)) * 0x1p-30; seed>>28 == 0 {
			out[i] = traps[int(seed>>8)%len(traps)]
		}
	}
	return out
}

// TestGemmRefusesShortMemory: kernels have no bounds, so a view that promises more than it has must not reach them.
func TestGemmRefusesShortMemory(t *testing.T) {
	view := func(missing int) tensor.View { return tensor.RowMajor(make([]float32, 64*64-missing), 64, 64) }
	backward := view(0)
	backward.RowStep = -1
	for name, v := range map[string][3]tensor.View{
		"short c": {view(1), view(0), view(0)}, "short a": {view(0), view(1), view(0)}, "short b": {view(0), view(0), view(1)},
		"backward": {view(0), backward, view(0)}, "transposed": {view(1).T(), view(0), view(0)},
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s: no panic", name)
				}
			}()
			tensor.Gemm(tensor.NewPool(1), v[0], v[1], v[2], false)
		}()
	}
}
