package token

import "fmt"

// Bounds on the names of special tokens, so that finding them stays fast whatever a file says.
const (
	maxSpecial    = 256     // bytes of one name
	maxSpecialSum = 1 << 20 // bytes of all of them
)

// trie finds special tokens by name.
type trie struct {
	next map[edge]int32
	ids  []int32 // token that ends at each node, or none
	sum  int
}

type edge struct {
	node int32
	b    byte
}

func (t *trie) add(name string, id int32) error {
	if t.sum += len(name); len(name) > maxSpecial || t.sum > maxSpecialSum {
		return fmt.Errorf("special token %d has %d bytes, want at most %d, and %d for all together", id, len(name), maxSpecial, maxSpecialSum)
	}
	if t.next == nil {
		t.next, t.ids = make(map[edge]int32), []int32{none}
	}
	node := int32(0)
	for i := range len(name) {
		to, ok := t.next[edge{node, name[i]}]
		if !ok {
			to = int32(len(t.ids))
			t.ids = append(t.ids, none)
			t.next[edge{node, name[i]}] = to
		}
		node = to
	}
	if t.ids[node] == none {
		t.ids[node] = id
	}
	return nil
}

// longest is the token with the longest name that s begins with and that is allowed, or none.
func (t *trie) longest(s string, allowed func(id int32) bool) int32 {
	found, node := none, int32(0)
	for i := range len(s) {
		to, ok := t.next[edge{node, s[i]}]
		if !ok {
			break
		}
		if node = to; t.ids[node] != none && allowed(t.ids[node]) {
			found = t.ids[node]
		}
	}
	return found
}
