package token

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

func (c *candidate) before(d *candidate) bool {
	return c.cost < d.cost || (c.cost == d.cost && c.left < d.left)
}

// merger joins symbols; its buffers serve one text.
type merger struct {
	symbols []symbol
	queue   []candidate // a binary heap
	join    joiner
}

func (m *merger) add(id int32, start, end int) {
	m.symbols = append(m.symbols, symbol{id: id, start: start, end: end})
}

// merge joins neighbours, cheapest first and leftmost among equals, until none can be joined, and
// appends what is left to dst: n log n, so that one long word is not a denial of service. The
// symbols are then gone.
func (m *merger) merge(dst []int32) []int32 {
	s := m.symbols
	m.queue = m.queue[:0]
	for i := range s {
		s[i].prev, s[i].next = i-1, i+1
	}
	for i := range len(s) - 1 {
		m.try(i, i+1)
	}
	for len(m.queue) > 0 {
		c := m.pop()
		l, r := &s[c.left], &s[c.right]
		if l.dead || r.dead || l.end != c.start || r.end != c.end {
			continue // one side has grown since
		}
		l.id, l.end, l.next = c.id, r.end, r.next
		r.dead = true
		if r.next < len(s) {
			s[r.next].prev = c.left
		}
		m.try(l.prev, c.left)
		m.try(c.left, l.next)
	}
	for i := 0; i < len(s); i = s[i].next {
		dst = append(dst, s[i].id)
	}
	m.symbols = s[:0]
	return dst
}

func (m *merger) try(left, right int) {
	if left < 0 || right >= len(m.symbols) {
		return
	}
	l, r := &m.symbols[left], &m.symbols[right]
	if id, cost, ok := m.join(l.id, r.id, l.start, r.end); ok {
		m.push(candidate{cost, left, right, l.end, r.end, id})
	}
}

func (m *merger) push(c candidate) {
	m.queue = append(m.queue, c)
	q := m.queue
	for i := len(q) - 1; i > 0; {
		parent := (i - 1) / 2
		if !q[i].before(&q[parent]) {
			return
		}
		q[i], q[parent] = q[parent], q[i]
		i = parent
	}
}

func (m *merger) pop() candidate {
	q := m.queue
	top, last := q[0], len(q)-1
	q[0] = q[last]
	m.queue = q[:last]
	for i := 0; ; {
		least := i
		for child := 2*i + 1; child <= 2*i+2 && child < last; child++ {
			if q[child].before(&q[least]) {
				least = child
			}
		}
		if least == i {
			return top
		}
		q[i], q[least] = q[least], q[i]
		i = least
	}
}
