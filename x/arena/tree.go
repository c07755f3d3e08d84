package arena

import (
	"bytes"

	"ayni.example/internal/canon"
)

// TreeRoot is the root over leaves: pairs are hashed together level by level, and the last of an odd level goes up as it is.
func TreeRoot(leaves [][]byte) []byte {
	level := leaves
	for len(level) > 1 {
		level = above(level)
	}
	if len(level) == 0 {
		return nil
	}
	return level[0]
}

// TreeProof is the way from a leaf to the root: its neighbours from the bottom up.
func TreeProof(leaves [][]byte, position int) [][]byte {
	var proof [][]byte
	for level := leaves; len(level) > 1; level = above(level) {
		if next := position ^ 1; next < len(level) {
			proof = append(proof, level[next])
		}
		position /= 2
	}
	return proof
}

// InTree tells whether a leaf is at a position of a tree of so many leaves.
func InTree(root, leaf []byte, position, count uint32, proof [][]byte) bool {
	if position >= count {
		return false
	}
	for ; count > 1; position, count = position/2, (count+1)/2 {
		if position^1 >= count {
			continue
		}
		if len(proof) == 0 {
			return false
		}
		if position%2 == 0 {
			leaf = node(leaf, proof[0])
		} else {
			leaf = node(proof[0], leaf)
		}
		proof = proof[1:]
	}
	return len(proof) == 0 && bytes.Equal(root, leaf)
}

func above(level [][]byte) [][]byte {
	up := make([][]byte, 0, (len(level)+1)/2)
	for i := 0; i+1 < len(level); i += 2 {
		up = append(up, node(level[i], level[i+1]))
	}
	if len(level)%2 == 1 {
		up = append(up, level[len(level)-1])
	}
	return up
}

func node(left, right []byte) []byte {
	sum := canon.Sum(nodeDomain, left, right)
	return sum[:]
}
