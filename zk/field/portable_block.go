package field

func (b *Block) add(x, y *Block) {
	for j := range Lanes {
		b[0][j] = addWord(x[0][j], y[0][j])
		b[1][j] = addWord(x[1][j], y[1][j])
		b[2][j] = addWord(x[2][j], y[2][j])
		b[3][j] = addWord(x[3][j], y[3][j])
	}
}

func (b *Block) sub(x, y *Block) {
	for j := range Lanes {
		b[0][j] = subWord(x[0][j], y[0][j])
		b[1][j] = subWord(x[1][j], y[1][j])
		b[2][j] = subWord(x[2][j], y[2][j])
		b[3][j] = subWord(x[3][j], y[3][j])
	}
}

func (b *Block) mul(x, y *Block) {
	for j := range Lanes {
		x0, x1, x2, x3 := uint64(x[0][j]), uint64(x[1][j]), uint64(x[2][j]), uint64(x[3][j])
		y0, y1, y2, y3 := uint64(y[0][j]), uint64(y[1][j]), uint64(y[2][j]), uint64(y[3][j])
		b[0][j] = reduce(x0*y0 + 3*shrink(x1*y3+x2*y2+x3*y1))
		b[1][j] = reduce(x0*y1 + x1*y0 + 3*shrink(x2*y3+x3*y2))
		b[2][j] = reduce(x0*y2 + x1*y1 + x2*y0 + 3*shrink(x3*y3))
		b[3][j] = reduce(x0*y3 + x1*y2 + x2*y1 + x3*y0)
	}
}

// move makes dst base + m (to - from).
func (m *multiplier) move(dst, base, from, to *Block) {
	for j := range Lanes {
		d0, d1 := int64(to[0][j])-int64(from[0][j]), int64(to[1][j])-int64(from[1][j])
		d2, d3 := int64(to[2][j])-int64(from[2][j]), int64(to[3][j])-int64(from[3][j])
		dst[0][j] = reduceAdd(d0*m.c[0]+d1*m.three[3]+d2*m.three[2]+d3*m.three[1], int64(base[0][j]))
		dst[1][j] = reduceAdd(d0*m.c[1]+d1*m.c[0]+d2*m.three[3]+d3*m.three[2], int64(base[1][j]))
		dst[2][j] = reduceAdd(d0*m.c[2]+d1*m.c[1]+d2*m.c[0]+d3*m.three[3], int64(base[2][j]))
		dst[3][j] = reduceAdd(d0*m.c[3]+d1*m.c[2]+d2*m.c[1]+d3*m.c[0], int64(base[3][j]))
	}
}

// cross makes b x y + u v.
func (b *Block) cross(x, y, u, v *Block) {
	for j := range Lanes {
		x0, x1, x2, x3 := uint64(x[0][j]), uint64(x[1][j]), uint64(x[2][j]), uint64(x[3][j])
		y0, y1, y2, y3 := uint64(y[0][j]), uint64(y[1][j]), uint64(y[2][j]), uint64(y[3][j])
		u0, u1, u2, u3 := uint64(u[0][j]), uint64(u[1][j]), uint64(u[2][j]), uint64(u[3][j])
		v0, v1, v2, v3 := uint64(v[0][j]), uint64(v[1][j]), uint64(v[2][j]), uint64(v[3][j])
		b[0][j] = reduce(x0*y0 + u0*v0 + 3*(shrink(x1*y3+x2*y2+x3*y1)+shrink(u1*v3+u2*v2+u3*v1)))
		b[1][j] = reduceSmall(shrink(x0*y1+x1*y0+u0*v1+u1*v0) + 3*shrink(x2*y3+x3*y2+u2*v3+u3*v2))
		b[2][j] = reduce(x0*y2 + x1*y1 + x2*y0 + shrink(u0*v2+u1*v1+u2*v0) + 3*shrink(x3*y3+u3*v3))
		b[3][j] = reduceSmall(shrink(x0*y3+x1*y2+x2*y1+x3*y0) + shrink(u0*v3+u1*v2+u2*v1+u3*v0))
	}
}

// sums are the coefficients of a sum of products before v^4 = 3 is applied.
type sums [7]total

// total is the sum of words of 64 bits: of all of each, modulo 2^64, and of their high halves.
type total struct{ all, high uint64 }

func (s *total) add(t uint64) {
	s.all += t
	s.high += t >> 32
}

// add adds x y.
func (s *sums) add(x, y *Block) {
	for j := range Lanes {
		x0, x1, x2, x3 := uint64(x[0][j]), uint64(x[1][j]), uint64(x[2][j]), uint64(x[3][j])
		y0, y1, y2, y3 := uint64(y[0][j]), uint64(y[1][j]), uint64(y[2][j]), uint64(y[3][j])
		s[0].add(x0 * y0)
		s[1].add(x0*y1 + x1*y0)
		s[2].add(x0*y2 + x1*y1 + x2*y0)
		s[3].add(x0*y3 + x1*y2 + x2*y1 + x3*y0)
		s[4].add(x1*y3 + x2*y2 + x3*y1)
		s[5].add(x2*y3 + x3*y2)
		s[6].add(x3 * y3)
	}
}

// addBase adds x y for numbers y of the base field.
func (s *sums) addBase(x *Block, y *[Lanes]uint32) {
	y0, y1, y2, y3 := uint64(y[0]), uint64(y[1]), uint64(y[2]), uint64(y[3])
	for k := range x {
		s[k].add(uint64(x[k][0])*y0 + uint64(x[k][1])*y1 + uint64(x[k][2])*y2 + uint64(x[k][3])*y3)
	}
	y0, y1, y2, y3 = uint64(y[4]), uint64(y[5]), uint64(y[6]), uint64(y[7])
	for k := range x {
		s[k].add(uint64(x[k][4])*y0 + uint64(x[k][5])*y1 + uint64(x[k][6])*y2 + uint64(x[k][7])*y3)
	}
}

// element is the sum.
func (s *sums) element() (e E) {
	for k := range e {
		t := s[k]
		low, high := t.all-t.high<<32, t.high
		if k < 3 {
			t = s[4+k]
			low, high = low+3*(t.all-t.high<<32), high+3*t.high
		}
		e[k][0] = addWord(reduce(low), uint32(high%P))
	}
	return e
}
