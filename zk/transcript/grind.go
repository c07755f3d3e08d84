package transcript

import (
	"crypto/sha256"
	"encoding/binary"
	"math/bits"
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

// grind finds the smallest nonce for the given number of leading zero bits, takes its state and returns it.
func (t *Transcript) grind(zeros uint) uint64 {
	for nonce := uint64(0); ; nonce++ {
		if state := t.attempt(nonce); leading(state) >= zeros {
			t.state = state
			return nonce
		}
	}
}

func leading(state [32]byte) uint {
	return uint(bits.LeadingZeros64(binary.BigEndian.Uint64(state[:8])))
}
