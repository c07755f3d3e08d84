package grammar

import (
	"errors"
	"fmt"
	"slices"
)

// Bounds on a text in progress.
const (
	maxDepth  = 1 << 12 // rules within rules
	maxStacks = 1 << 12 // readings of the same text at once
	maxNodes  = 1 << 18 // stack nodes before the table is rebuilt
	maxAfter  = 1 << 20 // entries of Matcher.after
)

// Bounds on the work for one token: an eighth for each reading that is looked at, one for each that is joined to others, 16 for each
// position that is expanded. It grows with the vocabulary, as one step of the model does.
const (
	leastWork = 1 << 20
	mostWork  = 1 << 25
	workOf    = 64 // for each byte of the vocabulary's trie
)

// ErrAmbiguous says that a text has more readings at once than the bound.
var ErrAmbiguous = errors.New("the grammar has too many readings of this text (make its alternatives begin differently)")

// Matcher follows one text. It is not safe for concurrent use.
type Matcher struct {
	g      *Grammar
	v      *Vocabulary
	nodes  []node
	intern map[node]int32
	after  [][]int32 // of each node, the readings behind its terminal; nil is not known
	kept   int       // entries of after
	stacks []int32   // readings so far, each the node of its next terminal; sorted, no two alike
	ended  bool
	work   int
	limit  int // of work
	masks  map[string][]uint64
}

// node is a position in an alternative and what follows after it.
type node struct {
	at     int32 // index in Grammar.symbols
	parent int32
	depth  int32
}

// finished is the empty stack: the text may end here.
const finished int32 = 0

// Start follows a new text.
func (g *Grammar) Start(v *Vocabulary) (*Matcher, error) {
	m := &Matcher{g: g, v: v, limit: min(mostWork, leastWork+workOf*len(v.trie))}
	m.reset()
	var err error
	for _, at := range g.rules[g.root] {
		if m.stacks, err = m.expand(m.stacks, int32(at), finished); err != nil {
			return nil, err
		}
	}
	return m, nil
}

func (m *Matcher) reset() {
	m.nodes = append(m.nodes[:0], node{at: -1, parent: -1})
	m.intern = make(map[node]int32)
	m.after, m.kept = append(m.after[:0], nil), 0
	m.masks = make(map[string][]uint64)
}

// expand adds to a set the terminals that can come next at a position.
func (m *Matcher) expand(set []int32, at, parent int32) ([]int32, error) {
	if err := m.spend(16); err != nil {
		return nil, err
	}
	for m.g.symbols[at].kind == stop {
		if parent == finished {
			return insert(set, finished), nil
		}
		at, parent = m.nodes[parent].at, m.nodes[parent].parent
	}
	s := m.g.symbols[at]
	if s.kind == terminal {
		n, err := m.push(at, parent)
		if err != nil {
			return nil, err
		}
		if set = insert(set, n); len(set) > maxStacks {
			return nil, ErrAmbiguous
		}
		return set, nil
	}
	rest := parent
	if m.g.symbols[at+1].kind != stop { // the last symbol needs no return, so lists stay flat
		var err error
		if rest, err = m.push(at+1, parent); err != nil {
			return nil, err
		}
	}
	for _, alt := range m.g.rules[s.rule] {
		var err error
		if set, err = m.expand(set, int32(alt), rest); err != nil {
			return nil, err
		}
	}
	return set, nil
}

func insert(set []int32, n int32) []int32 {
	i, found := slices.BinarySearch(set, n)
	if found {
		return set
	}
	return slices.Insert(set, i, n)
}

func (m *Matcher) push(at, parent int32) (int32, error) {
	n := node{at: at, parent: parent, depth: m.nodes[parent].depth + 1}
	if id, ok := m.intern[n]; ok {
		return id, nil
	}
	if n.depth > maxDepth || len(m.nodes) >= 2*maxNodes {
		return 0, fmt.Errorf("%w: depth %d", ErrAmbiguous, n.depth)
	}
	id := int32(len(m.nodes))
	m.nodes, m.intern[n], m.after = append(m.nodes, n), id, append(m.after, nil)
	return id, nil
}

func (m *Matcher) spend(work int) error {
	if m.work += work; m.work > m.limit {
		return ErrAmbiguous
	}
	return nil
}

// step reads one byte. The result may be shared: nobody changes it.
func (m *Matcher) step(from []int32, b byte) ([]int32, error) {
	if err := m.spend(1 + len(from)/8); err != nil {
		return nil, err
	}
	var to []int32
	shared := true
	for _, id := range from {
		if id == finished || !m.g.symbols[m.nodes[id].at].set.has(b) {
			continue
		}
		next, err := m.behind(id)
		if err != nil {
			return nil, err
		}
		if to == nil {
			to = next
			continue
		}
		if shared {
			to, shared = append(make([]int32, 0, len(from)+len(next)), to...), false
		}
		if to = append(to, next...); len(to) > 2*maxStacks {
			to = distinct(to)
		}
		if err := m.spend(len(next)); err != nil || len(to) > 2*maxStacks {
			return nil, ErrAmbiguous
		}
	}
	if shared {
		return to, nil
	}
	if to = distinct(to); len(to) > maxStacks {
		return nil, ErrAmbiguous
	}
	return to, nil
}

func distinct(set []int32) []int32 {
	slices.Sort(set)
	return slices.Compact(set)
}

// behind gives the readings that follow the terminal of a node. They depend on nothing else, so they are remembered.
func (m *Matcher) behind(id int32) ([]int32, error) {
	if known := m.after[id]; known != nil {
		return known, nil
	}
	n := m.nodes[id]
	set, err := m.expand(nil, n.at+1, n.parent)
	if err == nil && m.kept+len(set) <= maxAfter {
		m.kept += len(set)
		m.after[id] = set
	}
	return set, err
}

// Done reports whether the text is complete as it stands.
func (m *Matcher) Done() bool { return len(m.stacks) > 0 && m.stacks[0] == finished }

// Accept reads a token. An end token ends the text, which must be complete.
func (m *Matcher) Accept(id int32) error {
	if m.ended {
		return errors.New("the text has ended")
	}
	if m.v.ends(id) {
		if !m.Done() {
			return fmt.Errorf("token %d ends a text that the grammar does not accept yet", id)
		}
		m.ended = true
		return nil
	}
	piece := m.v.piece(id)
	if len(piece) == 0 {
		return fmt.Errorf("token %d has no text", id)
	}
	m.work = 0
	stacks := m.stacks
	for _, b := range piece {
		var err error
		if stacks, err = m.step(stacks, b); err != nil {
			return err
		}
		if len(stacks) == 0 {
			return fmt.Errorf("token %d (%q) does not fit the grammar", id, piece)
		}
	}
	m.stacks = stacks
	if len(m.nodes) > maxNodes {
		m.rebuild()
	}
	return nil
}

// rebuild keeps the nodes that the current stacks reach and forgets the rest.
func (m *Matcher) rebuild() {
	old, stacks := m.nodes, m.stacks
	m.nodes = nil
	m.reset()
	moved := map[int32]int32{finished: finished}
	m.stacks = nil
	for _, id := range stacks {
		var chain []int32
		for ; ; id = old[id].parent {
			if _, ok := moved[id]; ok {
				break
			}
			chain = append(chain, id)
		}
		at := moved[id]
		for _, id := range slices.Backward(chain) {
			n := node{at: old[id].at, parent: at, depth: old[id].depth}
			at = int32(len(m.nodes))
			m.nodes, m.intern[n], m.after = append(m.nodes, n), at, append(m.after, nil)
			moved[id] = at
		}
		if len(chain) > 0 {
			at = moved[chain[0]]
		}
		m.stacks = insert(m.stacks, at)
	}
}
