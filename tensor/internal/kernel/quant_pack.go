package kernel

import "encoding/binary"

// Bytes of a stored block, as in a GGUF file.
const (
	StoredQ8  = 34
	StoredQ4  = 18
	StoredQ4K = 144
	StoredQ6K = 210
)

// The Pack functions write row r of a group from its stored blocks. The group is zero at first; rows that are never
// packed have the scale 0.

// PackQ8 packs binary16 d, 32 int8.
func PackQ8(group []byte, r int, raw []byte) {
	for b := range len(raw) / StoredQ8 {
		src := raw[b*StoredQ8:][:StoredQ8]
		w, d := twin(b, q8Weights)
		copy(group[d+2*r:], src[:2])
		interleave(group[w:], r, src[2:], 0x80808080)
	}
}

// PackQ4 packs binary16 d, 16 bytes.
func PackQ4(group []byte, r int, raw []byte) {
	for b := range len(raw) / StoredQ4 {
		src := raw[b*StoredQ4:][:StoredQ4]
		w, d := twin(b, q4Weights)
		copy(group[d+2*r:], src[:2])
		interleave(group[w:], r, src[2:], 0)
	}
}

// interleave writes the bytes of one row, four in each word, with some bits flipped.
func interleave(words []byte, r int, src []byte, flip uint32) {
	words = words[4*r:]
	for i := 0; i+4 <= len(src); i += 4 {
		binary.LittleEndian.PutUint32(words[i/4*word:], binary.LittleEndian.Uint32(src[i:])^flip)
	}
}

// PackQ4K packs binary16 d and dmin, 12 bytes of scales and minima, 128 bytes.
func PackQ4K(group []byte, r int, raw []byte) {
	for ; len(raw) >= StoredQ4K; raw, group = raw[StoredQ4K:], group[q4kBlock:] {
		interleave(group, r, raw[16:StoredQ4K], 0)
		sc, minima := ScalesQ4K(raw[4:16])
		for j := range 8 {
			group[q4kScales+j*Group+r] = sc[j]
			group[q4kMinima+j/2*2*Group+2*r+j%2] = minima[j]
		}
		copy(group[q4kD+2*r:], raw[:2])
		copy(group[q4kDMin+2*r:], raw[2:4])
	}
}

// ScalesQ4K unpacks the 6-bit scales and minima of a Q4_K block.
func ScalesQ4K(b []byte) (sc, minima [8]byte) {
	for j := range 4 {
		sc[j], minima[j] = b[j]&63, b[j+4]&63
		sc[j+4] = b[j+8]&15 | b[j]>>6<<4
		minima[j+4] = b[j+8]>>4 | b[j+4]>>6<<4
	}
	return sc, minima
}

// PackQ6K packs 128 bytes of low bits, 64 of high bits, 16 int8 scales, binary16 d.
func PackQ6K(group []byte, r int, raw []byte) {
	for ; len(raw) >= StoredQ6K; raw, group = raw[StoredQ6K:], group[q6kBlock:] {
		for half := range 2 {
			interleave(group[half*q6kHalf:], r, raw[64*half:64*half+64], 0)
			interleave(group[half*q6kHalf+16*word:], r, raw[128+32*half:160+32*half], 0)
		}
		for j := range 16 {
			group[q6kScales+j*Group+r] = raw[192+j]
		}
		copy(group[q6kD+2*r:], raw[208:210])
	}
}

// The Row functions read row r of a group back as float32.

// RowQ8 is d*q.
func RowQ8(dst []float32, group []byte, r int) {
	for b := range len(dst) / 32 {
		w, at := twin(b, q8Weights)
		d, words, out := half(group[at+2*r:]), group[w+4*r:], (*[32]float32)(dst[32*b:])
		for i := range 8 {
			for k, q := range (*[4]byte)(words[i*word:]) {
				out[4*i+k] = float32(d * float32(int32(q)-128))
			}
		}
	}
}

// RowQ4 is d*(q-8).
func RowQ4(dst []float32, group []byte, r int) {
	for b := range len(dst) / 32 {
		w, at := twin(b, q4Weights)
		d, words, out := half(group[at+2*r:]), group[w+4*r:], (*[32]float32)(dst[32*b:])
		for i := range 4 {
			for k, q := range (*[4]byte)(words[i*word:]) {
				out[4*i+k] = float32(d * float32(int32(q&15)-8))
				out[16+4*i+k] = float32(d * float32(int32(q>>4)-8))
			}
		}
	}
}

// RowQ4K is (d*scale)*q - dmin*minimum.
func RowQ4K(dst []float32, group []byte, r int) {
	for ; len(dst) >= 256; dst, group = dst[256:], group[q4kBlock:] {
		d, dmin := half(group[q4kD+2*r:]), half(group[q4kDMin+2*r:])
		for part := range 8 {
			sc, m := group[q4kScales+part*Group+r], group[q4kMinima+part/2*2*Group+2*r+part%2]
			step, least := float32(d*float32(sc)), float32(dmin*float32(m))
			words, out := group[part/2*8*word+4*r:], (*[32]float32)(dst[32*part:])
			for i := range 8 {
				for k, q := range (*[4]byte)(words[i*word:]) {
					out[4*i+k] = float32(step*float32(q>>(part%2*4)&15)) - least
				}
			}
		}
	}
}

// RowQ6K is (d*scale)*(q-32).
func RowQ6K(dst []float32, group []byte, r int) {
	for ; len(dst) >= 256; dst, group = dst[256:], group[q6kBlock:] {
		d := half(group[q6kD+2*r:])
		for part := range 16 {
			half, quarter, at := part/8, part/2%4, part%2*4*word+4*r
			step := float32(d * float32(int8(group[q6kScales+part*Group+r])))
			low, high := group[half*q6kHalf+quarter%2*8*word+at:], group[half*q6kHalf+16*word+at:]
			out := (*[16]float32)(dst[16*part:])
			for i := range 4 {
				h := (*[4]byte)(high[i*word:])
				for k, l := range (*[4]byte)(low[i*word:]) {
					q := l>>(quarter/2*4)&15 | h[k]>>(2*quarter)&3<<4
					out[4*i+k] = float32(step * float32(int32(q)-32))
				}
			}
		}
	}
}
