package token

import "container/heap"

// symbol is a run of text that is one token so far; dead ones were joined to their left.
type symbol struct {
	id         int32
	start, end int
	prev, next int
	dead       bool
}

// joiner says which token two neighbours make, with a cost; the least cost is joined first.
type joiner func(left, right int32, start, end int) (id int32, cost float64, ok bool)

type candidate struct {
	cost        float64
	left, right int
	start, end  int
	id          int32
}

type queue []candidate

func (q queue) Len() int { return len(q) }
func (q queue) Less(i, j int) bool {
	return q[i].cost < q[j].cost || (q[i].cost == q[j].cost && q[i].left < q[j].left)
}
func (q queue) Swap(i, j int) { q[i], q[j] = q[j], q[i] }
func (q *queue) Push(v any)   { *q = append(*q, v.(candidate)) }
func (q *queue) Pop() any {
	old := *q
	v := old[len(old)-1]
	*q = old[:len(old)-1]
	return v
}

// mergeAll joins neighbours, cheapest first and leftmost among equals, until none can be
// joined: n log n, so that one long word is not a denial of service.
func mergeAll(s []symbol, join joiner) []int32 {
	var q queue
	try := func(left, right int) {
		if left < 0 || right >= len(s) {
			return
		}
		id, cost, ok := join(s[left].id, s[right].id, s[left].start, s[right].end)
		if ok {
			heap.Push(&q, candidate{cost, left, right, s[left].end, s[right].end, id})
		}
	}
	for i := range s {
		s[i].prev, s[i].next = i-1, i+1
	}
	for i := range len(s) - 1 {
		try(i, i+1)
	}
	for len(q) > 0 {
		c := heap.Pop(&q).(candidate)
		l, r := &s[c.left], &s[c.right]
		if l.dead || r.dead || l.end != c.start || r.end != c.end {
			continue // one side has grown since
		}
		l.id, l.end, l.next = c.id, r.end, r.next
		r.dead = true
		if r.next < len(s) {
			s[r.next].prev = c.left
		}
		try(l.prev, c.left)
		try(c.left, l.next)
	}
	out := make([]int32, 0, len(s))
	for i := 0; i < len(s); i = s[i].next {
		out = append(out, s[i].id)
	}
	return out
}
