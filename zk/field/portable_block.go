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

// scale makes dst m a.
func (m *multiplier) scale(dst, a *Block) {
	for j := range Lanes {
		w0, w1, w2, w3 := uint64(a[0][j]), uint64(a[1][j]), uint64(a[2][j]), uint64(a[3][j])
		dst[0][j] = plantard(w0*m[0][0] + w1*m[0][1] + w2*m[0][2] + w3*m[0][3] + m[0][4])
		dst[1][j] = plantard(w0*m[1][0] + w1*m[1][1] + w2*m[1][2] + w3*m[1][3] + m[1][4])
		dst[2][j] = plantard(w0*m[2][0] + w1*m[2][1] + w2*m[2][2] + w3*m[2][3] + m[2][4])
		dst[3][j] = plantard(w0*m[3][0] + w1*m[3][1] + w2*m[3][2] + w3*m[3][3] + m[3][4])
	}
}

// acc adds m a to dst.
func (m *multiplier) acc(dst, a *Block) {
	for j := range Lanes {
		w0, w1, w2, w3 := uint64(a[0][j]), uint64(a[1][j]), uint64(a[2][j]), uint64(a[3][j])
		dst[0][j] = addWord(dst[0][j], plantard(w0*m[0][0]+w1*m[0][1]+w2*m[0][2]+w3*m[0][3]+m[0][4]))
		dst[1][j] = addWord(dst[1][j], plantard(w0*m[1][0]+w1*m[1][1]+w2*m[1][2]+w3*m[1][3]+m[1][4]))
		dst[2][j] = addWord(dst[2][j], plantard(w0*m[2][0]+w1*m[2][1]+w2*m[2][2]+w3*m[2][3]+m[2][4]))
		dst[3][j] = addWord(dst[3][j], plantard(w0*m[3][0]+w1*m[3][1]+w2*m[3][2]+w3*m[3][3]+m[3][4]))
	}
}

// fold makes dst lo + m (hi - lo).
func (m *multiplier) fold(dst, lo, hi *Block) {
	for j := range Lanes {
		w0, w1 := uint64(subWord(hi[0][j], lo[0][j])), uint64(subWord(hi[1][j], lo[1][j]))
		w2, w3 := uint64(subWord(hi[2][j], lo[2][j])), uint64(subWord(hi[3][j], lo[3][j]))
		dst[0][j] = addWord(lo[0][j], plantard(w0*m[0][0]+w1*m[0][1]+w2*m[0][2]+w3*m[0][3]+m[0][4]))
		dst[1][j] = addWord(lo[1][j], plantard(w0*m[1][0]+w1*m[1][1]+w2*m[1][2]+w3*m[1][3]+m[1][4]))
		dst[2][j] = addWord(lo[2][j], plantard(w0*m[2][0]+w1*m[2][1]+w2*m[2][2]+w3*m[2][3]+m[2][4]))
		dst[3][j] = addWord(lo[3][j], plantard(w0*m[3][0]+w1*m[3][1]+w2*m[3][2]+w3*m[3][3]+m[3][4]))
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
