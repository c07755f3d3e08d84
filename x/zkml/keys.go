package zkml

import (
	"crypto/sha256"
	"encoding/binary"
)

const (
	// ModuleName names the module.
	ModuleName = "zkml"
	// StoreKey names the module's store, as in proofs of its state.
	StoreKey = ModuleName
	// DigestSize is the length of every digest and root here.
	DigestSize = sha256.Size
	// KindForget is what the schedule runs when a verified value's time is over.
	KindForget = "zkml/forget"
)

// Prefixes of the store, never reused.
const (
	ParamsPrefix = iota
	CircuitsPrefix
	ModelsPrefix
	ProversPrefix
	ValuesPrefix
)

// ModelKey is where a model lies in the store, for proofs.
func ModelKey(id []byte) []byte { return append([]byte{ModelsPrefix}, id...) }

// ValueKey is where a verified value lies in the store, for proofs.
func ValueKey(model, submitter, context []byte) []byte {
	key := binary.AppendUvarint([]byte{ValuesPrefix}, uint64(len(model)))
	return append(append(key, model...), Slot(submitter, context)...)
}

// Slot names a value among those of its model.
func Slot(submitter, context []byte) []byte {
	h := sha256.New()
	_, _ = h.Write(lengthFirst(nil, submitter)) // a hash takes all
	_, _ = h.Write(lengthFirst(nil, context))
	return h.Sum(nil)
}

func lengthFirst(to, b []byte) []byte {
	return append(binary.BigEndian.AppendUint64(to, uint64(len(b))), b...)
}
