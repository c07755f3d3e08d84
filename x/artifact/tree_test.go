package artifact_test

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"testing"

	"github.com/cometbft/cometbft/crypto/merkle"

	"ayni.example/x/artifact"
)

// blob is an artifact of a size, with the hashes of its leaves.
func blob(size int) (data []byte, leaves [][artifact.DigestSize]byte, parts [][]byte) {
	data = make([]byte, size)
	random := rand.NewChaCha8([32]byte{byte(size)})
	_, _ = random.Read(data)
	for rest := data; len(rest) > 0; {
		n := min(len(rest), artifact.LeafSize)
		parts = append(parts, rest[:n])
		leaves = append(leaves, artifact.LeafHash(rest[:n]))
		rest = rest[n:]
	}
	return data, leaves, parts
}

// TestTree compares root and every path with CometBFT's RFC 6962 tree, and verifies each leaf.
func TestTree(t *testing.T) {
	for _, size := range []int{1, artifact.LeafSize, artifact.LeafSize + 1, 3 * artifact.LeafSize, 13*artifact.LeafSize + 77, 32 * artifact.LeafSize} {
		_, leaves, parts := blob(size)
		root := artifact.Root(leaves)
		want, proofs := merkle.ProofsFromByteSlices(parts)
		if !bytes.Equal(root[:], want) || artifact.Leaves(uint64(size)) != uint64(len(parts)) {
			t.Fatalf("%d bytes: root %x, CometBFT has %x", size, root, want)
		}
		for i, part := range parts {
			path := artifact.Path(leaves, uint64(i))
			for j, aunt := range proofs[i].Aunts {
				if !bytes.Equal(aunt, path[j]) {
					t.Fatalf("%d bytes: hash %d of the path of leaf %d differs", size, j, i)
				}
			}
			if err := artifact.VerifyLeaf(root[:], uint64(size), uint64(i), part, path); err != nil || len(path) != len(proofs[i].Aunts) {
				t.Fatalf("%d bytes, leaf %d: %v", size, i, err)
			}
		}
	}
}

// TestLeafTampered changes every part of an answer.
func TestLeafTampered(t *testing.T) {
	const size = 13*artifact.LeafSize + 77
	_, leaves, parts := blob(size)
	root := artifact.Root(leaves)
	for name, c := range map[string]struct {
		size, leaf uint64
		data       []byte
		path       [][]byte
	}{
		"another leaf's place": {size, 4, parts[5], artifact.Path(leaves, 5)},
		"another leaf's data":  {size, 5, parts[4], artifact.Path(leaves, 5)},
		"another leaf's path":  {size, 5, parts[5], artifact.Path(leaves, 4)},
		"beyond the end":       {size, 14, parts[13], artifact.Path(leaves, 13)},
		"far beyond the end":   {size, 1 << 63, parts[13], artifact.Path(leaves, 13)},
		"short":                {size, 5, parts[5][1:], artifact.Path(leaves, 5)},
		"nothing":              {size, 5, nil, nil},
		"path too short":       {size, 5, parts[5], artifact.Path(leaves, 5)[1:]},
		"path too long":        {size, 5, parts[5], append(artifact.Path(leaves, 5), root[:])},
		"hash of 31 bytes":     {size, 5, parts[5], append([][]byte{make([]byte, 31)}, artifact.Path(leaves, 5)[1:]...)},
		"another size":         {size - artifact.LeafSize*6, 5, parts[5], artifact.Path(leaves, 5)},
		"an inner node as leaf": {
			2 * artifact.LeafSize, 0, append(append([]byte{}, leaves[0][:]...), leaves[1][:]...),
			artifact.Path(leaves, 0)[1:],
		},
	} {
		if err := artifact.VerifyLeaf(root[:], c.size, c.leaf, c.data, c.path); !errors.Is(err, artifact.ErrProof) {
			t.Errorf("%s: %v", name, err)
		}
	}
	path := artifact.Path(leaves, 5)
	for _, part := range append([][]byte{parts[5][:64]}, path...) {
		for i := range part {
			part[i] ^= 0x10
			if artifact.VerifyLeaf(root[:], size, 5, parts[5], path) == nil {
				t.Fatalf("byte %d changed and accepted", i)
			}
			part[i] ^= 0x10
		}
	}
}

func FuzzVerifyLeaf(f *testing.F) {
	_, leaves, parts := blob(3 * artifact.LeafSize)
	root := artifact.Root(leaves)
	f.Add(uint64(3*artifact.LeafSize), uint64(1), parts[1], bytes.Join(artifact.Path(leaves, 1), nil))
	f.Add(uint64(1<<44), uint64(1<<30), []byte{}, []byte{})
	f.Fuzz(func(t *testing.T, size, leaf uint64, data, siblings []byte) {
		var path [][]byte
		for len(siblings) > 0 {
			n := min(len(siblings), artifact.DigestSize)
			path, siblings = append(path, siblings[:n]), siblings[n:]
		}
		err := artifact.VerifyLeaf(root[:], size, leaf, data, path)
		if genuine := leaf < 3 && bytes.Equal(data, parts[min(leaf, 2)]); err == nil && !genuine {
			t.Fatal("a leaf that is not there leads to the root")
		}
	})
}
