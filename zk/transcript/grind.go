package transcript

import (
	"crypto/sha256"
	"encoding/binary"
	"math/bits"

	"ayni.example/zk/field"
	"ayni.example/zk/hash"
)

// NonceBytes is the length of what a proof holds for a grind of more than zero bits.
const NonceBytes = 8

// MaxGrind is the most leading zero bits that a proof may be asked for: a prover tries 2^MaxGrind nonces on average.
const MaxGrind = 24

// attempt is the state after a grind with the nonce.
func (t *Transcript) attempt(nonce uint64) [32]byte {
	t.step(stepGrind)
	t.buf = binary.LittleEndian.AppendUint64(t.buf, nonce)
	return sha256.Sum256(t.buf)
}

// grind finds the smallest nonce for the given number of leading zero bits, takes its state and returns it. The input of the
// hash is a byte and ten words, of which the nonce is the last two: columns of a matrix, as many as are hashed at once.
func (t *Transcript) grind(zeros uint) uint64 {
	const columns, words = 64, 10
	t.step(stepGrind)
	matrix, sums := make([]field.Element, words*columns), make([]hash.Sum, columns)
	row := func(i int) []field.Element { return matrix[i*columns:][:columns] }
	for i := range words - 2 {
		for j := range row(i) {
			row(i)[j][0] = binary.LittleEndian.Uint32(t.buf[1+4*i:])
		}
	}
	for first := uint64(0); ; first += columns {
		for j := range columns {
			nonce := first + uint64(j)
			row(words - 2)[j][0], row(words - 1)[j][0] = uint32(nonce), uint32(nonce>>32)
		}
		hash.Columns(sums, t.buf[0], matrix, words)
		for j, state := range sums {
			if leading(state) >= zeros {
				t.state = state
				return first + uint64(j)
			}
		}
	}
}

func leading(state [32]byte) uint {
	return uint(bits.LeadingZeros64(binary.BigEndian.Uint64(state[:8])))
}
