package sample

import (
	"crypto/sha256"
	"encoding/binary"
	"math/bits"

	"ayni.example/tensor"
)

// Noise yields the Gumbel noise of one position of one run:
//
//	block(i) = SHA-256("ayni/gumbel/1" | LE64(seed) | LE64(position) | LE32(i))
//	u(v)     = (word + 1/2) / 2^32, word = little-endian 32-bit word v%8 of block(v/8)
//	g(v)     = -ln(-ln u(v))
//
// The position is that of the token in the sequence, prompt included, from 0.
type Noise struct {
	message [33]byte
	block   [32]byte
	index   int64 // of block, -1 before the first
}

// NewNoise starts the noise of a position.
func NewNoise(seed, position uint64) *Noise {
	n := &Noise{index: -1}
	copy(n.message[:], "ayni/gumbel/1")
	binary.LittleEndian.PutUint64(n.message[13:], seed)
	binary.LittleEndian.PutUint64(n.message[21:], position)
	return n
}

// At is g(v). Calls in ascending order of v hash each block once.
func (n *Noise) At(v int32) float64 {
	u := float64((float64(n.word(v)) + 0.5) * 0x1p-32)
	return -tensor.Log(-tensor.Log(u))
}

// bound is at least g(v): -ln u >= 1-u, and 1-u is at least 2^-(z+1) when the complement of
// the word has z leading zeros. 0.7 is above ln 2 by more than any rounding.
func (n *Noise) bound(v int32) float64 {
	return float64(0.7 * float64(bits.LeadingZeros32(^n.word(v))+1))
}

// mostNoise is at least every bound.
const mostNoise = 0.7*33 + 1

func (n *Noise) word(v int32) uint32 {
	if i := int64(v) / 8; i != n.index {
		n.index = i
		binary.LittleEndian.PutUint32(n.message[29:], uint32(i))
		n.block = sha256.Sum256(n.message[:])
	}
	return binary.LittleEndian.Uint32(n.block[v%8*4:])
}
