package kernel

import "encoding/binary"

func mulQ4K(dst []float32, step int, w []byte, x []Block256, n int) {
	blocks := len(x) / n
	for t := range n {
		var acc [Group]float32
		for b := range blocks {
			addQ4K(&acc, w[b*q4kBlock:][:q4kBlock], &x[t*blocks+b])
		}
		copy(dst[t*step:][:Group], acc[:])
	}
}

// addQ4K adds one block to 16 outputs: the exact sum of scale*dot over its eight parts, times d*dx, less the exact sum of
// minimum*sum, times dmin*dx.
func addQ4K(acc *[Group]float32, w []byte, x *Block256) {
	sc, minima := w[q4kScales:], w[q4kMinima:]
	for r := 0; r < Group; r += 2 {
		var dot, less [2]int32
		for j := range 4 {
			var s0, s1 int64
			for i := range 8 {
				v := binary.LittleEndian.Uint64(w[(8*j+i)*word+4*r:])
				s0 += dotPair(v&nibbles, (*[4]int8)(x.Q[64*j+4*i:]))
				s1 += dotPair(v>>4&nibbles, (*[4]int8)(x.Q[64*j+32+4*i:]))
			}
			a0, b0 := split(s0)
			a1, b1 := split(s1)
			sc0, sc1 := sc[2*j*Group+r:][:2], sc[(2*j+1)*Group+r:][:2]
			dot[0] += int32(sc0[0])*a0 + int32(sc1[0])*a1
			dot[1] += int32(sc0[1])*b0 + int32(sc1[1])*b1
			m := minima[(j*Group+r)*2:][:4]
			less[0] += int32(m[0])*int32(x.Sums[2*j]) + int32(m[1])*int32(x.Sums[2*j+1])
			less[1] += int32(m[2])*int32(x.Sums[2*j]) + int32(m[3])*int32(x.Sums[2*j+1])
		}
		for i := range 2 {
			scale(&acc[r+i], w[q4kD+2*(r+i):], x.D, dot[i])
			dmin := half(w[q4kDMin+2*(r+i):])
			acc[r+i] -= float32(float32(dmin*x.D) * float32(less[i]))
		}
	}
}

func mulQ6K(dst []float32, step int, w []byte, x []Block256, n int) {
	blocks := len(x) / n
	for t := range n {
		var acc [Group]float32
		for b := range blocks {
			addQ6K(&acc, w[b*q6kBlock:][:q6kBlock], &x[t*blocks+b])
		}
		copy(dst[t*step:][:Group], acc[:])
	}
}

const crumbs = 0x30303030_30303030

// addQ6K adds one block to 16 outputs: the exact sum of scale*dot over its sixteen parts, times d*dx.
func addQ6K(acc *[Group]float32, w []byte, x *Block256) {
	for r := 0; r < Group; r += 2 {
		var dot [2]int32
		for half := range 2 {
			low, high := w[half*q6kHalf:], w[half*q6kHalf+16*word:]
			for p := range 2 { // words 0 to 3 and 4 to 7: the halves of each part of 32
				var s [4]int64
				for i := 4 * p; i < 4*p+4; i++ {
					l0 := binary.LittleEndian.Uint64(low[i*word+4*r:])
					l1 := binary.LittleEndian.Uint64(low[(i+8)*word+4*r:])
					h := binary.LittleEndian.Uint64(high[i*word+4*r:])
					q := x.Q[128*half+4*i:]
					s[0] += dotPair(l0&nibbles|h<<4&crumbs, (*[4]int8)(q))
					s[1] += dotPair(l1&nibbles|h<<2&crumbs, (*[4]int8)(q[32:]))
					s[2] += dotPair(l0>>4&nibbles|h&crumbs, (*[4]int8)(q[64:]))
					s[3] += dotPair(l1>>4&nibbles|h>>2&crumbs, (*[4]int8)(q[96:]))
				}
				for i, v := range s {
					part := 8*half + 2*i + p
					a, b := split(v)
					sc := w[q6kScales+part*Group+r:]
					dot[0] += int32(int8(sc[0])) * (a + x.Less32[part])
					dot[1] += int32(int8(sc[1])) * (b + x.Less32[part])
				}
			}
		}
		scale(&acc[r], w[q6kD+2*r:], x.D, dot[0])
		scale(&acc[r+1], w[q6kD+2*r+2:], x.D, dot[1])
	}
}
