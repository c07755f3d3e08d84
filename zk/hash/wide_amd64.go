//go:build !purego

package hash

import (
	"encoding/binary"

	"golang.org/x/sys/cpu"

	"ayni.example/zk/field"
)

// lanes is how many messages are hashed at once.
const lanes = 16

// blockWords is the number of words of a block.
const blockWords = 16

func wide() bool { return cpu.X86.HasAVX512F && cpu.X86.HasAVX512BW && cpu.X86.HasAVX512VL }

// messages is word t of all messages, [t].
type messages [][lanes]uint32

// newMessages has room for a byte and the given number of words, the bit that ends a message, and its length.
func newMessages(words int) messages {
	const end = 3 // words, the first being that of the last byte and of the bit
	m := make(messages, (words+end+blockWords-1)/blockWords*blockWords)
	for i := range lanes {
		m[len(m)-1][i] = uint32(8 + 32*words)
	}
	return m
}

// sum hashes messages that are complete.
func (m messages) sum(dst []Sum) {
	state := initial()
	compressAVX512(&state, &m[0], len(m)/blockWords)
	for i := range dst {
		for k := range state {
			binary.BigEndian.PutUint32(dst[i][4*k:], state[k][i])
		}
	}
}

// initial is the first 32 bits of the fractional parts of the square roots of the first eight primes, for all messages.
func initial() (state [8][lanes]uint32) {
	for k, w := range [8]uint32{0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19} {
		for i := range lanes {
			state[k][i] = w
		}
	}
	return state
}

func columnsWide(dst []Sum, prefix byte, matrix []field.Element, rows, columns int) {
	m := newMessages(rows)
	for j := 0; j < len(dst); j += lanes {
		shiftedAVX512(&m[0], &matrix[j][0], field.BaseBytes*columns, uint64(prefix)<<24, rows)
		m.sum(dst[j:][:lanes])
	}
}

func nodesWide(dst []Sum, prefix byte, children []Sum) {
	const all, kept = len(Sum{}) / 4, Kept / 4 // words of a child
	m := newMessages(2 * kept)
	var turned [lanes][lanes]uint32
	for i := 0; i < len(dst); i += lanes {
		exchangeAVX512(&turned, (*[2 * lanes]Sum)(children[2*i:]))
		copy(turned[kept:2*kept], turned[all:])
		shiftedAVX512(&m[0], &turned[0][0], 4*lanes, uint64(prefix)<<24, 2*kept)
		m.sum(dst[i:][:lanes])
	}
}
