//go:build !purego

package hash

import (
	"encoding/binary"
	"math/bits"

	"golang.org/x/sys/cpu"

	"ayni.example/zk/field"
)

// lanes is how many messages are hashed at once.
const lanes = 16

// blockWords is the number of words of a block.
const blockWords = 16

func wide() bool {
	return cpu.X86.HasAVX512F && cpu.X86.HasAVX512BW && cpu.X86.HasAVX512VL && field.Assembly()
}

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

func nodesWide(dst []Sum, prefix byte, children []Sum, kept int) {
	const all = len(Sum{}) / 4 // words of a child
	kept /= 4
	m := newMessages(2 * kept)
	var turned [lanes][lanes]uint32
	for i := 0; i < len(dst); i += lanes {
		exchangeAVX512(&turned, (*[2 * lanes]Sum)(children[2*i:]))
		copy(turned[kept:2*kept], turned[all:])
		shiftedAVX512(&m[0], &turned[0][0], 4*lanes, uint64(prefix)<<24, 2*kept)
		m.sum(dst[i:][:lanes])
	}
}

// nonceWide tries sixteen nonces at once, which differ in the second byte of the ninth word alone.
func nonceWide(message *Nonced, zeros uint, first, count uint64) (nonce uint64, found bool) {
	var block [4 * blockWords]byte
	copy(block[:], message[:])
	block[len(message)] = 0x80
	binary.BigEndian.PutUint64(block[len(block)-8:], 8*uint64(len(message)))
	m := make(messages, blockWords)
	set := func(nonce uint64) {
		binary.LittleEndian.PutUint64(block[len(message)-8:], nonce)
		for k := range m {
			for i := range lanes {
				m[k][i] = binary.BigEndian.Uint32(block[4*k:])
			}
		}
	}
	const varied, step = 8, 1 << 16 // the word with the nonce's lowest byte, and that byte's place in it
	start := initial()
	high := min(zeros, 32)
	for at := first; at < first+count; at += lanes {
		if low := at & (1<<24 - 1); low == 0 || at == first {
			set(at)
		} else {
			word := uint32(block[32])<<24 | uint32(low&0xff)<<16 | uint32(low>>8&0xff)<<8 | uint32(low>>16)
			for i := range lanes {
				m[varied][i] = word
			}
		}
		for i := range lanes {
			m[varied][i] += uint32(i) * step
		}
		state := start
		compressAVX512(&state, &m[0], 1)
		for i := range lanes {
			if state[0][i]>>(32-high) == 0 && uint(bits.LeadingZeros64(uint64(state[0][i])<<32|uint64(state[1][i]))) >= zeros {
				return at + uint64(i), true
			}
		}
	}
	return 0, false
}
