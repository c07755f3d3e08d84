package bpe

import (
	"container/heap"
	"fmt"
	"maps"
	"slices"
)

// Vocabulary is what Learn found: 256 bytes, one token for each merge, and the end token last.
type Vocabulary struct {
	Splitter string
	Tokens   [][]byte // without the end token
	Merges   [][2]int32

	words map[string][]int32 // how each learned word is encoded
}

// EndName is the name of the token that separates documents.
const EndName = "<|endoftext|>"

// maxWord bounds the words that merges are learned from; longer ones, such as a base64 line, teach nothing.
const maxWord = 256

// Learn makes a vocabulary of size tokens from texts that split cuts into words.
func Learn(texts []string, splitter string, split func(string) []string, size int) (*Vocabulary, error) {
	counts := make(map[string]int64)
	for _, text := range texts {
		for _, word := range split(text) {
			if len(word) <= maxWord {
				counts[word]++
			}
		}
	}
	l := learner{pairs: make(map[pair]*tally)}
	byteIDs := order()
	for _, word := range slices.Sorted(maps.Keys(counts)) {
		ids := make([]int32, len(word))
		for i := range len(word) {
			ids[i] = byteIDs[word[i]]
		}
		l.words = append(l.words, entry{ids, counts[word]})
	}
	v := &Vocabulary{Splitter: splitter, Tokens: make([][]byte, 256)}
	for b, id := range byteIDs {
		v.Tokens[id] = []byte{byte(b)}
	}
	l.count()
	for len(v.Tokens) < size-1 {
		best, ok := l.best()
		if !ok {
			return nil, fmt.Errorf("learn %d tokens: the text has pairs for %d only", size, len(v.Tokens)+1)
		}
		l.merge(best, int32(len(v.Tokens)))
		v.Merges = append(v.Merges, [2]int32{best.left, best.right})
		v.Tokens = append(v.Tokens, slices.Concat(v.Tokens[best.left], v.Tokens[best.right]))
	}
	v.words = make(map[string][]int32, len(l.words))
	for i, word := range slices.Sorted(maps.Keys(counts)) {
		v.words[word] = l.words[i].ids
	}
	return v, nil
}

// Word is the encoding of a word that Learn saw; the caller must not change it.
func (v *Vocabulary) Word(word string) ([]int32, bool) {
	ids, ok := v.words[word]
	return ids, ok
}

type pair struct{ left, right int32 }

// tally is how often a pair occurs, and in which words it was ever seen.
type tally struct {
	pair
	count  int64
	words  []int32
	queued int64 // the count under which it stands in the queue; 0 when it does not
}

type entry struct {
	ids   []int32
	count int64
}

type learner struct {
	words []entry
	pairs map[pair]*tally
	queue queue
}

func (l *learner) count() {
	for i := range l.words {
		l.add(int32(i), 1, anyToken)
	}
	for _, t := range l.pairs {
		t.queued = t.count
		l.queue = append(l.queue, item{t.count, t.pair})
	}
	heap.Init(&l.queue)
}

// anyToken stands for all tokens in add.
const anyToken = int32(-1)

// add counts the pairs of a word, or takes them away when sign is -1. Pairs with the fresh token
// learn that the word holds them; the others know it already.
func (l *learner) add(word int32, sign int64, fresh int32) {
	w := &l.words[word]
	for i := range len(w.ids) - 1 {
		p := pair{w.ids[i], w.ids[i+1]}
		t := l.pairs[p]
		if t == nil {
			t = &tally{pair: p}
			l.pairs[p] = t
		}
		t.count += sign * w.count
		if fresh != anyToken && p.left != fresh && p.right != fresh || sign < 0 {
			continue
		}
		if len(t.words) == 0 || t.words[len(t.words)-1] != word {
			t.words = append(t.words, word)
		}
	}
}

// best is the most frequent pair. Counts in the queue may be old: a pair that has lost is put back,
// and merge queues those that have gained.
func (l *learner) best() (pair, bool) {
	for len(l.queue) > 0 {
		top := heap.Pop(&l.queue).(item)
		t := l.pairs[top.pair]
		if t == nil || t.queued != top.count {
			continue
		}
		if t.count == top.count {
			return top.pair, true
		}
		l.push(t)
	}
	return pair{}, false
}

func (l *learner) push(t *tally) {
	if t.queued = max(t.count, 0); t.count > 0 {
		heap.Push(&l.queue, item{t.count, t.pair})
	}
}

// merge replaces a pair by a token in every word that holds it.
func (l *learner) merge(p pair, id int32) {
	touched := l.pairs[p].words
	slices.Sort(touched)
	var gained []*tally
	for _, word := range slices.Compact(touched) {
		w := &l.words[word]
		if !holds(w.ids, p) {
			continue // an earlier merge took it
		}
		l.add(word, -1, id)
		w.ids = join(w.ids, p, id)
		l.add(word, 1, id)
		for i := range len(w.ids) - 1 {
			if t := l.pairs[pair{w.ids[i], w.ids[i+1]}]; t.queued < t.count {
				gained = append(gained, t)
			}
		}
	}
	for _, t := range gained {
		if t.queued < t.count { // it may stand here more than once
			l.push(t)
		}
	}
	delete(l.pairs, p)
}

func holds(ids []int32, p pair) bool {
	for i := range len(ids) - 1 {
		if ids[i] == p.left && ids[i+1] == p.right {
			return true
		}
	}
	return false
}

// join writes id over each occurrence of a pair, from the left.
func join(ids []int32, p pair, id int32) []int32 {
	out := ids[:0]
	for i := 0; i < len(ids); i++ {
		if i+1 < len(ids) && ids[i] == p.left && ids[i+1] == p.right {
			out = append(out, id)
			i++
		} else {
			out = append(out, ids[i])
		}
	}
	return out
}

type item struct {
	count int64
	pair  pair
}

// queue has the most frequent pair first, and among equals the one with the least ids.
type queue []item

func (q queue) Len() int { return len(q) }
func (q queue) Less(i, j int) bool {
	a, b := q[i], q[j]
	if a.count != b.count {
		return a.count > b.count
	}
	if a.pair.left != b.pair.left {
		return a.pair.left < b.pair.left
	}
	return a.pair.right < b.pair.right
}
func (q queue) Swap(i, j int) { q[i], q[j] = q[j], q[i] }
func (q *queue) Push(v any)   { *q = append(*q, v.(item)) }
func (q *queue) Pop() any {
	old := *q
	v := old[len(old)-1]
	*q = old[:len(old)-1]
	return v
}
