package llama

import (
	"container/list"
	"crypto/sha256"
	"encoding/binary"
)

// prefixKey names a full page by everything that its content depends on: the model and all tokens up to its end.
type prefixKey [sha256.Size]byte

// rootKey is before the first page of a model's texts of one scope.
func (m *Model) rootKey(scope string) prefixKey {
	return sha256.Sum256([]byte("ayni/prefix/1 " + m.FileDigest + " " + scope))
}

// next is the key of the page with these tokens that follows.
func (k prefixKey) next(tokens []int32) prefixKey {
	message := make([]byte, 0, len(k)+4*pageTokens)
	message = append(message, k[:]...)
	for _, id := range tokens {
		message = binary.LittleEndian.AppendUint32(message, uint32(id))
	}
	return sha256.Sum256(message)
}

// prefixes keeps full pages, so that a prompt that begins as an earlier text did need not be computed again. The page used
// least recently goes first, and the end of a text before its beginning, without which it cannot be found.
type prefixes struct {
	limit int // pages
	known map[prefixKey]*list.Element
	order *list.List // of *kept, most recently used first
}

type kept struct {
	key, parent prefixKey
	page        *page
}

func newPrefixes(limit int) *prefixes {
	return &prefixes{limit: limit, known: make(map[prefixKey]*list.Element), order: list.New()}
}

func (c *prefixes) find(key prefixKey) *page {
	if e := c.known[key]; e != nil {
		return e.Value.(*kept).page
	}
	return nil
}

// put keeps a full page; parent is the key of the one before it.
func (c *prefixes) put(key, parent prefixKey, p *page) {
	if c.limit == 0 {
		return
	}
	if c.known[key] == nil {
		c.known[key] = c.order.PushFront(&kept{key, parent, p})
	}
	c.touch(key)
	for c.order.Len() > c.limit {
		delete(c.known, c.order.Remove(c.order.Back()).(*kept).key)
	}
}

// touch marks a page and all before it as used, the first page last.
func (c *prefixes) touch(key prefixKey) {
	for e := c.known[key]; e != nil; e = c.known[e.Value.(*kept).parent] {
		c.order.MoveToFront(e)
	}
}
