package beacon

import "encoding/binary"

const (
	// ModuleName names the module.
	ModuleName = "beacon"
	// StoreKey names the module's store, as in proofs.
	StoreKey = ModuleName
	// WindowKind is the schedule's kind of the end of a window.
	WindowKind = "beacon/window"
)

// Prefixes of the store, never reused.
const (
	ParamsPrefix = iota
	SeatsPrefix
	LastPrefix
	SeedPrefix
	WantedPrefix
	AwakePrefix
	RoundsPrefix
	OutputsPrefix
	WithholdingsPrefix
)

// RoundKey is where the store holds a round with its proofs, as needed to prove it.
func RoundKey(number uint64) []byte {
	return binary.BigEndian.AppendUint64([]byte{RoundsPrefix}, number)
}

// OutputKey is where the store holds a round's output alone.
func OutputKey(number uint64) []byte {
	return binary.BigEndian.AppendUint64([]byte{OutputsPrefix}, number)
}

// WindowName is the schedule's name of the end of a round's window.
func WindowName(number uint64) []byte { return binary.BigEndian.AppendUint64(nil, number) }
