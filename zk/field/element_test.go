package field_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/consensys/gnark-crypto/field/koalabear/extensions"

	"ayni.example/zk/field"
)

func source(t *testing.T) *rand.Rand {
	t.Helper()
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	return rand.New(rand.NewPCG(seed, 0))
}

// random is a number whose words, as they lie in memory, are often at the edges.
func random(r *rand.Rand) (e field.E) {
	for i := range e {
		switch r.IntN(8) {
		case 0:
		case 1:
			e[i][0] = 1
		case 2:
			e[i][0] = field.P - 1
		case 3:
			e[i][0] = field.P/2 + r.Uint32N(2)
		default:
			e[i][0] = r.Uint32N(field.P)
		}
	}
	return e
}

func elements(r *rand.Rand, n int) []field.E {
	list := make([]field.E, n)
	for i := range list {
		list[i] = random(r)
	}
	return list
}

func theirs(e field.E) extensions.E4 {
	return extensions.E4{B0: extensions.E2{A0: e[0], A1: e[2]}, B1: extensions.E2{A0: e[1], A1: e[3]}}
}

func ours(e extensions.E4) field.E { return field.E{e.B0.A0, e.B1.A0, e.B0.A1, e.B1.A1} }

func TestArithmetic(t *testing.T) {
	r := source(t)
	for range 20_000 {
		a, b := random(r), random(r)
		x, y := theirs(a), theirs(b)
		var z extensions.E4
		for _, c := range []struct {
			name string
			got  field.E
			want *extensions.E4
		}{
			{"add", field.Add(a, b), z.Add(&x, &y)},
			{"sub", field.Sub(a, b), new(extensions.E4).Sub(&x, &y)},
			{"neg", field.Neg(a), new(extensions.E4).Neg(&x)},
			{"mul", field.Mul(a, b), new(extensions.E4).Mul(&x, &y)},
			{"mul base", field.MulBase(a, b[3]), new(extensions.E4).MulByElement(&x, &b[3])},
		} {
			if c.got != ours(*c.want) {
				t.Fatalf("%s of %v and %v is %v, not %v", c.name, a, b, c.got, ours(*c.want))
			}
		}
	}
}

func TestAxioms(t *testing.T) {
	r := source(t)
	v := field.E{{}, field.One()[0]}
	if field.Pow(v, 4) != field.Int(3) {
		t.Error("v^4 is not 3")
	}
	if field.Inverse(field.Zero()) != field.Zero() {
		t.Error("the inverse of zero is not zero")
	}
	for range 1000 {
		a, b, c := random(r), random(r), random(r)
		if field.Mul(a, field.Add(b, c)) != field.Add(field.Mul(a, b), field.Mul(a, c)) {
			t.Fatalf("%v is not distributive over %v and %v", a, b, c)
		}
		if field.Mul(field.Mul(a, b), c) != field.Mul(a, field.Mul(b, c)) {
			t.Fatalf("%v, %v and %v are not associative", a, b, c)
		}
		if a != field.Zero() && field.Mul(a, field.Inverse(a)) != field.One() {
			t.Fatalf("%v has no inverse", a)
		}
		if field.Sub(a, b) != field.Add(a, field.Neg(b)) || field.Add(field.Sub(a, b), b) != a {
			t.Fatalf("%v and %v do not subtract", a, b)
		}
	}
	if a := random(r); field.Pow(a, 0) != field.One() || field.Pow(a, 5) != field.Mul(a, field.Pow(field.Mul(a, a), 2)) {
		t.Errorf("powers of %v", a)
	}
}

func TestIntegers(t *testing.T) {
	for n, want := range map[int64]uint32{0: 0, 1: 1, -1: field.P - 1, field.P: 0, field.P - 1: field.P - 1, -field.P - 2: field.P - 2, 1 << 31: 1<<31 - field.P} {
		if got := binary.LittleEndian.Uint32(field.Append(nil, field.Int(n))); got != want {
			t.Errorf("%d is encoded as %d, not %d", n, got, want)
		}
	}
}

func TestEncoding(t *testing.T) {
	r := source(t)
	for range 1000 {
		e := random(r)
		b := field.Append([]byte("x"), e)
		if len(b) != 1+field.Bytes {
			t.Fatalf("%v takes %d bytes", e, len(b))
		}
		if got, err := field.Decode(b[1:]); err != nil || got != e {
			t.Fatalf("%v is decoded as %v, %v", e, got, err)
		}
	}
	for i := range 4 {
		for _, word := range []uint32{field.P, field.P + 1, 1<<32 - 1} {
			b := make([]byte, field.Bytes)
			binary.LittleEndian.PutUint32(b[4*i:], word)
			if _, err := field.Decode(b); !errors.Is(err, field.ErrEncoding) {
				t.Errorf("coefficient %d of %d: %v", i, word, err)
			}
		}
	}
	for n := range field.Bytes {
		if _, err := field.Decode(make([]byte, n)); !errors.Is(err, field.ErrEncoding) {
			t.Errorf("%d bytes: %v", n, err)
		}
	}
}

func FuzzDecode(f *testing.F) {
	f.Add(make([]byte, field.Bytes))
	f.Add(bytes.Repeat([]byte{0, 0, 0, 0x7f}, 4))
	f.Add(bytes.Repeat([]byte{1, 0, 0, 0x7f}, 4))
	f.Fuzz(func(t *testing.T, b []byte) {
		e, err := field.Decode(b)
		if err != nil {
			return
		}
		if got := field.Append(nil, e); !bytes.Equal(got, b[:field.Bytes]) {
			t.Fatalf("%x is decoded as %v, which is %x", b, e, got)
		}
	})
}

func TestEqAt(t *testing.T) {
	r := source(t)
	for n := range 6 {
		a, b := elements(r, n), elements(r, n)
		if got, want := field.EqAt(a, b), field.Dot(field.Eq(a), field.Eq(b)); got != want {
			t.Errorf("%d variables: %v, not %v", n, got, want)
		}
	}
}

func TestManyIntegers(t *testing.T) {
	numbers := []int32{0, 1, -1, 2, 255, -128, field.P - 1, 1 - field.P, 1 << 30, -1 << 30, 77777, -4, 5, 6, 7, -8, 9, 10}
	list := make([]field.Element, len(numbers)+1)
	field.Integers(list, numbers)
	for i, n := range numbers {
		if list[i] != field.BaseInt(int64(n)) {
			t.Errorf("%d is %v", n, list[i])
		}
	}
	if !list[len(numbers)].IsZero() {
		t.Error("wrote beyond the numbers")
	}
}
