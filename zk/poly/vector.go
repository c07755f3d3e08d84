package poly

import (
	"math/bits"

	"ayni.example/zk/field"
)

// Vector is one factor of a functional: a vector of 2^Bits values that follow from a point and a few lengths.
type Vector struct {
	bits   int
	r      []field.E            // eq and its prefixes: the point; nil for ones
	n      int                  // eq, ones: entries from here on are zero
	values func(list []field.E) // others: fills a list of zeros
	steps  int                  // products that takes
}

// Eq is the vector eq(r, i).
func Eq(r []field.E) Vector { return Trunc(r, 1<<len(r)) }

// Trunc is eq(r, i) for i < n, else 0.
func Trunc(r []field.E, n int) Vector { return Vector{bits: len(r), r: r, n: min(n, 1<<len(r))} }

// Ones is 1 for i < n, else 0.
func Ones(n int) Vector { return Vector{bits: bitsFor(n), n: n} }

// Dense is a vector by its values, padded with zeros.
func Dense(values []field.E) Vector {
	return Vector{bits: bitsFor(len(values)), values: func(list []field.E) { copy(list, values) }}
}

// Slide is a window that slides along an axis of Length values: at position p it covers p*Stride+d-Pad for d < Window.
type Slide struct{ Positions, Window, Length, Stride, Pad int }

// each calls f with p and h for offset d of the window, where h = p*Stride+d-Pad lies inside.
func (s Slide) each(d int, f func(p, h int)) {
	for p := range s.Positions {
		if h := p*s.Stride + d - s.Pad; h >= 0 && h < s.Length {
			f(p, h)
		}
	}
}

// Window has as entry h the sum of eq(r,p) eq(q,d) over the positions p and offsets d where the window covers h.
func Window(r, q []field.E, s Slide) Vector {
	return Vector{bits: bitsFor(s.Length), steps: 1<<len(r) + 1<<len(q) + s.Positions*s.Window, values: func(list []field.E) {
		at, weight := table(r), table(q)
		for d := range s.Window {
			s.each(d, func(p, h int) { list[h] = field.Add(list[h], field.Mul(at[p], weight[d])) })
		}
	}}
}

// WindowAt has as entry h the sum of eq(r,p) over the positions where offset d of the window is h.
func WindowAt(r []field.E, d int, s Slide) Vector {
	return Vector{bits: bitsFor(s.Length), steps: 1<<len(r) + s.Positions, values: func(list []field.E) {
		at := table(r)
		s.each(d, func(p, h int) { list[h] = field.Add(list[h], at[p]) })
	}}
}

// WindowSum has as entry h the sum of eq(r,p) over the positions and offsets where the window covers h.
func WindowSum(r []field.E, s Slide) Vector {
	return Vector{bits: bitsFor(s.Length), steps: 1<<len(r) + s.Positions*s.Window, values: func(list []field.E) {
		at := table(r)
		for d := range s.Window {
			s.each(d, func(p, h int) { list[h] = field.Add(list[h], at[p]) })
		}
	}}
}

// Cut is the entries offset .. offset+n of v, padded with zeros: v as a piece of a reading sees it.
func (v Vector) Cut(offset, n int) Vector {
	if offset == 0 && v.bits == bitsFor(n) && v.values == nil {
		v.n = min(v.n, n)
		return v
	}
	return Vector{bits: bitsFor(n), steps: v.steps + 1<<v.bits, values: func(list []field.E) {
		copy(list, v.Values()[offset:offset+n])
	}}
}

// Bits is log2 of the length.
func (v Vector) Bits() int { return v.bits }

// Values are all entries.
func (v Vector) Values() []field.E {
	list := make([]field.E, 1<<v.bits)
	switch {
	case v.values != nil:
		v.values(list)
	case v.r != nil:
		copy(list, table(v.r)[:v.n])
	default:
		for i := range v.n {
			list[i] = field.One()
		}
	}
	return list
}

// At is the sum of the entries times eq(s, .): the vector's multilinear polynomial at s. For eq and its prefixes it takes
// as many steps as there are coordinates.
func (v Vector) At(s []field.E) field.E {
	if v.values != nil {
		return field.Dot(field.Pack(v.Values()), field.Eq(s))
	}
	return below(v.n, v.r, s)
}

// Sum is the sum of the entries.
func (v Vector) Sum() field.E {
	if v.values != nil {
		return field.Sum(field.Pack(v.Values()))
	}
	if v.r == nil {
		return field.Int(int64(v.n))
	}
	return below(v.n, nil, v.r)
}

// whole tells that v is eq(r), all of it.
func (v Vector) whole() bool { return v.values == nil && v.r != nil && v.n == 1<<v.bits }

// below is the sum over i < n of eq(r,i) eq(s,i); without r, of eq(s,i).
func below(n int, r, s []field.E) field.E {
	rest := make([]field.E, len(s)+1) // of the coordinates from k on, the sum over all their bits
	rest[len(s)] = field.One()
	for k := len(s) - 1; k >= 0; k-- {
		zero, one := factors(r, s, k)
		rest[k] = field.Mul(rest[k+1], field.Add(zero, one))
	}
	if n >= 1<<len(s) {
		return rest[0]
	}
	var sum field.E
	path := field.One() // of the bits of n above k
	for k := range s {
		zero, one := factors(r, s, k)
		if n>>(len(s)-1-k)&1 == 0 {
			path = field.Mul(path, zero)
			continue
		}
		sum = field.Add(sum, field.Mul(field.Mul(path, zero), rest[k+1]))
		path = field.Mul(path, one)
	}
	return sum
}

// factors are what coordinate k gives where its bit is 0, and where it is 1.
func factors(r, s []field.E, k int) (zero, one field.E) {
	zero, one = field.Sub(field.One(), s[k]), s[k]
	if r == nil {
		return zero, one
	}
	return field.Mul(field.Sub(field.One(), r[k]), zero), field.Mul(r[k], one)
}

func table(r []field.E) []field.E { return field.Eq(r).Unpack(1 << len(r)) }

func bitsFor(n int) int { return bits.Len(uint(n - 1)) }

// Steps is how many products At takes at most: two a position and offset of a window, six a coordinate.
func (v Vector) Steps() int {
	if v.values == nil {
		return 6 * v.bits
	}
	return v.steps + 2<<v.bits
}
