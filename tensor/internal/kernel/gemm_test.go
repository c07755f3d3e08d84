package kernel_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"ayni.example/tensor/internal/kernel"
)

const gemmSeed = 31

// awkward mixes ordinary numbers with zeros, subnormals, ties and magnitudes that overflow.
func awkward(r *rand.Rand, n int) []float32 {
	traps := []float32{0, float32(math.Copysign(0, -1)), 1, -1, 0x1p-24, 1 + 0x1p-12, 0x1p-75, 0x1p-149, -0x1p-127, 0x1p60, math.MaxFloat32}
	out := make([]float32, n)
	for i := range out {
		if out[i] = float32(r.NormFloat64()); r.IntN(16) == 0 {
			out[i] = traps[r.IntN(len(traps))]
		}
	}
	return out
}

// halves are finite numbers of 16 bits in either format.
func halves(r *rand.Rand, n int) []uint16 {
	out := make([]uint16, n)
	for i := range out {
		out[i] = uint16(r.Uint32()) &^ 0x4000 // never the largest exponent
	}
	return out
}

func sameRow(tb testing.TB, what string, got, want []float32) {
	tb.Helper()
	for i := range want {
		g, w := got[i], want[i]
		if math.Float32bits(g) != math.Float32bits(w) && (g == g || w == w) {
			tb.Fatalf("%s: element %d is %x, want %x", what, i, g, w)
		}
	}
}

// each calls do for every family but the portable one, which is the first argument.
func each(t *testing.T, do func(t *testing.T, want, got *kernel.Gemm, r *rand.Rand)) {
	t.Helper()
	families := kernel.Families()
	for _, f := range families[1:] {
		t.Run(f.Name, func(t *testing.T) {
			t.Logf("seed %d", gemmSeed)
			do(t, &families[0].Gemm, &f.Gemm, rand.New(rand.NewPCG(gemmSeed, 2)))
		})
	}
}

// TestTileHasThePortableBits fails when a family sums in another order, or rounds a product.
func TestTileHasThePortableBits(t *testing.T) {
	each(t, func(t *testing.T, want, got *kernel.Gemm, r *rand.Rand) {
		t.Helper()
		for range 400 {
			tile := kernel.Tile{
				K: r.IntN(40), Rows: 1 + r.IntN(got.MaxRows), Add: r.IntN(2) == 0,
				BRow: kernel.Width + r.IntN(5), CRow: kernel.Width + r.IntN(5), ARow: 1, ACol: 20,
			}
			if r.IntN(2) == 0 {
				tile.ARow, tile.ACol = 45, 1
			}
			tile.A, tile.B = awkward(r, 45*20), awkward(r, 40*(kernel.Width+5))
			c := awkward(r, got.MaxRows*(kernel.Width+5))
			tile.C = append([]float32(nil), c...)
			got.Tile(&tile)
			mine := tile.C
			tile.C = c
			whole := tile.Rows
			for tile.Rows = 1; whole > 0; whole-- { // row by row: the portable tile may take fewer rows
				want.Tile(&tile)
				tile.A, tile.C = tile.A[min(tile.ARow, len(tile.A)):], tile.C[tile.CRow:]
			}
			sameRow(t, "tile", mine, c)
		}
	})
}

func TestRowsHaveThePortableBits(t *testing.T) {
	each(t, func(t *testing.T, want, got *kernel.Gemm, r *rand.Rand) {
		t.Helper()
		for range 200 {
			k, panels := 1+r.IntN(150), 1+r.IntN(9)
			a, b, h := awkward(r, k), awkward(r, k*panels*kernel.Width), halves(r, k*panels*kernel.Width)
			x, y := make([]float32, panels*kernel.Width), make([]float32, panels*kernel.Width)
			want.Row(x, a, b)
			got.Row(y, a, b)
			sameRow(t, "row", y, x)
			want.RowF16(x, a, h)
			got.RowF16(y, a, h)
			sameRow(t, "row of F16", y, x)
			want.RowBF16(x, a, h)
			got.RowBF16(y, a, h)
			sameRow(t, "row of BF16", y, x)
		}
	})
}

func TestPackingIsExact(t *testing.T) {
	each(t, func(t *testing.T, want, got *kernel.Gemm, r *rand.Rand) {
		t.Helper()
		for range 100 {
			k := 1 + r.IntN(70)
			step := k + r.IntN(9)
			src, x, y := awkward(r, kernel.Width*step), make([]float32, k*kernel.Width), make([]float32, k*kernel.Width)
			want.Transpose(x, src, step, k)
			got.Transpose(y, src, step, k)
			sameRow(t, "transposed", y, x)
			h := halves(r, k*kernel.Width)
			want.WidenF16(x, h)
			got.WidenF16(y, h)
			sameRow(t, "F16", y, x)
			want.WidenBF16(x, h)
			got.WidenBF16(y, h)
			sameRow(t, "BF16", y, x)
		}
	})
}

func TestRowIsARowOfATile(t *testing.T) {
	r := rand.New(rand.NewPCG(gemmSeed, 3))
	t.Logf("seed %d", gemmSeed)
	g := kernel.Families()[0].Gemm
	for _, k := range []int{1, 63, 64, 65, 128, 200} {
		a, h := awkward(r, k), halves(r, 2*k*kernel.Width)
		wide, want, got := make([]float32, len(h)), make([]float32, 2*kernel.Width), make([]float32, 2*kernel.Width)
		g.WidenF16(wide, h)
		for i, v := range h {
			if math.Float32bits(wide[i]) != math.Float32bits(kernel.Half(v)) {
				t.Fatalf("F16 %04x is %x", v, wide[i])
			}
		}
		for p := range 2 {
			for j := range kernel.Width {
				for i, v := range a {
					at := &want[p*kernel.Width+j]
					*at = kernel.FMA(v, wide[(p*k+i)*kernel.Width+j], *at)
				}
			}
		}
		g.RowF16(got, a, h)
		sameRow(t, "row of F16", got, want)
		g.Row(got, a, wide)
		sameRow(t, "row", got, want)
	}
}

func TestEveryHalfIsWidenedExactly(t *testing.T) {
	all := make([]uint16, 1<<16)
	for i := range all {
		all[i] = uint16(i)
	}
	for _, f := range kernel.Families() {
		got := make([]float32, len(all))
		f.Gemm.WidenF16(got, all)
		for i, v := range got {
			if w := kernel.Half(all[i]); math.Float32bits(v) != math.Float32bits(w) && (v == v || w == w) {
				t.Fatalf("%s: %04x is %x, want %x", f.Name, i, v, w)
			}
		}
		f.Gemm.WidenBF16(got, all)
		for i, v := range got {
			if w := math.Float32frombits(uint32(i) << 16); math.Float32bits(v) != math.Float32bits(w) && (v == v || w == w) {
				t.Fatalf("%s: %04x is %x, want %x", f.Name, i, v, w)
			}
		}
	}
}
