package pool

import (
	"encoding/binary"
	"math/bits"
	"strings"
	"unicode"
)

const (
	// bins of a sketch: the similarity is estimated to about ±0.035 at 0.8.
	bins = 128
	// shingle is the length in bytes of the pieces that two documents may share.
	shingle = 12
	// empty marks a bin without a piece.
	empty = 0
)

// Sketch stands for the set of a text's shingles: MinHash of one permutation, its empty bins filled from others
// (A. Shrivastava, Optimal Densification for Fast and Accurate Minwise Hashing, ICML 2017), 16 bits of each minimum kept.
type Sketch [bins]uint16

// NewSketch reads a text without regard to letter case and white space.
func NewSketch(text string) Sketch {
	var least [bins]uint64
	folded := fold(text)
	if len(folded) < shingle {
		folded += strings.Repeat("\x00", shingle-len(folded))
	}
	for i := range len(folded) - shingle + 1 {
		h := hash(folded[i : i+shingle])
		bin := h >> (64 - 7)
		if rest := h | 1; least[bin] == empty || rest < least[bin] {
			least[bin] = rest
		}
	}
	var s Sketch
	for i := range s {
		s[i] = uint16(mix(least[source(&least, uint64(i))]))
	}
	return s
}

// source is the bin whose minimum stands for bin i: itself, or the first that is not empty in an order of i's own.
func source(least *[bins]uint64, i uint64) uint64 {
	for attempt, at := uint64(0), i; ; attempt++ {
		if least[at] != empty {
			return at
		}
		at = mix(i<<32|attempt) % bins
	}
}

// Similarity estimates how much of the two texts is common, in thousandths: shingles in both, of those in either.
func (s *Sketch) Similarity(t *Sketch) int {
	same := 0
	for i := range s {
		if s[i] == t[i] {
			same++
		}
	}
	return same * 1000 / bins
}

// fold writes letters small and any white space as one blank.
func fold(text string) string {
	var b strings.Builder
	b.Grow(len(text))
	blank := true
	for _, r := range text {
		if unicode.IsSpace(r) {
			if !blank {
				b.WriteByte(' ')
			}
			blank = true
			continue
		}
		blank = false
		b.WriteRune(unicode.ToLower(r))
	}
	return strings.TrimSuffix(b.String(), " ")
}

// hash of a shingle of 12 bytes: two words, multiplied to 128 bits and folded.
func hash(piece string) uint64 {
	const a, b = 0x9e3779b97f4a7c15, 0xd6e8feb86659fd93
	first := uint64(piece[0]) | uint64(piece[1])<<8 | uint64(piece[2])<<16 | uint64(piece[3])<<24 |
		uint64(piece[4])<<32 | uint64(piece[5])<<40 | uint64(piece[6])<<48 | uint64(piece[7])<<56
	second := uint64(piece[8]) | uint64(piece[9])<<8 | uint64(piece[10])<<16 | uint64(piece[11])<<24
	high, low := bits.Mul64(first^a, second^b)
	return mix(high ^ low ^ first)
}

// mix is the finaliser of SplitMix64.
func mix(x uint64) uint64 {
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

// band is a digest of eight bins; texts that are much alike share one of sixteen bands nearly surely.
func (s *Sketch) band(number int) uint64 {
	var b [2 * bandBins]byte
	for i := range bandBins {
		binary.LittleEndian.PutUint16(b[2*i:], s[number*bandBins+i])
	}
	return mix(binary.LittleEndian.Uint64(b[:8])^mix(binary.LittleEndian.Uint64(b[8:])+uint64(number))) | 1
}
