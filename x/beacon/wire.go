package beacon

import (
	"bytes"
	"encoding/binary"

	"ayni.example/internal/vrf"
)

// Proof is what an entrant, named by its place in the round, contributes. Nobody but the holder of the entrant's key can make
// it and it has one form only, so it may travel by any hand.
type Proof struct {
	Entrant uint16
	Proof   [vrf.ProofSize]byte
}

const (
	numberSize = 8
	placeSize  = 2
	proofSize  = placeSize + vrf.ProofSize
	// ExtensionSize is the length of a vote extension that is not empty: round, entrant and proof.
	ExtensionSize = numberSize + proofSize
	// EntryMax bounds the first entry of a block.
	EntryMax = len(entryMark) + numberSize + EntrantsMax*proofSize

	// entryMark begins the entry of a block that carries proofs. No transaction begins with a zero byte, which would be the
	// field of number zero, so neither is taken for the other.
	entryMark = "\x00ayni/beacon/1"
)

// EncodeExtension is what a seat adds to its vote while a round is open.
func EncodeExtension(round uint64, p Proof) []byte {
	return appendProof(number(round), p)
}

// DecodeExtension reads what EncodeExtension wrote and nothing else.
func DecodeExtension(raw []byte) (round uint64, p Proof, err error) {
	if len(raw) != ExtensionSize {
		return 0, p, ErrEntry.Wrapf("vote extension has %d bytes, not %d", len(raw), ExtensionSize)
	}
	return binary.BigEndian.Uint64(raw), readProof(raw[numberSize:]), nil
}

// IsEntry tells whether the first entry of a block carries proofs and is no transaction.
func IsEntry(raw []byte) bool { return bytes.HasPrefix(raw, []byte(entryMark)) }

// EntrySize is the length of an entry of n proofs.
func EntrySize(n int) int { return len(entryMark) + numberSize + n*proofSize }

// EncodeEntry is the first entry of a block that carries proofs, in the order of their entrants.
func EncodeEntry(round uint64, proofs []Proof) []byte {
	raw := make([]byte, 0, EntrySize(len(proofs)))
	raw = binary.BigEndian.AppendUint64(append(raw, entryMark...), round)
	for _, p := range proofs {
		raw = appendProof(raw, p)
	}
	return raw
}

// DecodeEntry reads what EncodeEntry wrote and nothing else: at least one proof, and none twice.
func DecodeEntry(raw []byte) (round uint64, proofs []Proof, err error) {
	if !IsEntry(raw) || len(raw) < EntrySize(1) || len(raw) > EntryMax || (len(raw)-EntrySize(0))%proofSize != 0 {
		return 0, nil, ErrEntry.Wrapf("entry of %d bytes is not one of proofs", len(raw))
	}
	rest := raw[len(entryMark):]
	round, rest = binary.BigEndian.Uint64(rest), rest[numberSize:]
	for ; len(rest) > 0; rest = rest[proofSize:] {
		p := readProof(rest)
		if n := len(proofs); n > 0 && proofs[n-1].Entrant >= p.Entrant {
			return 0, nil, ErrEntry.Wrapf("proof of entrant %d follows that of %d", p.Entrant, proofs[n-1].Entrant)
		}
		proofs = append(proofs, p)
	}
	return round, proofs, nil
}

func appendProof(raw []byte, p Proof) []byte {
	return append(binary.BigEndian.AppendUint16(raw, p.Entrant), p.Proof[:]...)
}

func readProof(raw []byte) Proof {
	return Proof{Entrant: binary.BigEndian.Uint16(raw), Proof: [vrf.ProofSize]byte(raw[placeSize:proofSize])}
}
