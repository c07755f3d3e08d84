package artifact

import (
	"crypto/sha256"
	"encoding/binary"
)

const (
	// ModuleName names the module and the account that holds bonds and deposits.
	ModuleName = "artifact"
	// StoreKey names the module's store, as in proofs.
	StoreKey = ModuleName
	// DigestSize is the length of an artifact's digest and of a tree's root.
	DigestSize = sha256.Size
	// KindAnswer is what the schedule runs when a challenge's time is over.
	KindAnswer = "artifact/answer"
)

// Prefixes of the store, never reused.
const (
	ParamsPrefix = iota
	PledgesPrefix
	HoldersPrefix
	ChallengesPrefix
	RecordsPrefix
)

// PledgeKey is where a pledge lies in the store, for proofs.
func PledgeKey(holder, digest []byte) []byte {
	key := binary.AppendUvarint([]byte{PledgesPrefix}, uint64(len(holder)))
	return append(append(key, holder...), digest...)
}
