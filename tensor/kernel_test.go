package tensor_test

import (
	"encoding/binary"
	"math"
	"math/big"
	"math/rand/v2"
	"testing"

	"ayni.example/tensor"
)

func source(tb testing.TB) *rand.Rand {
	tb.Helper()
	const seed = 20260
	tb.Logf("seed %d", seed)
	return rand.New(rand.NewPCG(seed, 1))
}

func rows(r *rand.Rand, n int) []float32 {
	out := make([]float32, n)
	for i := range out {
		out[i] = float32(r.NormFloat64())
	}
	return out
}

func f32Bytes(x []float32) []byte {
	var b []byte
	for _, v := range x {
		b = binary.LittleEndian.AppendUint32(b, math.Float32bits(v))
	}
	return b
}

func TestFMAHasOneRounding(t *testing.T) {
	r := source(t)
	check := func(a, b, c float32) {
		exact := new(big.Float).SetPrec(2000).SetFloat64(float64(a))
		exact.Mul(exact, new(big.Float).SetPrec(2000).SetFloat64(float64(b)))
		exact.Add(exact, new(big.Float).SetPrec(2000).SetFloat64(float64(c)))
		want, _ := exact.Float32()
		if got := tensor.FMA(a, b, c); got != want {
			t.Fatalf("FMA(%x, %x, %x) = %x, want %x", a, b, c, got, want)
		}
	}
	for range 200000 {
		a := math.Float32frombits(r.Uint32()&0x807fffff | (100+r.Uint32N(50))<<23)
		b := math.Float32frombits(r.Uint32()&0x807fffff | (100+r.Uint32N(50))<<23)
		c := math.Float32frombits(r.Uint32()&0x807fffff | (100+r.Uint32N(50))<<23)
		check(a, b, c)
		check(a, b, math.Float32frombits(r.Uint32()&0x80ffffff)) // subnormals
		// A product that is half a unit of c, and a little more or less: the double-rounding trap.
		check(1+0x1p-12, 0x1p-24*(1+0x1p-12), c)
		check(math.Float32frombits(math.Float32bits(c)&^0x7fffff), 0x1p-24, c)
		check(math.Float32frombits(r.Uint32()&0x807fffff|30<<23), math.Float32frombits(r.Uint32()&0x807fffff|(20+r.Uint32N(40))<<23), math.Float32frombits(r.Uint32()&0x807fffff))
	}
	for _, v := range []float32{0, float32(math.Copysign(0, -1)), math.MaxFloat32, math.SmallestNonzeroFloat32} {
		check(v, v, 1)
		check(v, 1, v)
	}
}

func TestMatrixMatchesItsDefinition(t *testing.T) {
	r := source(t)
	for _, shape := range []struct{ rows, cols, n int }{{1, 32, 1}, {5, 64, 3}, {50, 96, 2}, {25, 32, 7}} {
		w, x := rows(r, shape.rows*shape.cols), rows(r, shape.n*shape.cols)
		if shape.rows == 25 { // sums that sit on ties, where one rounding differs from two
			traps := []float32{1, -1, 0x1p-24, -0x1p-24, 1 + 0x1p-12, 1 - 0x1p-12, 0x1p-12, 0x1p-75, 0}
			for _, v := range [][]float32{w, x} {
				for i := range v {
					v[i] = traps[r.IntN(len(traps))]
				}
			}
		}
		q8 := tensor.AppendQ8(nil, w)
		f, err := tensor.NewMatrix(tensor.FormatF32, shape.rows, shape.cols, f32Bytes(w))
		if err != nil {
			t.Fatal(err)
		}
		q, err := tensor.NewMatrix(tensor.FormatQ8, shape.rows, shape.cols, q8)
		if err != nil {
			t.Fatal(err)
		}
		for _, threads := range []int{1, 3} {
			var in tensor.Input
			pool := tensor.NewPool(threads)
			got := make([]float32, shape.n*shape.rows)
			in.Set(x, shape.n, shape.cols)
			f.Mul(pool, got, &in)
			equal(t, "F32", got, chain(w, x, shape.rows, shape.cols, shape.n))
			q.Mul(pool, got, &in)
			equal(t, "Q8_0", got, blocks(q8, x, shape.rows, shape.cols, shape.n))
		}
	}
}

func equal(tb testing.TB, what string, got, want []float32) {
	tb.Helper()
	for i := range want {
		if math.Float32bits(got[i]) != math.Float32bits(want[i]) {
			tb.Fatalf("%s: element %d is %x, want %x", what, i, got[i], want[i])
		}
	}
}

func chain(w, x []float32, rows, cols, n int) []float32 {
	out := make([]float32, n*rows)
	for t := range n {
		for r := range rows {
			var acc float32
			for k := range cols {
				acc = tensor.FMA(x[t*cols+k], w[r*cols+k], acc)
			}
			out[t*rows+r] = acc
		}
	}
	return out
}

func blocks(w []byte, x []float32, rows, cols, n int) []float32 {
	out := make([]float32, n*rows)
	for t := range n {
		for r := range rows {
			var acc float32
			for b := range cols / 32 {
				var q [32]int8
				dx := tensor.QuantiseBlock(&q, (*[32]float32)(x[t*cols+b*32:]))
				stored := w[(r*cols/32+b)*34:]
				var sum int32
				for k, v := range q {
					sum += int32(v) * int32(int8(stored[2+k]))
				}
				dw := tensor.Half(binary.LittleEndian.Uint16(stored))
				acc += float32(float32(dw*dx) * float32(sum))
			}
			out[t*rows+r] = acc
		}
	}
	return out
}

func TestQ8SurvivesExtremes(t *testing.T) {
	w := make([]byte, 6*34)
	for r := range 6 {
		binary.LittleEndian.PutUint16(w[r*34:], tensor.ToHalf(1))
		for k := range 32 {
			w[r*34+2+k] = [2]byte{0x80, 0x7f}[r%2]
		}
	}
	m, err := tensor.NewMatrix(tensor.FormatQ8, 6, 32, w)
	if err != nil {
		t.Fatal(err)
	}
	for _, sign := range []float32{1, -1} {
		x := make([]float32, 32)
		for i := range x {
			x[i] = sign * 127
		}
		var in tensor.Input
		in.Set(x, 1, 32)
		got := make([]float32, 6)
		m.Mul(tensor.NewPool(1), got, &in)
		for r, v := range got {
			want := sign * 32 * 127 * [2]float32{-128, 127}[r%2]
			if v != want {
				t.Errorf("row %d times %v: %v, want %v", r, sign, v, want)
			}
		}
	}
}
