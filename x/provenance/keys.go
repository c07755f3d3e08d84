package provenance

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
)

const (
	// ModuleName names the module and the account that holds royalties until they are paid.
	ModuleName = "provenance"
	// StoreKey names the module's store, as in proofs of its state.
	StoreKey = ModuleName
	// KindSweep is what the schedule runs to pay out what an asset earned.
	KindSweep = "provenance/sweep"
	// KindVerify is what it runs to see whether the lease that made an asset stands.
	KindVerify = "provenance/verify"
	// KindGrant is what it runs when a grant's time is over.
	KindGrant = "provenance/grant"
	// KindDividend is what it runs to pay out what a pool earned.
	KindDividend = "provenance/dividend"
)

// Sizes of what names things.
const (
	IDSize     = sha256.Size
	TensorSize = 16
	digestSize = sha256.Size
)

// Prefixes of the store, never reused.
const (
	ParamsPrefix = iota
	AssetsPrefix
	ContentsPrefix
	ByOwnerPrefix
	EdgesPrefix
	ChildrenPrefix
	SuspicionsPrefix
	StandingPrefix
	VectorsPrefix
	IncomesPrefix
	AccountsPrefix
	SourcesPrefix
	ReceiptsPrefix
	TensorsPrefix
	SketchesPrefix
	KeysPrefix
	KeysByAccountPrefix
	PoolsPrefix
	ContributionsPrefix
	ByPoolPrefix
	ContributorsPrefix
	GrantsPrefix
	ByGranteePrefix
	TombstonesPrefix
	ByCommitmentPrefix
	GrantCountsPrefix
)

// ID names an asset by its manifest.
type ID [IDSize]byte

// String is the id as sha256sum prints it.
func (id ID) String() string { return hex.EncodeToString(id[:]) }

// Bytes is the id as messages carry it.
func (id ID) Bytes() []byte { return slices.Clone(id[:]) }

// IDOf is what Bytes gave.
func IDOf(b []byte) (ID, error) {
	if len(b) != IDSize {
		return ID{}, ErrInvalid.Wrapf("id of %d bytes, not %d", len(b), IDSize)
	}
	return ID(b), nil
}

// AssetKey is where an asset lies in the store, for proofs.
func AssetKey(id []byte) []byte { return append([]byte{AssetsPrefix}, id...) }

// VectorKey is where an asset's vector lies.
func VectorKey(id []byte) []byte { return append([]byte{VectorsPrefix}, id...) }

// KeyKey is where a bound key lies.
func KeyKey(public []byte) []byte { return append([]byte{KeysPrefix}, public...) }

// EdgeKey is where the edge from an asset to a parent lies.
func EdgeKey(asset, parent []byte) []byte {
	return slices.Concat([]byte{EdgesPrefix, IDSize}, asset, parent) // a key of two parts tells the first one's length
}
