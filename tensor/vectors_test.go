package tensor_test

import (
	"bytes"
	"flag"
	"fmt"
	"math"
	"os"
	"testing"

	"ayni.example/tensor"
	"ayni.example/tensor/sample"
)

var update = flag.Bool("update", false, "rewrite testdata/vectors.txt; only together with a new profile number")

// TestGoldenVectors freezes the numerics profile: every operation of docs/spec/numerics-1.md, as bits.
func TestGoldenVectors(t *testing.T) {
	const path = "testdata/vectors.txt"
	got := vectors()
	if *update {
		if err := os.WriteFile(path, got, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	g, w := bytes.Split(got, []byte("\n")), bytes.Split(want, []byte("\n"))
	if len(g) != len(w) {
		t.Errorf("%d lines, want %d", len(g), len(w))
	}
	for i := range min(len(g), len(w)) {
		if !bytes.Equal(g[i], w[i]) {
			t.Errorf("line %d:\n got %s\nwant %s", i+1, g[i], w[i])
		}
	}
}

// ramp is the input of the row vectors: element i is ((i*step) mod 101 - 50) / 7, rounded.
func ramp(n, step int) []float32 {
	x := make([]float32, n)
	for i := range x {
		x[i] = float32(i*step%101-50) / 7
	}
	return x
}

func bits32(x ...float32) string {
	s := ""
	for _, v := range x {
		s += fmt.Sprintf(" %08x", math.Float32bits(v))
	}
	return s
}

func bits64(x ...float64) string {
	s := ""
	for _, v := range x {
		s += fmt.Sprintf(" %016x", math.Float64bits(v))
	}
	return s
}

func vectors() []byte {
	var b bytes.Buffer
	line := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	line("# Numerics profile %s. Numbers are IEEE 754 bit patterns in hexadecimal.", tensor.Profile)
	line("# ramp(n, s): element i is ((i*s) mod 101 - 50) / 7")
	elementary(line)
	row := func(name string, x []float32) { line("%s =%s", name, bits32(x...)) }
	for _, n := range []int{5, 16, 40} {
		row(fmt.Sprintf("sum ramp(%d, 37)", n), []float32{tensor.Sum(ramp(n, 37))})
		row(fmt.Sprintf("dot ramp(%d, 37) ramp(%d, 19)", n, n), []float32{tensor.Dot(ramp(n, 37), ramp(n, 19))})
		line("logsumexp ramp(%d, 37) =%s", n, bits64(tensor.LogSumExp(ramp(n, 37))))
		x := ramp(n, 37)
		tensor.Softmax(x)
		row(fmt.Sprintf("softmax ramp(%d, 37)", n), x)
		tensor.RMSNorm(x, ramp(n, 37), ramp(n, 19), 1e-5)
		row(fmt.Sprintf("rmsnorm ramp(%d, 37) weight ramp(%d, 19) eps 3727c5ac", n, n), x)
		x = ramp(n, 37)
		tensor.SwiGLU(x, ramp(n, 19))
		row(fmt.Sprintf("swiglu gate ramp(%d, 37) up ramp(%d, 19)", n, n), x)
		x = ramp(n, 37)
		tensor.Normalize(x)
		row(fmt.Sprintf("normalize ramp(%d, 37)", n), x)
	}
	mix := make([]float32, 9)
	tensor.Mix(mix, ramp(4, 37), ramp(44, 19), 11)
	row("mix weight ramp(4, 37) values ramp(44, 19) stride 11, first 9", mix)
	matrices(line)
	for _, pos := range []int{0, 1, 255, 1048575} {
		sin, cos := make([]float32, 4), make([]float32, 4)
		tensor.NewRotary(8, 10000, 1, nil).Angles(pos, sin, cos)
		row(fmt.Sprintf("rotary dims 8 base 10000 position %d: sines", pos), sin)
		row(fmt.Sprintf("rotary dims 8 base 10000 position %d: cosines", pos), cos)
		x := ramp(10, 37)
		tensor.Rotate(x, sin, cos)
		row(fmt.Sprintf("rotate ramp(10, 37) to position %d", pos), x)
	}
	for _, seed := range []uint64{0, 42} {
		n := sample.NewNoise(seed, 7)
		line("gumbel seed %d position 7 tokens 0 1 8 2047 =%s", seed, bits64(n.At(0), n.At(1), n.At(8), n.At(2047)))
	}
	training(row, line)
	formats(line)
	attention(row)
	long(row, line)
	products(row)
	return b.Bytes()
}

func elementary(line func(string, ...any)) {
	for _, x := range []float32{0, 1, -1, 0.5, -0.001, 10, -10, 50, -87.3, -87.4, 88.7, 88.8, 1e-30, 3.1415927} {
		line("exp%s =%s", bits32(x), bits32(tensor.Exp(x)))
	}
	for _, x := range []float64{1, 2, 0.5, 1e-300, 5e-324, 1e300, 0.9999999, 1.0000001, 3.5, 123456.789} {
		line("log%s =%s", bits64(x), bits64(tensor.Log(x)))
	}
	for _, x := range []float64{0, 0.5, 1, -2, 3, 100, 1048575, 1.5707963267948966, 1e-9} {
		s, c := tensor.SinCos(x)
		line("sincos%s =%s", bits64(x), bits64(s, c))
	}
	for _, v := range [][3]float32{
		{1.5, 2.5, 3.5},
		{1 + 0x1p-12, 0x1p-24 * (1 + 0x1p-12), 1},
		{1, 0x1p-24, 1},
		{1, 0x1p-24, 1 + 0x1p-23},
		{0x1p-100, 0x1.8p-49, 0x1p-149},
		{0x1p-75, -0x1.000002p-75, 0x1p-126},
		{3, -7, 21},
	} {
		line("fma%s =%s", bits32(v[:]...), bits32(tensor.FMA(v[0], v[1], v[2])))
	}
	for _, x := range []float32{1, -2.5, 65504, 65520, 0x1p-25, 0x1.8p-24, 0.1} {
		h := tensor.ToHalf(x)
		line("half%s = %04x%s", bits32(x), h, bits32(tensor.Half(h)))
	}
}

func matrices(line func(string, ...any)) {
	var q [32]int8
	d := tensor.QuantiseBlock(&q, (*[32]float32)(ramp(32, 37)))
	line("quantise ramp(32, 37) =%s %v", bits32(d), q)
	tiny := ramp(32, 37)
	for i := range tiny {
		tiny[i] *= 0x1p-110
	}
	d = tensor.QuantiseBlock(&q, (*[32]float32)(tiny))
	line("quantise ramp(32, 37) * 2^-110 =%s %v", bits32(d), q)
	w, x := ramp(4*64, 29), ramp(2*64, 37)
	for _, f := range []tensor.Format{tensor.FormatF32, tensor.FormatQ8} {
		raw := f32Bytes(w)
		if f == tensor.FormatQ8 {
			raw = tensor.AppendQ8(nil, w)
		}
		m, err := tensor.NewMatrix(f, 4, 64, raw)
		if err != nil {
			panic(err)
		}
		var in tensor.Input
		in.Set(x, 2, 64)
		y := make([]float32, 8)
		m.Mul(tensor.NewPool(1), y, &in)
		line("%s matrix 4 x 64 ramp(256, 29) times 2 rows ramp(128, 37) =%s", f, bits32(y...))
	}
}
