package payout

import "encoding/binary"

const (
	// ModuleName names the module and the account that holds what is promised.
	ModuleName = "payout"
	// StoreKey names the module's store, as in proofs of its state.
	StoreKey = ModuleName
	// KindReturn is what the schedule runs when a promise's time is over.
	KindReturn = "payout/return"
)

// Prefixes of the store, never reused.
const (
	ParamsPrefix = iota
	PromisesPrefix
)

// PromiseKey is where a promise lies in the store, for proofs.
func PromiseKey(payer []byte, number uint64) []byte {
	key := binary.AppendUvarint([]byte{PromisesPrefix}, uint64(len(payer)))
	return binary.BigEndian.AppendUint64(append(key, payer...), number)
}
