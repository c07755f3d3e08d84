package trace

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
)

// Hash is a SHA-256.
type Hash = [sha256.Size]byte

// Arity is how many children a node of a tree has; the last one of a level has the rest.
const Arity = 16

// What a hash is of stands before what is hashed.
const (
	prefixTile byte = iota
	prefixNode
	prefixStep
	prefixPlan
	prefixCarry
)

// ErrPath means that a path has another length than its leaf needs, or does not lead to the root.
var ErrPath = errors.New("the path does not lead to the root")

// TileHash is the leaf of a tile's words, row after row.
func TileHash(words []uint32) Hash { return wordsHash(prefixTile, words) }

// CarryHash commits to what one chunk of a tile hands to the next.
func CarryHash(words []uint32) Hash { return wordsHash(prefixCarry, words) }

func wordsHash(prefix byte, words []uint32) Hash {
	buf := make([]byte, 1, 1+4*len(words))
	buf[0] = prefix
	for _, w := range words {
		buf = binary.LittleEndian.AppendUint32(buf, w)
	}
	return sha256.Sum256(buf)
}

// Parent is the hash of a node with these children.
func Parent(children []Hash) Hash { return join(prefixNode, children...) }

func join(prefix byte, parts ...Hash) Hash {
	buf := make([]byte, 1, 1+Arity*sha256.Size)
	buf[0] = prefix
	for i := range parts {
		buf = append(buf, parts[i][:]...)
	}
	return sha256.Sum256(buf)
}

// Root is the root of the tree over leaves, of which there must be one at least.
func Root(leaves []Hash) Hash {
	for len(leaves) > 1 {
		leaves = parents(leaves)
	}
	return leaves[0]
}

func parents(level []Hash) []Hash {
	up := make([]Hash, 0, (len(level)+Arity-1)/Arity)
	for from := 0; from < len(level); from += Arity {
		up = append(up, Parent(level[from:min(from+Arity, len(level))]))
	}
	return up
}

// Depth is the number of levels above count leaves; a lone leaf is its own root.
func Depth(count int) int {
	depth := 0
	for count > 1 {
		count = (count + Arity - 1) / Arity
		depth++
	}
	return depth
}

// Fanout is the number of children of a node: index counts within its level, level 0 are the leaves, which have none.
func Fanout(count, level, index int) int {
	if level == 0 {
		return 0
	}
	for range level - 1 {
		count = (count + Arity - 1) / Arity
	}
	return max(0, min(Arity, count-index*Arity))
}

// PathLen is the number of hashes in the path of a leaf.
func PathLen(index, count int) int {
	n := 0
	for count > 1 {
		n += min(Arity, count-index/Arity*Arity) - 1
		index, count = index/Arity, (count+Arity-1)/Arity
	}
	return n
}

// RootOf climbs from a leaf: path has, for each level, its siblings in order. It returns what is left of path.
func RootOf(leaf Hash, index, count int, path []Hash) (Hash, []Hash, error) {
	if index < 0 || index >= count {
		return Hash{}, nil, ErrPath
	}
	for count > 1 {
		n := min(Arity, count-index/Arity*Arity)
		if len(path) < n-1 {
			return Hash{}, nil, ErrPath
		}
		children := make([]Hash, 0, Arity)
		at := index % Arity
		children = append(append(append(children, path[:at]...), leaf), path[at:n-1]...)
		leaf, path = Parent(children), path[n-1:]
		index, count = index/Arity, (count+Arity-1)/Arity
	}
	return leaf, path, nil
}

// VerifyPath holds a path of one leaf against a root.
func VerifyPath(root Hash, index, count int, leaf Hash, path []Hash) error {
	got, rest, err := RootOf(leaf, index, count, path)
	if err != nil {
		return err
	}
	if len(rest) != 0 || got != root {
		return ErrPath
	}
	return nil
}

// Tree keeps all levels, for whoever has to show nodes and paths.
type Tree struct{ levels [][]Hash }

// NewTree hashes the levels above leaves, which it keeps; there must be one leaf at least.
func NewTree(leaves []Hash) *Tree {
	t := &Tree{levels: [][]Hash{leaves}}
	for len(leaves) > 1 {
		leaves = parents(leaves)
		t.levels = append(t.levels, leaves)
	}
	return t
}

// Root is the root.
func (t *Tree) Root() Hash { return t.levels[len(t.levels)-1][0] }

// Children are the hashes below a node of a level from 1 up.
func (t *Tree) Children(level, index int) []Hash {
	below := t.levels[level-1]
	return below[index*Arity : min((index+1)*Arity, len(below))]
}

// Path is the path of a leaf, as RootOf takes it.
func (t *Tree) Path(index int) []Hash {
	path := make([]Hash, 0, PathLen(index, len(t.levels[0])))
	for _, level := range t.levels[:len(t.levels)-1] {
		from := index / Arity * Arity
		path = append(path, level[from:index]...)
		path = append(path, level[index+1:min(from+Arity, len(level))]...)
		index /= Arity
	}
	return path
}
