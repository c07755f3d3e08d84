package commit

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"slices"

	"ayni.example/zk/field"
	"ayni.example/zk/hash"
	"ayni.example/zk/transcript"
)

// ErrRoot is said of columns that do not belong to the root of their matrix.
var ErrRoot = errors.New("the columns do not hash to the root")

// parent is the hash of what is kept of two nodes.
func parent(left, right *hash.Sum, kept int) hash.Sum {
	var b [1 + 2*len(left)]byte
	b[0] = nodePrefix
	copy(b[1:], left[:kept])
	copy(b[1+kept:], right[:kept])
	return sha256.Sum256(b[:1+2*kept])
}

// distinct is the drawn indices as they are opened: ascending, each once.
func distinct(indices []int) []int {
	list := slices.Clone(indices)
	slices.Sort(list)
	return slices.Compact(list)
}

// readColumns reads columns of the given number of bytes and checks that they hash to the root of a tree of 2^log leaves.
func readColumns(r *transcript.Reader, root [32]byte, size, kept int, log uint32, indices []int) ([][]byte, error) {
	all, err := r.Raw(len(indices) * size)
	if err != nil {
		return nil, err
	}
	columns, nodes := make([][]byte, len(indices)), make([]int, len(indices))
	hashes := make([]hash.Sum, len(indices))
	leaf := make([]byte, 1+size)
	leaf[0] = leafPrefix
	for i, j := range indices {
		columns[i], nodes[i] = all[i*size:][:size:size], 1<<log+j
		copy(leaf[1:], columns[i])
		hashes[i] = sha256.Sum256(leaf)
	}
	for nodes[0] > 1 {
		if nodes, hashes, err = climb(r, nodes, hashes, kept); err != nil {
			return nil, err
		}
	}
	if hashes[0] != root {
		return nil, fmt.Errorf("%w %x", ErrRoot, root[:8])
	}
	return columns, nil
}

// climb replaces nodes of a tree by their parents, in place; hashes that are missing come from the proof, as much of them as is kept.
func climb(r *transcript.Reader, nodes []int, hashes []hash.Sum, kept int) ([]int, []hash.Sum, error) {
	above := 0
	for i := 0; i < len(nodes); i++ {
		at, left, right := nodes[i], hashes[i], hash.Sum{}
		if i+1 < len(nodes) && nodes[i+1] == at^1 {
			i++
			right = hashes[i]
		} else {
			b, err := r.Raw(kept)
			if err != nil {
				return nil, nil, err
			}
			copy(right[:], b)
		}
		if at&1 == 1 {
			left, right = right, left
		}
		nodes[above], hashes[above] = at/2, parent(&left, &right, kept)
		above++
	}
	return nodes[:above], hashes[:above], nil
}

// read is what each drawn column claims: the weighted sum of its elements.
func (m matrix) read(r *transcript.Reader, drawn []int) ([]field.E, error) {
	indices := distinct(drawn)
	size := field.BaseBytes
	if m.extension {
		size = field.Bytes
	}
	columns, err := readColumns(r, m.root, size*len(m.rows), m.kept, m.log, indices)
	if err != nil {
		return nil, err
	}
	sums := make([]field.E, len(columns))
	for i, column := range columns {
		if sums[i], err = m.sum(column); err != nil {
			return nil, fmt.Errorf("column %d: %w", indices[i], err)
		}
	}
	values := make([]field.E, len(drawn))
	for i, j := range drawn {
		at, _ := slices.BinarySearch(indices, j)
		values[i] = sums[at]
	}
	return values, nil
}

func (m matrix) sum(column []byte) (s field.E, err error) {
	for i, o := range m.rows {
		if m.extension {
			e, err := field.Decode(column[i*field.Bytes:])
			if err != nil {
				return s, err
			}
			s = field.Add(s, field.Mul(o, e))
			continue
		}
		e, err := field.DecodeBase(column[i*field.BaseBytes:])
		if err != nil {
			return s, err
		}
		s = field.Add(s, field.MulBase(o, e))
	}
	return s, nil
}
