package artifact

import (
	"bytes"
	"crypto/sha256"
	"math/bits"
)

const (
	// LeafSize is the length of every leaf but the last.
	LeafSize = 16 << 10
	// SizeMax bounds an artifact, in bytes.
	SizeMax = 1 << 44
	// pathMax is the height of the tree over SizeMax bytes.
	pathMax = 30
)

// Domains of RFC 6962, section 2.1: a leaf never passes for a node.
const (
	leafDomain = 0
	nodeDomain = 1
)

// Leaves is how many leaves an artifact has.
func Leaves(size uint64) uint64 { return (size + LeafSize - 1) / LeafSize }

// LeafHash is that of one leaf's bytes.
func LeafHash(data []byte) [DigestSize]byte {
	h := sha256.New()
	h.Write([]byte{leafDomain})
	h.Write(data)
	return [DigestSize]byte(h.Sum(nil))
}

// Root is that of the tree over the hashes of all leaves, at least one.
func Root(leaves [][DigestSize]byte) [DigestSize]byte {
	if len(leaves) == 1 {
		return leaves[0]
	}
	k := split(uint64(len(leaves)))
	return node(Root(leaves[:k]), Root(leaves[k:]))
}

// Path is the sibling hashes from a leaf to the root.
func Path(leaves [][DigestSize]byte, leaf uint64) [][]byte {
	if len(leaves) == 1 {
		return nil
	}
	k := split(uint64(len(leaves)))
	if leaf < k {
		sibling := Root(leaves[k:])
		return append(Path(leaves[:k], leaf), sibling[:])
	}
	sibling := Root(leaves[:k])
	return append(Path(leaves[k:], leaf-k), sibling[:])
}

// VerifyLeaf checks that data is the leaf at its place in an artifact of this size and root.
func VerifyLeaf(root []byte, size, leaf uint64, data []byte, path [][]byte) error {
	count := Leaves(size)
	if leaf >= count {
		return ErrProof.Wrapf("leaf %d of %d", leaf, count)
	}
	if want := min(LeafSize, size-leaf*LeafSize); uint64(len(data)) != want {
		return ErrProof.Wrapf("leaf %d has %d bytes, not %d", leaf, len(data), want)
	}
	hash, rest, ok := climb(LeafHash(data), count, leaf, path)
	if !ok || len(rest) > 0 || !bytes.Equal(hash[:], root) {
		return ErrProof.Wrapf("leaf %d", leaf)
	}
	return nil
}

// climb hashes a leaf of a tree of count leaves up to its root, with the siblings in order; the rest of them is returned.
func climb(hash [DigestSize]byte, count, leaf uint64, path [][]byte) (root [DigestSize]byte, rest [][]byte, ok bool) {
	if count == 1 {
		return hash, path, true
	}
	k, left := split(count), leaf < split(count)
	if left {
		hash, path, ok = climb(hash, k, leaf, path)
	} else {
		hash, path, ok = climb(hash, count-k, leaf-k, path)
	}
	if !ok || len(path) == 0 || len(path[0]) != DigestSize {
		return hash, nil, false
	}
	if sibling := [DigestSize]byte(path[0]); left {
		hash = node(hash, sibling)
	} else {
		hash = node(sibling, hash)
	}
	return hash, path[1:], true
}

// split is the largest power of two below n, which is at least 2: how many leaves the left half has.
func split(n uint64) uint64 { return 1 << (bits.Len64(n-1) - 1) }

func node(left, right [DigestSize]byte) [DigestSize]byte {
	b := make([]byte, 0, 1+2*DigestSize)
	return sha256.Sum256(append(append(append(b, nodeDomain), left[:]...), right[:]...))
}
