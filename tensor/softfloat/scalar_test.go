package softfloat_test

import (
	"math"
	"math/big"
	"math/rand"
	"testing"
	"time"

	"ayni.example/tensor"
	"ayni.example/tensor/softfloat"
)

// checkScalar compares the operations of one and two numbers with the processor's and the engine's.
func checkScalar(t *testing.T, a, b uint32) {
	t.Helper()
	x, y := math.Float32frombits(a), math.Float32frombits(b)
	two := []struct {
		name string
		got  uint32
		want float32
	}{
		{"Sub", softfloat.Sub(a, b), x - y},
		{"Div", softfloat.Div(a, b), x / y},
		{"Max", softfloat.Max(a, b), maximum(x, y)},
		{"Sqrt", softfloat.Sqrt(a), float32(math.Sqrt(float64(x)))},
		{"Exp", softfloat.Exp(a), tensor.Exp(x)},
	}
	for _, c := range two {
		if !same(c.got, math.Float32bits(c.want)) {
			t.Fatalf("%s(%08x, %08x) = %08x, want %08x", c.name, a, b, c.got, math.Float32bits(c.want))
		}
	}
	if got, want := softfloat.Less(a, b), x < y; got != want {
		t.Fatalf("Less(%08x, %08x) = %v", a, b, got)
	}
	if got, want := softfloat.Widen(a), math.Float64bits(float64(x)); !same64(got, want) {
		t.Fatalf("Widen(%08x) = %016x, want %016x", a, got, want)
	}
}

func maximum(x, y float32) float32 {
	if y > x {
		return y
	}
	return x
}

func same64(a, b uint64) bool {
	nan := func(v uint64) bool { return v&^(1<<63) > 0x7ff<<52 }
	return a == b || nan(a) && nan(b)
}

// check64 compares the operations of binary64 with the processor's.
func check64(t *testing.T, a, b uint64) {
	t.Helper()
	x, y := math.Float64frombits(a), math.Float64frombits(b)
	for _, c := range []struct {
		name string
		got  uint64
		want float64
	}{
		{"Add64", softfloat.Add64(a, b), x + y},
		{"Mul64", softfloat.Mul64(a, b), float64(x * y)},
		{"Div64", softfloat.Div64(a, b), x / y},
		{"Sqrt64", softfloat.Sqrt64(a), math.Sqrt(x)},
		{"FromInt64", softfloat.FromInt64(int64(a)), float64(int64(a))},
	} {
		if !same64(c.got, math.Float64bits(c.want)) {
			t.Fatalf("%s(%016x, %016x) = %016x, want %016x", c.name, a, b, c.got, math.Float64bits(c.want))
		}
	}
	if got, want := softfloat.Less64(a, b), x < y; got != want {
		t.Fatalf("Less64(%016x, %016x) = %v", a, b, got)
	}
	if got, want := softfloat.Narrow(a), math.Float32bits(float32(x)); !same(got, want) {
		t.Fatalf("Narrow(%016x) = %08x, want %08x", a, got, want)
	}
}

// edges64 are the values of binary64 where its own operations, or the way to binary32, change their ways.
var edges64 = []uint64{
	0, 1, 2, 1<<52 - 1, 1 << 52, 1<<52 + 1, 1<<53 - 1, 0x3ff0 << 48, 0x3ff0<<48 + 1, 0x3ff0<<48 - 1, 0x4000 << 48,
	0x4330 << 48, 0x433f_ffff_ffff_ffff, 0x7fef_ffff_ffff_ffff, 0x7ff0 << 48, 0x7ff0<<48 + 1, 0x7ff8 << 48,
	0x3810 << 48, 0x380f_ffff_ffff_ffff, 0x3690 << 48, 0x3690<<48 + 1, 0x36a0 << 48, 0x368f_ffff_ffff_ffff,
	0x47ef_ffff_e000_0000, 0x47ef_ffff_efff_ffff, 0x47ef_ffff_f000_0000, 0x3ff0_0000_1000_0000, 0x3ff0_0000_3000_0000,
	1<<62 - 1, 1 << 62, 1<<63 - 1,
}

func TestScalarEdges(t *testing.T) {
	for _, a := range signed(edges) {
		for _, b := range signed(edges) {
			checkScalar(t, a, b)
		}
	}
	for _, a := range edges64 {
		for _, b := range edges64 {
			for _, s := range []uint64{0, 1 << 63} {
				check64(t, a^s, b)
				check64(t, a^s, b^1<<63)
			}
		}
	}
}

func signed(v []uint32) []uint32 {
	out := append([]uint32{}, v...)
	for _, e := range v {
		out = append(out, e|1<<31)
	}
	return out
}

// TestScalarRandom takes any bits, and bits near each other, whose sums cancel and whose quotients are near one.
func TestScalarRandom(t *testing.T) {
	seed := time.Now().UnixNano()
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewSource(seed))
	n := 2_000_000
	if testing.Short() {
		n = 200_000
	}
	for range n {
		a, b := r.Uint32(), r.Uint32()
		checkScalar(t, a, b)
		checkScalar(t, a, a+uint32(r.Intn(9))-4)
		checkScalar(t, math.Float32bits(float32(r.NormFloat64()*30)), b) // where the exponential is neither 0 nor Inf
		c, d := r.Uint64(), r.Uint64()
		check64(t, c, d)
		check64(t, c, c+uint64(r.Intn(9))-4)
		check64(t, c, d&^(0x7ff<<52)|(c&(0x7ff<<52)+uint64(r.Intn(120)-60)<<52)) // near in size
		check64(t, math.Float64bits(float64(math.Float32frombits(a)))+uint64(r.Intn(1<<30)), d)
	}
}

// TestExpEverywhere takes numbers of every size where the exponential is neither 0, 1 nor Inf.
func TestExpEverywhere(t *testing.T) {
	step := uint32(53)
	if testing.Short() {
		step = 1009
	}
	for _, s := range []uint32{0, 1 << 31} {
		for v := uint32(0x33000000); v < 0x42c00000; v += step {
			x := v | s
			if got, want := softfloat.Exp(x), math.Float32bits(tensor.Exp(math.Float32frombits(x))); got != want {
				t.Fatalf("Exp(%08x) = %08x, want %08x", x, got, want)
			}
		}
	}
}

// TestExact64 compares with rational arithmetic and with roots of integers, which share nothing with the processor.
func TestExact64(t *testing.T) {
	r := rand.New(rand.NewSource(4))
	number := func() (uint64, *big.Rat) {
		v := r.Uint64()&^(0x7ff<<52) | uint64(900+r.Intn(200))<<52
		return v, new(big.Rat).SetFloat64(math.Float64frombits(v))
	}
	check := func(name string, got uint64, want *big.Rat) {
		t.Helper()
		if f, _ := want.Float64(); got != math.Float64bits(f) {
			t.Fatalf("%s = %016x, want %016x", name, got, math.Float64bits(f))
		}
	}
	for range 20_000 {
		a, x := number()
		b, y := number()
		check("sum", softfloat.Add64(a, b), new(big.Rat).Add(x, y))
		check("product", softfloat.Mul64(a, b), new(big.Rat).Mul(x, y))
		check("quotient", softfloat.Div64(a, b), new(big.Rat).Quo(x, y))
		f, _ := x.Float32()
		if got := softfloat.Narrow(a); got != math.Float32bits(f) {
			t.Fatalf("Narrow(%016x) = %08x, want %08x", a, got, math.Float32bits(f))
		}
		root := new(big.Float).SetPrec(300).SetRat(x.Abs(x))
		want, _ := root.Sqrt(root).Float64()
		if got := softfloat.Sqrt64(a &^ (1 << 63)); got != math.Float64bits(want) {
			t.Fatalf("Sqrt64(%016x) = %016x, want %016x", a, got, math.Float64bits(want))
		}
	}
}

func FuzzScalar(f *testing.F) {
	for i, e := range edges {
		f.Add(e, edges[(i+7)%len(edges)])
	}
	f.Fuzz(checkScalar)
}

func FuzzDouble(f *testing.F) {
	for i, e := range edges64 {
		f.Add(e, edges64[(i+7)%len(edges64)])
	}
	f.Fuzz(check64)
}

// BenchmarkScalar is what one element of AdamW and of a softmax cost.
func BenchmarkScalar(b *testing.B) {
	for name, op := range map[string]func(a uint32) uint32{
		"div":  func(a uint32) uint32 { return softfloat.Div(a, 0x40490fdb) },
		"sqrt": softfloat.Sqrt,
		"exp":  softfloat.Exp,
	} {
		b.Run(name, func(b *testing.B) {
			v := uint32(0x3f800000)
			for b.Loop() {
				op(v)
				v = 0x3f800000 | v*1664525&0xfffff
			}
		})
	}
}
