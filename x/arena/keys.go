package arena

import (
	"crypto/sha256"
	"encoding/binary"
)

const (
	// ModuleName names the module and the account that holds budgets, bonds and what is earned.
	ModuleName = "arena"
	// StoreKey names the module's store, as in proofs of its state.
	StoreKey = ModuleName
	// HashSize is the length of ids, roots and digests here.
	HashSize = sha256.Size
)

// What the schedule runs.
const (
	KindStep   = "arena/step"   // the next phase of an arena's epoch; named by the arena
	KindUnbond = "arena/unbond" // stake is no longer liable; named by arena, delegator and the member's number
)

// Prefixes of the store, never reused.
const (
	ParamsPrefix = iota
	ArenasPrefix
	OwnersPrefix
	MembersPrefix
	SlotsPrefix
	ArtifactsPrefix
	DelegationsPrefix
	SponsorsPrefix
	EpochsPrefix
	SealsPrefix
	ReportsPrefix
	CanariesPrefix
	DisputesPrefix
	StandingsPrefix
	ResultsPrefix
)

// Slot is where a role's seats lie, in their order.
func Slot(role Role, slot uint32) uint64 { return uint64(role)<<32 | uint64(slot) }

// UnbondName names what the schedule has of a delegator's stake that leaves the bond of a member.
func UnbondName(id, delegator []byte, member uint64) []byte {
	return binary.BigEndian.AppendUint64(append(append([]byte{}, id...), delegator...), member)
}
