package canon

import (
	"crypto/sha256"
	"encoding/binary"
)

// Sum is SHA-256 over the domain, a zero byte, and each part behind its length in eight bytes, big-endian.
func Sum(domain string, parts ...[]byte) [sha256.Size]byte {
	h := sha256.New()
	h.Write([]byte(domain))
	h.Write([]byte{0})
	var length [8]byte
	for _, part := range parts {
		binary.BigEndian.PutUint64(length[:], uint64(len(part)))
		h.Write(length[:])
		h.Write(part)
	}
	return [sha256.Size]byte(h.Sum(nil))
}
