package referee

import (
	"crypto/sha256"
	"encoding/binary"
)

const (
	// ModuleName names the module and the account that holds bonds and fees.
	ModuleName = "referee"
	// StoreKey names the module's store, as in proofs of its state.
	StoreKey = ModuleName
	// HashSize is the length of every digest and root here.
	HashSize = sha256.Size
)

// What the schedule runs. Items are named by the claim's id, a question's by its place behind it, an auditor's by its address.
const (
	KindDraw     = "referee/draw"     // once the beacon's round is closed
	KindAudit    = "referee/audit"    // a drawn auditor's time is over
	KindWindow   = "referee/window"   // nobody may challenge any more
	KindClock    = "referee/clock"    // one side's time in a dispute is over
	KindQuestion = "referee/question" // a tile was not shown
	KindRetire   = "referee/retire"   // an auditor's bond is free
)

// Prefixes of the store, never reused.
const (
	ParamsPrefix = iota
	JobsPrefix
	ClaimsPrefix
	DisputesPrefix
	AuditorsPrefix
	RolesPrefix
)

// ClaimID names a claim by its module's kind and name.
func ClaimID(kind string, name []byte) []byte {
	h := sha256.New()
	_, _ = h.Write(binary.BigEndian.AppendUint64(nil, uint64(len(kind)))) // a hash takes all
	_, _ = h.Write([]byte(kind))
	_, _ = h.Write(name)
	return h.Sum(nil)
}

// ClaimKey is where a claim lies in the store, for proofs.
func ClaimKey(id []byte) []byte { return append([]byte{ClaimsPrefix}, id...) }
