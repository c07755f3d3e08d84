package naive

import "ayni.example/zk/circuit"

// Section 4: functionals, one vector an axis, and claims.

type claim struct {
	tensor     *tensor
	functional []vector
	point      []ext // of a claim on weights, whose functional is eq(point)
	value      ext
}

// dense is the tensor product of the vectors.
func dense(f []vector) vector {
	product := vector{integer(1)}
	for _, axis := range f {
		next := make(vector, 0, len(product)*len(axis))
		for _, a := range product {
			for _, b := range axis {
				next = append(next, mul(a, b))
			}
		}
		product = next
	}
	return product
}

// split cuts a point by axes.
func split(point []ext, bits []int) [][]ext {
	parts := make([][]ext, 0, len(bits))
	for _, n := range bits {
		parts = append(parts, point[:n])
		point = point[n:]
	}
	return parts
}

func eqs(point []ext, bits []int) []vector {
	f := make([]vector, 0, len(bits))
	for _, part := range split(point, bits) {
		f = append(f, eq(part))
	}
	return f
}

func trunc(r []ext, n int) vector {
	v := eq(r)
	clear(v[n:])
	return v
}

func truncs(point []ext, t *tensor) []vector {
	f := make([]vector, 0, len(t.axes))
	for a, part := range split(point, t.bits) {
		f = append(f, trunc(part, t.axes[a]))
	}
	return f
}

// slide is how windows lie on one axis.
type slide struct{ positions, window, length, stride, top int }

// windows calls f with each p, d and h of the definitions.
func (s slide) windows(f func(position, d, h int)) {
	for position := range s.positions {
		for d := range s.window {
			if h := position*s.stride + d - s.top; h >= 0 && h < s.length {
				f(position, d, h)
			}
		}
	}
}

func window(r, q []ext, s slide) vector {
	v, a, b := make(vector, 1<<log2(s.length)), eq(r), eq(q)
	s.windows(func(position, d, h int) { v[h] = add(v[h], mul(a[position], b[d])) })
	return v
}

func windowAt(r []ext, fixed int, s slide) vector {
	v, a := make(vector, 1<<log2(s.length)), eq(r)
	s.windows(func(position, d, h int) {
		if d == fixed {
			v[h] = add(v[h], a[position])
		}
	})
	return v
}

func windowSum(r []ext, s slide) vector {
	v, a := make(vector, 1<<log2(s.length)), eq(r)
	s.windows(func(position, _, h int) { v[h] = add(v[h], a[position]) })
	return v
}

// claim checks a claim on a public tensor, and puts others on their list.
func (v *verifier) claim(t *tensor, f []vector, point []ext, value ext) {
	c := claim{t, f, point, value}
	switch {
	case t.values != nil:
		v.check(inner(t.values, dense(f)) == value, "4: a value is not that of a public tensor")
	case t.weight:
		v.weights.claims = append(v.weights.claims, c)
	default:
		v.witness.claims = append(v.witness.claims, c)
	}
}

// claimEq is a claim with eq(point).
func (v *verifier) claimEq(t *tensor, point []ext, value ext) {
	v.claim(t, eqs(point, t.bits), point, value)
}

// shape is a reading as one tensor.
func (v *verifier) shape(r circuit.Reading) *tensor {
	axes := append([]int{}, v.tensors[r[0]].axes...)
	for _, piece := range r[1:] {
		axes[0] += v.tensors[piece].axes[0]
	}
	return newTensor(axes...)
}

// reading takes a value a piece and claims each; their sum is the value of the reading.
func (v *verifier) reading(r circuit.Reading, f []vector, m *values) ext {
	var sum ext
	offset := 0
	for _, piece := range r {
		t, value := v.tensors[piece], m.next()
		first := make(vector, 1<<t.bits[0])
		copy(first, f[0][offset:offset+t.axes[0]])
		v.claim(t, append([]vector{first}, f[1:]...), nil, value)
		offset += t.axes[0]
		sum = add(sum, value)
	}
	return sum
}
