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

// edges are the values where rounding, cancellation and overflow change their ways.
var edges = []uint32{
	0, 1, 2, 0x007fffff, 0x00800000, 0x00800001, 0x00ffffff, 0x33800000, 0x3f7fffff, 0x3f800000, 0x3f800001,
	0x4b7fffff, 0x4b800000, 0x7f7fffff, 0x7f800000, 0x7fc00000, 0x7f800001,
}

func same(a, b uint32) bool {
	nan := func(v uint32) bool { return v&0x7fffffff > 0x7f800000 }
	return a == b || nan(a) && nan(b)
}

func checkFMA(t *testing.T, a, b, c uint32) {
	t.Helper()
	x, y, z := math.Float32frombits(a), math.Float32frombits(b), math.Float32frombits(c)
	if got, want := softfloat.FMA(a, b, c), math.Float32bits(tensor.FMA(x, y, z)); !same(got, want) {
		t.Fatalf("FMA(%08x, %08x, %08x) = %08x, want %08x", a, b, c, got, want)
	}
	if got, want := softfloat.Add(a, c), math.Float32bits(x+z); !same(got, want) {
		t.Fatalf("Add(%08x, %08x) = %08x, want %08x", a, c, got, want)
	}
	if got, want := softfloat.Mul(a, b), math.Float32bits(float32(x*y)); !same(got, want) {
		t.Fatalf("Mul(%08x, %08x) = %08x, want %08x", a, b, got, want)
	}
	if got, want := softfloat.FromInt(int32(a)), math.Float32bits(float32(int32(a))); got != want {
		t.Fatalf("FromInt(%d) = %08x, want %08x", int32(a), got, want)
	}
}

func TestEdges(t *testing.T) {
	signed := append([]uint32{}, edges...)
	for _, e := range edges {
		signed = append(signed, e|1<<31)
	}
	for _, a := range signed {
		for _, b := range signed {
			for _, c := range signed {
				checkFMA(t, a, b, c)
			}
		}
	}
}

func TestRandom(t *testing.T) {
	seed := time.Now().UnixNano()
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewSource(seed))
	for range 300_000 {
		a, b := r.Uint32(), r.Uint32()
		checkFMA(t, a, b, r.Uint32())
		// Near the product, so that leading bits cancel.
		p := math.Float32bits(float32(math.Float32frombits(a) * math.Float32frombits(b)))
		checkFMA(t, a, b, (p+uint32(r.Intn(5))-2)^1<<31)
		// Near in size to the product and to the first factor, so that some bits cancel or are shifted out.
		for _, near := range []uint32{p, a} {
			exp := int(near>>23&0xff) + r.Intn(100) - 50
			c := r.Uint32()&0x807fffff | uint32(min(max(exp, 0), 255))<<23
			checkFMA(t, a, b, c)
			checkFMA(t, a, b, c&0xffff0000)
		}
	}
}

// TestExact compares with rational arithmetic, which shares nothing with either FMA.
func TestExact(t *testing.T) {
	r := rand.New(rand.NewSource(1))
	number := func() (uint32, *big.Rat) {
		v := r.Uint32()&0x807fffff | uint32(100+r.Intn(50))<<23
		return v, new(big.Rat).SetFloat64(float64(math.Float32frombits(v)))
	}
	for range 20_000 {
		a, x := number()
		b, y := number()
		c, z := number()
		exact := new(big.Rat).Add(new(big.Rat).Mul(x, y), z)
		want, _ := exact.Float32()
		if got := softfloat.FMA(a, b, c); got != math.Float32bits(want) {
			t.Fatalf("FMA(%08x, %08x, %08x) = %08x, want %08x", a, b, c, got, math.Float32bits(want))
		}
	}
}

func FuzzFMA(f *testing.F) {
	for i, e := range edges {
		f.Add(e, edges[(i+5)%len(edges)], edges[(i+11)%len(edges)])
	}
	f.Fuzz(checkFMA)
}
