package softfloat_test

import (
	"encoding/binary"
	"math"
	"math/rand"
	"testing"

	"ayni.example/tensor"
	"ayni.example/tensor/softfloat"
)

func normal(r *rand.Rand, n int) ([]float32, []uint32) {
	f, b := make([]float32, n), make([]uint32, n)
	for i := range f {
		f[i] = float32(r.NormFloat64())
		b[i] = math.Float32bits(f[i])
	}
	return f, b
}

// TestTileIsTheEngines recomputes tiles of products that the engine's own kernels made.
func TestTileIsTheEngines(t *testing.T) {
	r := rand.New(rand.NewSource(2))
	const m, n, k = 12, 32, 256
	x, xb := normal(r, m*k)
	w, wb := normal(r, n*k)
	raw, q8 := make([]byte, 4*n*k), tensor.AppendQ8(nil, w)
	for i, v := range wb {
		binary.LittleEndian.PutUint32(raw[4*i:], v)
	}
	for _, format := range []tensor.Format{tensor.FormatF32, tensor.FormatQ8} {
		if format == tensor.FormatQ8 {
			raw = q8
		}
		matrix, err := tensor.NewMatrix(format, n, k, raw)
		if err != nil {
			t.Fatal(err)
		}
		want, got := make([]float32, m*n), make([]uint32, m*n)
		var in tensor.Input
		in.Set(x, m, k)
		matrix.Mul(tensor.NewPool(1), want, &in)
		if format == tensor.FormatF32 {
			err = softfloat.Gemm(got, xb, transpose(wb, n, k), m, n, k)
		} else {
			err = softfloat.Q8(got, activations(x), weights(q8), m, n, k)
		}
		if err != nil {
			t.Fatal(err)
		}
		for i, v := range want {
			if got[i] != math.Float32bits(v) {
				t.Fatalf("%s: output %d is %08x, the engine has %08x", format, i, got[i], math.Float32bits(v))
			}
		}
	}
}

func transpose(w []uint32, n, k int) []uint32 {
	out := make([]uint32, len(w))
	for i, v := range w {
		out[i%k*n+i/k] = v
	}
	return out
}

func activations(x []float32) (q softfloat.Quantised) {
	for ; len(x) > 0; x = x[softfloat.Block:] {
		var v [softfloat.Block]int8
		d := tensor.QuantiseBlock(&v, (*[softfloat.Block]float32)(x))
		q.Values, q.Scales = append(q.Values, v[:]...), append(q.Scales, math.Float32bits(d))
	}
	return q
}

func weights(raw []byte) (q softfloat.Quantised) {
	for ; len(raw) > 0; raw = raw[34:] {
		q.Scales = append(q.Scales, math.Float32bits(tensor.Half(binary.LittleEndian.Uint16(raw))))
		for _, v := range raw[2:34] {
			q.Values = append(q.Values, int8(v))
		}
	}
	return q
}

func TestTileRefusesOtherSizes(t *testing.T) {
	v := make([]uint32, 64)
	for name, err := range map[string]error{
		"no depth":  softfloat.Gemm(v, v, v, 8, 8, 0),
		"too deep":  softfloat.Gemm(v, v, v, 8, 8, softfloat.MaxDepth+1),
		"too wide":  softfloat.Gemm(v, v, v, 8, softfloat.MaxSide+1, 8),
		"short c":   softfloat.Gemm(v[:63], v, v, 8, 8, 8),
		"no blocks": softfloat.Q8(v, softfloat.Quantised{}, softfloat.Quantised{}, 8, 8, 8),
		"no scales": softfloat.Q8(v[:4], softfloat.Quantised{Values: make([]int8, 64)}, softfloat.Quantised{}, 2, 2, 32),
	} {
		if err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

// BenchmarkTile is the last step of a dispute: 12 x 32 outputs, 256 terms each.
func BenchmarkTile(b *testing.B) {
	r := rand.New(rand.NewSource(3))
	_, x := normal(r, 12*256)
	_, w := normal(r, 32*256)
	c := make([]uint32, 12*32)
	for b.Loop() {
		clear(c)
		if err := softfloat.Gemm(c, x, w, 12, 32, 256); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/(12*32*256), "ns/FMA")
}
