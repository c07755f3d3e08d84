package poly_test

import (
	"errors"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"ayni.example/zk/field"
	"ayni.example/zk/poly"
)

func source(t *testing.T) *rand.Rand {
	t.Helper()
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	return rand.New(rand.NewPCG(seed, 0))
}

func random(r *rand.Rand) (e field.E) {
	for i := range e {
		e[i] = field.BaseInt(r.Int64())
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

// at is a polynomial's value, by Horner's rule.
func at(coefficients []field.E, x field.Element) (s field.E) {
	for _, c := range slices.Backward(coefficients) {
		s = field.Add(field.MulBase(s, x), c)
	}
	return s
}

func TestDomainRefusesSizes(t *testing.T) {
	for _, s := range [][2]int{{0, 4}, {3, 4}, {4, 2}, {4, 6}, {4, 1 << 25}, {-4, 4}, {4, -4}} {
		if _, err := poly.NewDomain(s[0], s[1]); !errors.Is(err, poly.ErrSize) {
			t.Errorf("sizes %d: %v", s, err)
		}
	}
}

func TestPoints(t *testing.T) {
	for size := 1; size <= 1<<20; size <<= 4 {
		d, err := poly.NewDomain(1, size)
		if err != nil {
			t.Fatal(err)
		}
		if got, want := field.Base(d.Point(1)), field.Pow(field.Int(3), uint64(127<<24/size)); size > 1 && got != want {
			t.Errorf("size %d: the root is %v, not %v", size, got, want)
		}
		if d.Point(size) != d.Point(0) || size > 1 && d.Point(size/2) == d.Point(0) {
			t.Errorf("size %d: the root has another order", size)
		}
	}
}

func TestEncode(t *testing.T) {
	r := source(t)
	for _, s := range [][2]int{{1, 1}, {1, 4}, {2, 2}, {4, 16}, {8, 8}, {32, 64}, {256, 2048}, {1024, 4096}} {
		d, err := poly.NewDomain(s[0], s[1])
		if err != nil {
			t.Fatal(err)
		}
		for _, length := range []int{s[0], s[0] - 1} {
			message := elements(r, length)
			low := make([]field.Element, length)
			for i := range low {
				low[i] = message[i][0]
			}
			word := make([]field.Element, s[1])
			d.Encode(word, low)
			wide := d.EncodeVec(field.Pack(message))
			for _, i := range []int{0, 1 % s[1], s[1] / 2, s[1] - 1, r.IntN(s[1])} {
				want := at(message, d.Point(i))
				if got := wide.At(i); got != want {
					t.Fatalf("sizes %d: symbol %d is %v, not %v", s, i, got, want)
				}
				if word[i] != want[0] {
					t.Fatalf("sizes %d: base symbol %d is %v, not %v", s, i, word[i], want[0])
				}
			}
		}
	}
}

func TestTranspose(t *testing.T) {
	r := source(t)
	for _, s := range [][2]int{{1, 2}, {4, 4}, {16, 64}, {512, 4096}} {
		d, err := poly.NewDomain(s[0], s[1])
		if err != nil {
			t.Fatal(err)
		}
		places, a := make([]int, 9), elements(r, 9)
		for i := range places {
			places[i] = r.IntN(s[1])
		}
		places[8] = places[0] // the same place twice counts twice
		w := d.Transpose(places, a)
		for j := range s[0] {
			var want field.E
			for q, i := range places {
				want = field.Add(want, field.Mul(a[q], field.Pow(field.Base(d.Point(i)), uint64(j))))
			}
			if got := w.At(j); got != want {
				t.Fatalf("sizes %d: entry %d is %v, not %v", s, j, got, want)
			}
		}
	}
}

func TestEval(t *testing.T) {
	r := source(t)
	for n := range 8 {
		point, values := elements(r, n), elements(r, 1<<n)
		low := make([]field.Element, len(values))
		var want, wantBase field.E
		for i, v := range values {
			low[i] = v[0]
			e := field.One()
			for k, x := range point {
				if i>>(n-1-k)&1 == 0 {
					x = field.Sub(field.One(), x)
				}
				e = field.Mul(e, x)
			}
			want, wantBase = field.Add(want, field.Mul(e, v)), field.Add(wantBase, field.MulBase(e, v[0]))
		}
		if got := poly.Eval(field.Pack(values), point); got != want {
			t.Errorf("%d variables: %v, not %v", n, got, want)
		}
		if got := poly.EvalBase(low, point); got != wantBase {
			t.Errorf("%d variables in the base field: %v, not %v", n, got, wantBase)
		}
	}
}

func TestInterpolate(t *testing.T) {
	r := source(t)
	for degree := range 6 {
		c, x := elements(r, degree+1), field.BaseInt(r.Int64())
		y := make([]field.E, degree+1)
		for i := range y {
			y[i] = at(c, field.BaseInt(int64(i)))
		}
		if got, want := poly.Interpolate(y, field.Base(x)), at(c, x); got != want {
			t.Errorf("degree %d: %v, not %v", degree, got, want)
		}
	}
}
