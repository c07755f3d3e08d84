package poly_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"ayni.example/zk/field"
	"ayni.example/zk/poly"
)

func point(r *rand.Rand, n int) []field.E {
	p := make([]field.E, n)
	for i := range p {
		p[i] = field.Int(int64(r.Uint32()>>1) - 1<<30)
		p[i] = field.Add(field.Mul(p[i], field.Mul(p[i], generator())), field.Int(int64(r.Uint32()>>2)))
	}
	return p
}

// generator is v, so that points have all coefficients.
func generator() field.E {
	e, err := field.Decode([]byte{4: 1, 15: 0})
	if err != nil {
		panic(err)
	}
	return field.Add(e, field.Mul(e, field.Mul(e, e)))
}

// eqAt is eq(r, i) by its definition in section 1.
func eqAt(r []field.E, i int) field.E {
	e := field.One()
	for k, x := range r {
		if i>>(len(r)-1-k)&1 == 0 {
			x = field.Sub(field.One(), x)
		}
		e = field.Mul(e, x)
	}
	return e
}

// define is a vector by the words of section 4: a sum over positions p and offsets d of a weight at entry p*stride+d-pad.
func define(bits int, s poly.Slide, weight func(p, d int) field.E) []field.E {
	list := make([]field.E, 1<<bits)
	for h := range s.Length {
		for p := range s.Positions {
			for d := range s.Window {
				if p*s.Stride+d-s.Pad == h {
					list[h] = field.Add(list[h], weight(p, d))
				}
			}
		}
	}
	return list
}

func log(n int) int {
	k := 0
	for 1<<k < n {
		k++
	}
	return k
}

type named struct {
	name string
	v    poly.Vector
	want []field.E
}

func vectors(r *rand.Rand) []named {
	n := 1 + r.IntN(40)
	a := point(r, log(n))
	prefix := func(n int) []field.E {
		list := make([]field.E, 1<<len(a))
		for i := range n {
			list[i] = eqAt(a, i)
		}
		return list
	}
	s := poly.Slide{Window: 1 + r.IntN(5), Stride: 1 + r.IntN(3), Length: 5 + r.IntN(30)}
	s.Pad = r.IntN(s.Window)
	s.Positions = 1 + (s.Length+s.Pad-1)/s.Stride
	p, q, bits := point(r, log(s.Positions)), point(r, log(s.Window)), log(s.Length)
	d := r.IntN(s.Window)
	ones := make([]field.E, 1<<len(a))
	for i := range n {
		ones[i] = field.One()
	}
	list := []named{
		{"eq", poly.Eq(a), prefix(1 << len(a))},
		{"trunc", poly.Trunc(a, n), prefix(n)},
		{"ones", poly.Ones(n), ones},
		{"dense", poly.Dense(prefix(n)[:n]), prefix(n)},
		{"window", poly.Window(p, q, s), define(bits, s, func(i, j int) field.E { return field.Mul(eqAt(p, i), eqAt(q, j)) })},
		{"window at", poly.WindowAt(p, d, s), define(bits, s, func(i, j int) field.E {
			if j != d {
				return field.Zero()
			}
			return eqAt(p, i)
		})},
		{"window sum", poly.WindowSum(p, s), define(bits, s, func(i, _ int) field.E { return eqAt(p, i) })},
	}
	for _, v := range list {
		length := 1 + r.IntN(len(v.want))
		offset := r.IntN(len(v.want) - length + 1)
		cut := make([]field.E, 1<<log(length))
		copy(cut, v.want[offset:offset+length])
		list = append(list, named{v.name + " cut", v.v.Cut(offset, length), cut}, named{v.name + " head", v.v.Cut(0, length), head(v.want, length)})
	}
	return list
}

func head(list []field.E, n int) []field.E {
	h := make([]field.E, 1<<log(n))
	copy(h, list[:n])
	return h
}

func TestVectors(t *testing.T) {
	for seed := range uint64(30) {
		r := rand.New(rand.NewPCG(seed, 5))
		for _, c := range vectors(r) {
			t.Run(fmt.Sprintf("%s/%d", c.name, seed), func(t *testing.T) {
				if 1<<c.v.Bits() != len(c.want) {
					t.Fatalf("2^%d entries, want %d", c.v.Bits(), len(c.want))
				}
				at := point(r, c.v.Bits())
				var value, sum field.E
				for i, got := range c.v.Values() {
					if got != c.want[i] {
						t.Fatalf("entry %d is %v, want %v", i, got, c.want[i])
					}
					value = field.Add(value, field.Mul(got, eqAt(at, i)))
					sum = field.Add(sum, got)
				}
				if got := c.v.At(at); got != value {
					t.Errorf("at a point: %v, want %v", got, value)
				}
				if got := c.v.Sum(); got != sum {
					t.Errorf("sum: %v, want %v", got, sum)
				}
			})
		}
	}
}

// TestFunctionals compares a functional's dense form, its value at a point and on integers with its definition.
func TestFunctionals(t *testing.T) {
	for seed := range uint64(60) {
		r := rand.New(rand.NewPCG(seed, 6))
		var f poly.Functional
		var axes []int
		want := []field.E{field.One()}
		bits := 0
		for range 1 + r.IntN(4) {
			all := vectors(r)
			c := all[r.IntN(len(all))]
			if bits += c.v.Bits(); bits > 14 {
				break
			}
			f = append(f, c.v)
			axes = append(axes, 1+r.IntN(len(c.want)))
			next := make([]field.E, 0, len(want)*len(c.want))
			for _, x := range want {
				for _, y := range c.want {
					next = append(next, field.Mul(x, y))
				}
			}
			want = next
		}
		offset := len(want) * r.IntN(3)
		dst := field.NewVec(4 * len(want))
		c := point(r, 1)[0]
		dst.Set(offset, field.One())
		f.AddTo(dst, offset, c)
		at := point(r, f.Bits())
		var value, sum, on field.E
		var values []int32
		for i, x := range want {
			w := field.Mul(c, x)
			if i == 0 {
				w = field.Add(w, field.One())
			}
			if got := dst.At(offset + i); got != w {
				t.Fatalf("seed %d: entry %d is %v, want %v", seed, i, got, w)
			}
			value = field.Add(value, field.Mul(x, eqAt(at, i)))
			sum = field.Add(sum, x)
			if inside(f, axes, i) {
				n := r.Int32N(512) - 256
				values = append(values, n)
				on = field.Add(on, field.Mul(x, field.Int(int64(n))))
			}
		}
		for i := range 4 * len(want) {
			if (i < offset || i >= offset+len(want)) && dst.At(i) != field.Zero() {
				t.Fatalf("seed %d: entry %d outside is not zero", seed, i)
			}
		}
		if f.At(at) != value || f.Sum() != sum || f.OnIntegers(values, axes) != on {
			t.Fatalf("seed %d: at a point %v, %v; sum %v, %v; on integers %v, %v", seed,
				f.At(at) == value, value, f.Sum() == sum, sum, f.OnIntegers(values, axes) == on, on)
		}
	}
}

// real tells that entry i of a padded tensor lies within the real lengths.
func inside(f poly.Functional, axes []int, i int) bool {
	for a, v := range slices.Backward(f) {
		if i&(1<<v.Bits()-1) >= axes[a] {
			return false
		}
		i >>= v.Bits()
	}
	return true
}

func BenchmarkAddTo(b *testing.B) {
	r := rand.New(rand.NewPCG(1, 1))
	for _, bits := range []int{10, 15} {
		f := poly.Functional{poly.Eq(point(r, bits))}
		dst := field.NewVec(1 << bits)
		b.Run(fmt.Sprintf("eq/2^%d", bits), func(b *testing.B) {
			for b.Loop() {
				f.AddTo(dst, 0, field.One())
			}
		})
	}
	conv := poly.Functional{
		poly.Trunc(point(r, 5), 24), poly.Window(point(r, 5), point(r, 2), poly.Slide{Positions: 32, Window: 3, Length: 32, Stride: 1, Pad: 1}),
		poly.Window(point(r, 5), point(r, 2), poly.Slide{Positions: 32, Window: 3, Length: 32, Stride: 1, Pad: 1}),
	}
	dst := field.NewVec(1 << 15)
	b.Run("conv/2^15", func(b *testing.B) {
		for b.Loop() {
			conv.AddTo(dst, 0, field.One())
		}
	})
	at := point(r, 15)
	b.Run("conv at a point", func(b *testing.B) {
		for b.Loop() {
			conv.At(at)
		}
	})
}
