package naive

import "ayni.example/zk/circuit"

// Section 5: Linear and Forest operations, and the sumcheck of their products.

// product is a dense or conv term with its V.
type product struct {
	circuit.Term
	output *tensor
	value  ext
}

func (v *verifier) linearOperations() {
	longest := 0
	for _, s := range v.steps {
		switch {
		case s.Linear != nil:
			longest = max(longest, v.tensors[s.Linear.Output].log())
		case s.Forest != nil:
			longest = max(longest, v.tensors[s.Forest.Output].log())
		}
	}
	v.g = v.challenges(keys, longest)
	for _, s := range v.steps {
		if s.Linear != nil {
			v.linear(s)
		}
	}
	for _, s := range v.steps {
		if s.Forest != nil {
			v.forest(s)
		}
	}
}

func (v *verifier) linear(s step) {
	l, y := s.Linear, v.tensors[s.Linear.Output]
	g := split(v.g[:y.log()], y.bits)
	e, rest := []vector{eq(g[0])}, integer(1)
	for a := 1; a < len(g); a++ {
		e = append(e, trunc(g[a], y.axes[a]))
		rest = mul(rest, total(e[a]))
	}
	m := v.message("linear", lengthOf(l))
	var left ext
	if l.Table == circuit.NoTable {
		left = inner(y.values, dense(e))
	} else {
		shift, bits := int(v.c.Shift), int(v.c.Tables[l.Table].Bits)
		h, lo := m.next(), m.next()
		v.claim(s.hi, e, nil, h)
		v.claim(s.lo, e, nil, lo)
		offset := mul(integer(1<<(shift+bits-1)+1<<(shift-1)), total(dense(e)))
		left = sub(add(mul(integer(1<<shift), h), lo), offset)
	}
	var sum ext
	for _, t := range l.Terms {
		switch t.Kind {
		case circuit.Dense, circuit.Conv:
			value := m.next()
			v.products = append(v.products, product{t, y, value})
			sum = add(sum, value)
		case circuit.Bias:
			value := m.next()
			v.claimEq(v.tensors[t.Weight], g[0], value)
			sum = add(sum, mul(rest, value))
		case circuit.Scale:
			sum = add(sum, mul(integer(int64(t.Factor)), v.reading(t.Reading, truncs(v.g[:y.log()], y), &m)))
		case circuit.Pool:
			f := []vector{trunc(g[0], y.axes[0])}
			for a, s := range v.slides(t.Reading, y, t.Window, t.Stride, t.Pad) {
				f = append(f, windowSum(g[a+1], s))
			}
			sum = add(sum, mul(integer(int64(t.Factor)), v.reading(t.Reading, f, &m)))
		}
	}
	v.check(left == mul(integer(int64(l.Factor)), sum), "5: the terms of a Linear do not add up")
}

// lengthOf is the number of values in the message of a Linear.
func lengthOf(l *circuit.Linear) int {
	n := 0
	if l.Table != circuit.NoTable {
		n = 2
	}
	for _, t := range l.Terms {
		if t.Kind == circuit.Scale || t.Kind == circuit.Pool {
			n += len(t.Reading)
		} else {
			n++
		}
	}
	return n
}

// slides is how windows lie on the second and third axis of a reading.
func (v *verifier) slides(r circuit.Reading, y *tensor, window, stride, top [2]int) [2]slide {
	var s [2]slide
	for a := range s {
		s[a] = slide{y.axes[a+1], window[a], v.shape(r).axes[a+1], stride[a], top[a]}
	}
	return s
}

func (v *verifier) forest(s step) {
	f, y := s.Forest, v.tensors[s.Forest.Output]
	g := split(v.g[:y.log()], y.bits)
	i, k := trunc(g[0], y.axes[0]), trunc(g[1], y.axes[1])
	classes := make(vector, 1<<s.leaf.bits[1])
	for t, class := range f.Classes {
		classes[t] = k[class]
	}
	m := v.message("forest", 1)
	sum := m.next()
	v.claim(s.leaf, []vector{i, classes}, nil, sum)
	for class, base := range f.Base {
		sum = add(sum, mul(total(i), mul(k[class], integer(int64(base)))))
	}
	v.check(sum == inner(y.values, dense([]vector{i, k})), "5: the leaves of a Forest are not its scores")
}

func (v *verifier) productCheck() {
	a := v.challenge(rounds)
	n := 0
	length := 0
	for _, j := range v.products {
		n = max(n, j.variables(v))
		length += 1 + len(j.Reading)
	}
	var sum ext
	weight := integer(1)
	for _, j := range v.products {
		sum = add(sum, mul(weight, j.value))
		weight = mul(weight, a)
	}
	point, left := v.productRounds(0, n, sum)
	m := v.message("product", length)
	weight = integer(1)
	half := integer((p + 1) / 2)
	var right ext
	for _, j := range v.products {
		nj := j.variables(v)
		value := mul(j.claims(v, point[n-nj:], &m), power(half, uint64(n-nj)))
		right = add(right, mul(weight, value))
		weight = mul(weight, a)
	}
	v.check(left == right, "5: the products are not those of weights and readings")
}

// variables is n_j: those of the weights but for the output's axis.
func (j *product) variables(v *verifier) int {
	w := v.tensors[j.Weight]
	return w.log() - w.bits[0]
}

// claims takes A_j and B_j, claims them at k, and returns their product.
func (j *product) claims(v *verifier, k []ext, m *values) ext {
	w, x := v.tensors[j.Weight], v.shape(j.Reading)
	g := split(v.g[:j.output.log()], j.output.bits)
	left := m.next()
	v.claimEq(w, append(append([]ext{}, g[0]...), k...), left)
	if j.Kind == circuit.Dense {
		return mul(left, v.reading(j.Reading, truncs(k, x), m))
	}
	parts := split(k, w.bits[1:])
	f := []vector{trunc(parts[0], x.axes[0])}
	for a, s := range v.slides(j.Reading, j.output, [2]int{w.axes[2], w.axes[3]}, j.Stride, j.Pad) {
		f = append(f, window(g[a+1], parts[a+1], s))
	}
	return mul(left, v.reading(j.Reading, f, m))
}
