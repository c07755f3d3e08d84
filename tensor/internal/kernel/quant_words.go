package kernel

import "encoding/binary"

// part is a few words of weights, one byte for each weight, whose products with activations are wanted. A register takes two
// rows of them at once; for more than a few rows of activations it is worth to prepare three.
type part struct {
	words  []byte
	wide   bool
	triple [6][32]int64 // three rows each: 21 bits hold a sum of 32 products of 255*127
}

// manyRows is from where three rows at once pay.
const manyRows = 4

func (p *part) set(words []byte, rows int) {
	p.words, p.wide = words, rows >= manyRows
	if !p.wide {
		return
	}
	for at := 0; at+word <= len(words); at += word {
		b := (*[word]byte)(words[at:])
		for i := range 4 {
			k := at/Group + i
			for g := range 5 {
				p.triple[g][k] = int64(b[12*g+i]) + int64(b[12*g+4+i])<<21 + int64(b[12*g+8+i])<<42
			}
			p.triple[5][k] = int64(b[60+i])
		}
	}
}

// dots adds the products with activations to the sums of 16 rows.
func (p *part) dots(sums *[Group]int32, q []int8) {
	if !p.wide {
		pairs(sums, p.words, q)
		return
	}
	for g := range 5 {
		s := dot64(p.triple[g][:], q)
		low := s << 43 >> 43
		s = (s - low) >> 21
		middle := s << 43 >> 43
		sums[3*g] += int32(low)
		sums[3*g+1] += int32(middle)
		sums[3*g+2] += int32((s - middle) >> 21)
	}
	sums[15] += int32(dot64(p.triple[5][:], q))
}

// dot64 is unrolled by hand: the compiler does not unroll.
func dot64(w []int64, q []int8) (s int64) {
	for len(q) >= 16 && len(w) >= 16 {
		s += w[0]*int64(q[0]) + w[1]*int64(q[1]) + w[2]*int64(q[2]) + w[3]*int64(q[3])
		s += w[4]*int64(q[4]) + w[5]*int64(q[5]) + w[6]*int64(q[6]) + w[7]*int64(q[7])
		s += w[8]*int64(q[8]) + w[9]*int64(q[9]) + w[10]*int64(q[10]) + w[11]*int64(q[11])
		s += w[12]*int64(q[12]) + w[13]*int64(q[13]) + w[14]*int64(q[14]) + w[15]*int64(q[15])
		w, q = w[16:], q[16:]
	}
	return s
}

// pairs takes two rows at once. A register holds four bytes of each; with all but one byte of each cleared, a product with an
// activation is two products, 32 bits apart, and their sums are exact.
func pairs(sums *[Group]int32, w []byte, q []int8) {
	const pair = 0x000000ff_000000ff
	for first := 0; first < Group; first += 8 {
		var s0, s1, s2, s3 int64
		rows := w[4*first:]
		for i := range len(q) / 4 {
			x, b := (*[4]int8)(q[4*i:]), (*[32]byte)(rows[word*i:])
			x0, x1, x2, x3 := int64(x[0]), int64(x[1]), int64(x[2]), int64(x[3])
			v := binary.LittleEndian.Uint64(b[0:])
			s0 += int64(v&pair)*x0 + int64(v>>8&pair)*x1 + int64(v>>16&pair)*x2 + int64(v>>24&pair)*x3
			v = binary.LittleEndian.Uint64(b[8:])
			s1 += int64(v&pair)*x0 + int64(v>>8&pair)*x1 + int64(v>>16&pair)*x2 + int64(v>>24&pair)*x3
			v = binary.LittleEndian.Uint64(b[16:])
			s2 += int64(v&pair)*x0 + int64(v>>8&pair)*x1 + int64(v>>16&pair)*x2 + int64(v>>24&pair)*x3
			v = binary.LittleEndian.Uint64(b[24:])
			s3 += int64(v&pair)*x0 + int64(v>>8&pair)*x1 + int64(v>>16&pair)*x2 + int64(v>>24&pair)*x3
		}
		out := (*[8]int32)(sums[first:])
		split(&out[0], &out[1], s0)
		split(&out[2], &out[3], s1)
		split(&out[4], &out[5], s2)
		split(&out[6], &out[7], s3)
	}
}

func split(low, high *int32, s int64) {
	*low += int32(s)
	*high += int32((s - int64(int32(s))) >> 32)
}

func all(v int32) (s [Group]int32) {
	for i := range s {
		s[i] = v
	}
	return s
}

// unpackQ4 takes nibbles apart: one byte for each weight, the low ones first.
func unpackQ4(out, w []byte) {
	const nibbles = 0x0f0f0f0f_0f0f0f0f
	for i := 0; i+8 <= len(w); i += 8 {
		v := binary.LittleEndian.Uint64(w[i:])
		binary.LittleEndian.PutUint64(out[i:], v&nibbles)
		binary.LittleEndian.PutUint64(out[len(w)+i:], v>>4&nibbles)
	}
}

// unpackQ6K joins low and high bits: one byte for each weight, in words as Q8_0 has them.
func unpackQ6K(out *[64 * word]byte, w []byte) {
	const nibbles, crumbs = 0x0f0f0f0f_0f0f0f0f, 0x30303030_30303030
	for half := range 2 {
		low, high, to := w[half*q6kHalf:], w[half*q6kHalf+16*word:], out[half*32*word:]
		for i := 0; i < 8*word; i += 8 {
			l0, l1 := binary.LittleEndian.Uint64(low[i:]), binary.LittleEndian.Uint64(low[8*word+i:])
			h := binary.LittleEndian.Uint64(high[i:])
			binary.LittleEndian.PutUint64(to[i:], l0&nibbles|h<<4&crumbs)
			binary.LittleEndian.PutUint64(to[8*word+i:], l1&nibbles|h<<2&crumbs)
			binary.LittleEndian.PutUint64(to[16*word+i:], l0>>4&nibbles|h&crumbs)
			binary.LittleEndian.PutUint64(to[24*word+i:], l1>>4&nibbles|h>>2&crumbs)
		}
	}
}
