package inference

import (
	"crypto/sha256"
	"encoding/binary"
)

const (
	// ModuleName names the module.
	ModuleName = "inference"
	// StoreKey names the module's store, as in proofs.
	StoreKey = ModuleName
	// DigestSize is the length of a model's digest.
	DigestSize = sha256.Size
)

// Prefixes of the store, never reused.
const (
	ParamsPrefix = iota
	ModelsPrefix
	OffersPrefix
	OffersByModelPrefix
)

// ModelKey is where the store holds a model, as needed to prove it.
func ModelKey(digest []byte) []byte {
	return append([]byte{ModelsPrefix}, digest...)
}

// OfferKey is where the store holds the offer of a model by the provider with the address addr, as needed to prove it.
func OfferKey(addr, digest []byte) []byte {
	key := binary.AppendUvarint([]byte{OffersPrefix}, uint64(len(addr)))
	return append(append(key, addr...), digest...)
}
