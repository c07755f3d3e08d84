package tensor

import (
	"encoding/binary"
	"math"
)

const (
	blockSize = 32 // weights and activations that share a scale
	q8Bytes   = 34 // one stored block: binary16 scale and 32 int8
	packRows  = 3  // rows in one int64, see pack
	packBits  = 20 // |sum of 32 products| <= 32*128*127 < 2^19
)

// packed holds three rows in each int64, 20 bits apart, so that one integer multiplication
// by an activation yields three exact products and their sums never meet.
type packed struct {
	blocks int
	w      []int64   // [group][block][32]
	d      []float32 // [group][block][3]
}

func pack(rows, cols int, raw []byte) packed {
	groups := (rows + packRows - 1) / packRows
	p := packed{blocks: cols / blockSize}
	p.w = make([]int64, groups*cols)
	p.d = make([]float32, groups*p.blocks*packRows)
	for r := range rows {
		g, lane := r/packRows, r%packRows
		for b := range p.blocks {
			src := raw[(r*p.blocks+b)*q8Bytes:][:q8Bytes]
			at := g*p.blocks + b
			p.d[at*packRows+lane] = Half(binary.LittleEndian.Uint16(src))
			w := p.w[at*blockSize:][:blockSize]
			for k := range w {
				w[k] += int64(int8(src[2+k])) << (packBits * lane)
			}
		}
	}
	return p
}

// split takes the three sums apart again; each may have borrowed from the next.
func split(s int64) (a, b, c int64) {
	a = s << (64 - packBits) >> (64 - packBits)
	s = (s - a) >> packBits
	b = s << (64 - packBits) >> (64 - packBits)
	return a, b, (s - b) >> packBits
}

func (p *packed) row(dst []float32, row int) {
	g, lane := row/packRows, row%packRows
	for b := range p.blocks {
		at := g*p.blocks + b
		d := p.d[at*packRows+lane]
		for k, v := range p.w[at*blockSize:][:blockSize] {
			q := [packRows]int64{}
			q[0], q[1], q[2] = split(v)
			dst[b*blockSize+k] = float32(d * float32(q[lane]))
		}
	}
}

// mulQ8 computes outputs lo to hi-1; panels start at a multiple of packRows.
func (m *Matrix) mulQ8(dst []float32, in *Input, lo, hi int) {
	nb := m.q8.blocks
	for r := lo; r < hi; r += packRows {
		g := r / packRows
		w := m.q8.w[g*m.Cols : (g+1)*m.Cols]
		d := m.q8.d[g*nb*packRows : (g+1)*nb*packRows]
		for t := range in.n {
			y0, y1, y2 := dotQ8(w, d, in.q[t*m.Cols:(t+1)*m.Cols], in.d[t*nb:(t+1)*nb])
			y := dst[t*m.Rows+r : t*m.Rows+min(r+packRows, m.Rows)]
			y[0] = y0
			if len(y) == packRows {
				y[1], y[2] = y1, y2
			} else if len(y) == 2 {
				y[1] = y1
			}
		}
	}
}

// dotQ8 adds, block after block, round(round(dw*dx) * sum) to one accumulator an output.
func dotQ8(w []int64, d []float32, q []int8, dx []float32) (y0, y1, y2 float32) {
	for _, sx := range dx {
		if len(w) < blockSize || len(q) < blockSize || len(d) < packRows {
			break
		}
		a, b, c := split(dot32((*[blockSize]int64)(w), (*[blockSize]int8)(q)))
		y0 += float32(float32(d[0]*sx) * float32(int32(a)))
		y1 += float32(float32(d[1]*sx) * float32(int32(b)))
		y2 += float32(float32(d[2]*sx) * float32(int32(c)))
		w, q, d = w[blockSize:], q[blockSize:], d[packRows:]
	}
	return y0, y1, y2
}

// dot32 is unrolled by hand: the compiler does not unroll.
func dot32(w *[blockSize]int64, q *[blockSize]int8) int64 {
	s := w[0]*int64(q[0]) + w[1]*int64(q[1]) + w[2]*int64(q[2]) + w[3]*int64(q[3])
	s += w[4]*int64(q[4]) + w[5]*int64(q[5]) + w[6]*int64(q[6]) + w[7]*int64(q[7])
	s += w[8]*int64(q[8]) + w[9]*int64(q[9]) + w[10]*int64(q[10]) + w[11]*int64(q[11])
	s += w[12]*int64(q[12]) + w[13]*int64(q[13]) + w[14]*int64(q[14]) + w[15]*int64(q[15])
	s += w[16]*int64(q[16]) + w[17]*int64(q[17]) + w[18]*int64(q[18]) + w[19]*int64(q[19])
	s += w[20]*int64(q[20]) + w[21]*int64(q[21]) + w[22]*int64(q[22]) + w[23]*int64(q[23])
	s += w[24]*int64(q[24]) + w[25]*int64(q[25]) + w[26]*int64(q[26]) + w[27]*int64(q[27])
	return s + w[28]*int64(q[28]) + w[29]*int64(q[29]) + w[30]*int64(q[30]) + w[31]*int64(q[31])
}

// quantise rounds the rows to int8 with one float32 scale a block, once for each Set.
func (in *Input) quantise() {
	if in.quantised {
		return
	}
	in.quantised = true
	in.q = grow(in.q, len(in.x))
	in.d = grow(in.d, len(in.x)/blockSize)
	for b := range in.d {
		in.d[b] = QuantiseBlock((*[blockSize]int8)(in.q[b*blockSize:]), (*[blockSize]float32)(in.x[b*blockSize:]))
	}
}

// leastBlock is the largest magnitude at which a block of activations counts as zero, so
// that no reciprocal below overflows.
const leastBlock = 0x1p-100

// QuantiseBlock rounds 32 values to multiples of the returned scale, max|x|/127, ties to
// even. A block with NaN or infinity gets the scale NaN, which marks every output it meets.
func QuantiseBlock(q *[blockSize]int8, x *[blockSize]float32) float32 {
	var most uint32
	for _, v := range x {
		most = max(most, math.Float32bits(v)&0x7fffffff)
	}
	if most >= 0x7f800000 {
		*q = [blockSize]int8{}
		return float32(math.NaN())
	}
	amax := math.Float32frombits(most)
	if amax <= leastBlock {
		*q = [blockSize]int8{}
		return 0
	}
	d := amax / 127
	inv := 1 / d
	for i, v := range x {
		q[i] = int8(math.Float32bits(float32(v*inv)+roundMagic) - 0x4B400000)
	}
	return d
}

// AppendQ8 appends rows as stored Q8_0 blocks; its length is a multiple of 32. The scale is
// rounded to binary16 and the values are divided by the scale before that rounding.
func AppendQ8(dst []byte, x []float32) []byte {
	for ; len(x) >= blockSize; x = x[blockSize:] {
		var q [blockSize]int8
		d := QuantiseBlock(&q, (*[blockSize]float32)(x))
		dst = binary.LittleEndian.AppendUint16(dst, ToHalf(d))
		for _, v := range q {
			dst = append(dst, byte(v))
		}
	}
	return dst
}

func grow[T any](s []T, n int) []T {
	if cap(s) < n {
		return make([]T, n)
	}
	return s[:n]
}
