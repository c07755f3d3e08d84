package grammar

import (
	"encoding/binary"
	"slices"
)

// Vocabulary is the tokens of a model as a trie of their bytes. It is read-only.
type Vocabulary struct {
	pieces [][]byte
	end    []int32
	trie   []branch
}

// branch is one node of the trie.
type branch struct {
	tokens   []int32 // whose bytes end here
	bytes    []byte  // of the children, ascending
	children []int32
}

// NewVocabulary takes the bytes of each token, none for control tokens, and the tokens that
// end a text.
func NewVocabulary(size int, piece func(id int32) []byte, ends []int32) *Vocabulary {
	v := &Vocabulary{pieces: make([][]byte, size), end: ends, trie: make([]branch, 1)}
	for id := range int32(size) {
		p := piece(id)
		if len(p) == 0 || slices.Contains(ends, id) {
			continue
		}
		v.pieces[id] = p
		at := int32(0)
		for _, b := range p {
			at = v.child(at, b)
		}
		v.trie[at].tokens = append(v.trie[at].tokens, id)
	}
	return v
}

func (v *Vocabulary) child(at int32, b byte) int32 {
	n := &v.trie[at]
	i, found := slices.BinarySearch(n.bytes, b)
	if found {
		return n.children[i]
	}
	next := int32(len(v.trie))
	n.bytes, n.children = slices.Insert(n.bytes, i, b), slices.Insert(n.children, i, next)
	v.trie = append(v.trie, branch{})
	return next
}

func (v *Vocabulary) ends(id int32) bool { return slices.Contains(v.end, id) }

func (v *Vocabulary) piece(id int32) []byte {
	if id < 0 || int(id) >= len(v.pieces) {
		return nil
	}
	return v.pieces[id]
}

// maxMasks bounds how many sets of allowed tokens a matcher remembers.
const maxMasks = 64

// Allowed is the set of tokens that can follow, one bit each: bit id%64 of word id/64. It is
// empty when nothing can. The caller must not change it.
func (m *Matcher) Allowed() ([]uint64, error) {
	if m.ended {
		return make([]uint64, (len(m.v.pieces)+63)/64), nil
	}
	key := m.key()
	if mask, ok := m.masks[key]; ok {
		return mask, nil
	}
	mask := make([]uint64, (len(m.v.pieces)+63)/64)
	if m.Done() {
		for _, id := range m.v.end {
			if id >= 0 && int(id) < len(m.v.pieces) {
				mask[id/64] |= 1 << (id % 64)
			}
		}
	}
	m.work = 0
	if err := m.walk(mask, 0, m.stacks); err != nil {
		return nil, err
	}
	if len(m.masks) >= maxMasks {
		clear(m.masks)
	}
	m.masks[key] = mask
	return mask, nil
}

// walk follows the trie as far as the grammar goes along.
func (m *Matcher) walk(mask []uint64, at int32, stacks []int32) error {
	n := &m.v.trie[at]
	for _, id := range n.tokens {
		mask[id/64] |= 1 << (id % 64)
	}
	for i, b := range n.bytes {
		next, err := m.step(stacks, b)
		if err != nil {
			return err
		}
		if len(next) == 0 {
			continue
		}
		if err := m.walk(mask, n.children[i], next); err != nil {
			return err
		}
	}
	return nil
}

// key identifies the set of stacks.
func (m *Matcher) key() string {
	b := make([]byte, 0, 4*len(m.stacks))
	for _, id := range m.stacks {
		b = binary.LittleEndian.AppendUint32(b, uint32(id))
	}
	return string(b)
}
