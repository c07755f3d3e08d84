package trace_test

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"slices"
	"testing"

	"ayni.example/tensor/trace"
)

func leaves(n int) []trace.Hash {
	list := make([]trace.Hash, n)
	for i := range list {
		list[i] = sha256.Sum256(binary.LittleEndian.AppendUint64(nil, uint64(i)))
	}
	return list
}

// Every leaf of trees around the sizes where a level is added has a path of the length that is said, and no other leaf, index
// or path leads to the root.
func TestPaths(t *testing.T) {
	for _, n := range []int{1, 2, 15, 16, 17, 31, 33, 255, 256, 257, 4095, 4097} {
		list := leaves(n)
		tree := trace.NewTree(list)
		if tree.Root() != trace.Root(list) {
			t.Fatalf("%d leaves: a tree and its root differ", n)
		}
		for i := 0; i < n; i += max(1, n/37) {
			path := tree.Path(i)
			if len(path) != trace.PathLen(i, n) {
				t.Fatalf("leaf %d of %d: path of %d, said %d", i, n, len(path), trace.PathLen(i, n))
			}
			if err := trace.VerifyPath(tree.Root(), i, n, list[i], path); err != nil {
				t.Fatalf("leaf %d of %d: %v", i, n, err)
			}
			refuted(t, tree.Root(), i, n, list[i], path)
		}
	}
}

func refuted(t *testing.T, root trace.Hash, i, n int, leaf trace.Hash, path []trace.Hash) {
	t.Helper()
	other := leaf
	other[7] ^= 1
	if err := trace.VerifyPath(root, i, n, other, path); !errors.Is(err, trace.ErrPath) {
		t.Fatalf("leaf %d of %d: another leaf is taken: %v", i, n, err)
	}
	if err := trace.VerifyPath(root, i, n, leaf, append(slices.Clip(path), trace.Hash{})); !errors.Is(err, trace.ErrPath) {
		t.Fatalf("leaf %d of %d: a longer path is taken: %v", i, n, err)
	}
	for _, at := range []int{-1, n, i ^ 1} {
		if err := trace.VerifyPath(root, at, n, leaf, path); at != i && !errors.Is(err, trace.ErrPath) {
			t.Fatalf("leaf %d of %d is taken for leaf %d", i, n, at)
		}
	}
	if len(path) > 0 {
		if err := trace.VerifyPath(root, i, n, leaf, path[1:]); !errors.Is(err, trace.ErrPath) {
			t.Fatalf("leaf %d of %d: a shorter path is taken: %v", i, n, err)
		}
	}
}

// Children hash to their node, level by level, and are as many as Fanout says.
func TestChildren(t *testing.T) {
	for _, n := range []int{1, 2, 16, 17, 300, 4097} {
		tree := trace.NewTree(leaves(n))
		above := []trace.Hash{tree.Root()}
		for level := trace.Depth(n); level > 0; level-- {
			var below []trace.Hash
			for i, h := range above {
				c := tree.Children(level, i)
				if len(c) != trace.Fanout(n, level, i) || trace.Parent(c) != h {
					t.Fatalf("%d leaves, level %d: node %d has %d children, want %d", n, level, i, len(c), trace.Fanout(n, level, i))
				}
				below = append(below, c...)
			}
			above = below
		}
		if len(above) != n {
			t.Fatalf("%d leaves are %d at the bottom", n, len(above))
		}
	}
}
