package agent

import (
	"crypto/sha256"
	"encoding/binary"
)

const (
	// ModuleName names the module and the account that holds what agents have set aside.
	ModuleName = "agent"
	// StoreKey names the module's store, as in proofs of its state.
	StoreKey = ModuleName
	// HashSize is the length of ids, heads, seeds and digests here.
	HashSize = sha256.Size
)

// What the schedule runs. An item is named by the agent's id, and behind it what is due of it.
const (
	KindTick    = "agent/tick"    // the charter's schedule
	KindWake    = "agent/wake"    // the next step of the wake-up: open it, draw a host, or end a lease
	KindReserve = "agent/reserve" // nobody took a reservation
	KindWaiting = "agent/waiting" // a waiting action is done, or lapses
	KindChange  = "agent/change"  // the timelock is over
)

// Prefixes of the store, never reused.
const (
	ParamsPrefix = iota
	AgentsPrefix
	ChartersPrefix
	SpentPrefix
	QueuePrefix
	LeasesPrefix
	LogPrefix
	WaitingPrefix
	ReservationsPrefix
	PayeesPrefix
	ChangesPrefix
	ProofsPrefix
	HostsPrefix
	OwnersPrefix
	TreasuriesPrefix
	DutiesPrefix
)

// ItemName names what the schedule has of an agent's numbered things.
func ItemName(id []byte, number uint64) []byte {
	return binary.BigEndian.AppendUint64(append([]byte{}, id...), number)
}
