package naive

import "slices"

// Section 8: the opening of both commitments.

// sum is a claim about v: the inner product with f, which begins at an offset.
type sum struct {
	offset int
	f      vector
	value  ext
}

func (v *verifier) opening(weights, witness statement) {
	sources := []*source{
		newSource(v.weightsRoot, v.p.weights, &weights),
		newSource(v.witnessRoot, v.p.witness, &witness),
	}
	statements := []*statement{&weights, &witness}
	for i, s := range sources {
		if s.tail.length > 0 {
			v.mask(s, statements[i])
		}
	}
	used := place(sources)
	claims := []sum{
		{sources[0].data.offset, eq(weights.point), weights.value},
		{sources[1].data.offset, eq(witness.point), witness.value},
	}
	n := log2(used)
	for i := 0; i <= len(v.p.levels) && v.err == nil; i++ {
		if i == len(v.p.levels) {
			v.last(n, sources, claims)
			return
		}
		l := v.p.levels[i]
		width := n - l.rows
		root := v.root("level")
		w, y := v.functional(n, sources, claims)
		r, left := v.productRounds(l.rows, l.rows, y)
		rows := eq(r)[:(used+1<<width-1)>>width]
		for _, x := range r {
			w = fold(w, x)
		}
		sources = []*source{{
			root: root, coefficients: 4, logLength: width + log2(l.inverseRate), queries: l.queries, rows: rows,
			data: piece{0, 1 << width},
		}}
		claims = []sum{{0, w, left}}
		n, used = width, 1<<width
	}
}

func newSource(root [32]byte, c code, s *statement) *source {
	return &source{
		root: root, coefficients: 1, logLength: c.columns + log2(c.inverseRate), queries: c.queries, rows: s.rows,
		data: piece{length: 1 << c.columns}, tail: piece{length: c.tail},
	}
}

// mask is the statement of a commitment that hides.
func (v *verifier) mask(s *source, st *statement) {
	own := v.message("mask", 1)[0]
	x := v.challenge(folds)
	rows := make([]ext, 0, len(s.rows)+4)
	for _, o := range s.rows {
		rows = append(rows, mul(x, o))
	}
	rows = append(rows, ext{1}, ext{0, 1}, ext{0, 0, 1}, ext{0, 0, 0, 1})
	s.rows = rows
	st.value = add(mul(x, st.value), own)
}

// place puts the pieces one behind the other: by descending length, data before tails, weights before witness.
func place(sources []*source) int {
	pieces := []*piece{&sources[0].data, &sources[1].data, &sources[0].tail, &sources[1].tail}
	slices.SortStableFunc(pieces, func(a, b *piece) int { return b.length - a.length })
	end := 0
	for _, a := range pieces {
		a.offset = end
		end += a.length
	}
	return end
}

// functional is steps 3 and 4: w and y of <w, v> = y.
func (v *verifier) functional(n int, sources []*source, claims []sum) (vector, ext) {
	var columns []drawn
	var from []*source
	for _, s := range sources {
		for _, d := range v.open(s) {
			columns, from = append(columns, d), append(from, s)
		}
	}
	b := v.challenge(queries)
	w, y, factor := make(vector, 1<<n), ext{}, integer(1)
	if v.err != nil {
		return w, y
	}
	for _, c := range claims {
		addTo(w, c.offset, factor, c.f)
		y = add(y, mul(factor, c.value))
		factor = mul(factor, b)
	}
	for i, d := range columns {
		term := factor
		for _, a := range []piece{from[i].data, from[i].tail} {
			for j := range a.length {
				w[a.offset+j] = add(w[a.offset+j], term)
				term = mul(term, d.x)
			}
		}
		y = add(y, mul(factor, d.value))
		factor = mul(factor, b)
	}
	return w, y
}

// last is the level whose vector is sent.
func (v *verifier) last(n int, sources []*source, claims []sum) {
	sent := v.message("last", 1<<n)
	w, y := v.functional(n, sources, claims)
	r, left := v.productRounds(0, n, y)
	v.check(left == mul(at(vector(sent), r), at(w, r)), "8: the last vector does not have the claimed sum")
}

// fold binds the first variable.
func fold(w vector, x ext) vector {
	half := len(w) / 2
	for i := range half {
		w[i] = add(w[i], mul(x, sub(w[half+i], w[i])))
	}
	return w[:half]
}
