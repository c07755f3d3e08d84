package hash

import (
	"crypto/sha256"
	"encoding/binary"
	"math/bits"
)

// Nonced is a message of 33 bytes, and behind it room for a nonce of 8 bytes, little-endian: one block of SHA-256.
type Nonced [33 + 8]byte

// Nonce is the first of count nonces, from the given one on, that gives the message a hash with so many leading zero bits, at
// most 64. The first and the count are multiples of 16.
func Nonce(message *Nonced, zeros uint, first, count uint64) (nonce uint64, found bool) {
	if wide() {
		return nonceWide(message, zeros, first, count)
	}
	return nonceFrom(message, zeros, first, count)
}

// nonceFrom tries one nonce after the other.
func nonceFrom(message *Nonced, zeros uint, first, count uint64) (nonce uint64, found bool) {
	m := *message
	for nonce := first; nonce < first+count; nonce++ {
		binary.LittleEndian.PutUint64(m[33:], nonce)
		if Leading(sha256.Sum256(m[:])) >= zeros {
			return nonce, true
		}
	}
	return 0, false
}

// Leading is how many zero bits a hash begins with, of its first 64.
func Leading(s Sum) uint { return uint(bits.LeadingZeros64(binary.BigEndian.Uint64(s[:8]))) }
