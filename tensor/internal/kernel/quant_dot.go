package kernel

import (
	"encoding/binary"
	"math"
)

// portableRows is how many rows of activations share what is prepared of the weights.
const portableRows = 16

// sums are the integer sums of the 16 rows of a group, for each row of activations of a tile.
type sums [portableRows][Group]int32

func mulQ8(dst []float32, step int, w []byte, x []Block32, n int) {
	for size := GroupQ8(len(x) / n); len(w) >= size; dst, w = dst[min(Group, len(dst)):], w[size:] {
		groupQ8(dst, step, w, x, n)
	}
}

func groupQ8(dst []float32, step int, w []byte, x []Block32, n int) {
	blocks := len(x) / n
	clearRows(dst, step, n)
	var p part
	for first := 0; first < n; first += portableRows {
		rows := min(n-first, portableRows)
		for b := range blocks {
			at, scalesAt := twin(b, q8Weights)
			p.set(w[at:at+q8Weights], rows)
			d := widen(w[scalesAt:])
			for t := first; t < first+rows; t++ {
				in := &x[t*blocks+b]
				s := all(in.Less128)
				p.dots(&s, in.Q[:])
				addScaled(dst[t*step:], &d, in.D, &s)
			}
		}
	}
}

func mulQ4(dst []float32, step int, w []byte, x []Block32, n int) {
	for size := GroupQ4(len(x) / n); len(w) >= size; dst, w = dst[min(Group, len(dst)):], w[size:] {
		groupQ4(dst, step, w, x, n)
	}
}

func groupQ4(dst []float32, step int, w []byte, x []Block32, n int) {
	blocks := len(x) / n
	clearRows(dst, step, n)
	var p part
	var words [8 * word]byte
	for first := 0; first < n; first += portableRows {
		rows := min(n-first, portableRows)
		for b := range blocks {
			at, scalesAt := twin(b, q4Weights)
			unpackQ4(words[:], w[at:at+q4Weights])
			p.set(words[:], rows)
			d := widen(w[scalesAt:])
			for t := first; t < first+rows; t++ {
				in := &x[t*blocks+b]
				s := all(in.Less8)
				p.dots(&s, in.Q[:])
				addScaled(dst[t*step:], &d, in.D, &s)
			}
		}
	}
}

func mulQ4K(dst []float32, step int, w []byte, x []Block256, n int) {
	for size := GroupQ4K(len(x) / n); len(w) >= size; dst, w = dst[min(Group, len(dst)):], w[size:] {
		groupQ4K(dst, step, w, x, n)
	}
}

// groupQ4K adds, for each block, the exact sum of scale*dot over its eight parts, times d*dx, less the exact sum of
// minimum*sum, times dmin*dx.
func groupQ4K(dst []float32, step int, w []byte, x []Block256, n int) {
	blocks := len(x) / n
	clearRows(dst, step, n)
	for first := 0; first < n; first += portableRows {
		rows := min(n-first, portableRows)
		for b := range blocks {
			w := w[b*q4kBlock:][:q4kBlock]
			dot, less := sumQ4K(w, x[first*blocks+b:], blocks, rows)
			d, dmin := widen(w[q4kD:]), widen(w[q4kDMin:])
			for t := range rows {
				dx, out := x[(first+t)*blocks+b].D, dst[(first+t)*step:]
				addScaled(out, &d, dx, &dot[t])
				for r, v := range less[t] {
					out[r] -= float32(float32(dmin[r]*dx) * float32(v))
				}
			}
		}
	}
}

func sumQ4K(w []byte, x []Block256, blocks, rows int) (dot, less sums) {
	var p part
	var words [16 * word]byte
	for i := range 8 {
		if i%2 == 0 {
			unpackQ4(words[:], w[4*i*word:4*(i+2)*word])
		}
		p.set(words[i%2*8*word:][:8*word], rows)
		sc, m := (*[Group]byte)(w[q4kScales+i*Group:]), w[q4kMinima+i/2*2*Group+i%2:]
		for t := range rows {
			in := &x[t*blocks]
			var s [Group]int32
			p.dots(&s, in.Q[32*i:32*i+32])
			for r, v := range s {
				dot[t][r] += int32(sc[r]) * v
				less[t][r] += int32(m[2*r]) * int32(in.Sums[i])
			}
		}
	}
	return dot, less
}

func mulQ6K(dst []float32, step int, w []byte, x []Block256, n int) {
	for size := GroupQ6K(len(x) / n); len(w) >= size; dst, w = dst[min(Group, len(dst)):], w[size:] {
		groupQ6K(dst, step, w, x, n)
	}
}

// groupQ6K adds, for each block, the exact sum of scale*dot over its sixteen parts, times d*dx.
func groupQ6K(dst []float32, step int, w []byte, x []Block256, n int) {
	blocks := len(x) / n
	clearRows(dst, step, n)
	for first := 0; first < n; first += portableRows {
		rows := min(n-first, portableRows)
		for b := range blocks {
			w := w[b*q6kBlock:][:q6kBlock]
			dot := sumQ6K(w, x[first*blocks+b:], blocks, rows)
			d := widen(w[q6kD:])
			for t := range rows {
				addScaled(dst[(first+t)*step:], &d, x[(first+t)*blocks+b].D, &dot[t])
			}
		}
	}
}

func sumQ6K(w []byte, x []Block256, blocks, rows int) (dot sums) {
	var p part
	var words [64 * word]byte
	unpackQ6K(&words, w)
	for i := range 16 {
		p.set(words[4*i*word:4*(i+1)*word], rows)
		sc := (*[Group]byte)(w[q6kScales+i*Group:])
		for t := range rows {
			in := &x[t*blocks]
			s := all(in.Less32[i])
			p.dots(&s, in.Q[16*i:16*i+16])
			for r, v := range s {
				dot[t][r] += int32(int8(sc[r])) * v
			}
		}
	}
	return dot
}

func clearRows(dst []float32, step, n int) {
	for t := range n {
		clear(dst[t*step:][:Group])
	}
}

func widen(b []byte) (d [Group]float32) {
	b = b[:scales]
	for r := range d {
		d[r] = half(b[2*r:])
	}
	return d
}

// half is Half without a branch for what scales are: the exponent of a binary16 is 112 less than that of a float32.
func half(b []byte) float32 {
	h := binary.LittleEndian.Uint16(b)
	if h&0x7c00 == 0x7c00 {
		return Half(h)
	}
	return float32(math.Float32frombits(uint32(h&0x8000)<<16|uint32(h&0x7fff)<<13) * 0x1p112)
}

// addScaled adds round(round(d*dx) * s) to 16 outputs.
func addScaled(out []float32, d *[Group]float32, dx float32, s *[Group]int32) {
	out = out[:Group]
	for r, v := range s {
		out[r] += float32(float32(d[r]*dx) * float32(v))
	}
}
