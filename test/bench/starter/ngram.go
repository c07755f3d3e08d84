package main

import (
	"math"
	"math/rand/v2"
	"strings"
)

// maxOrder is the longest context in bytes: context and symbol share one 64-bit key.
const maxOrder = 7

// ngram is a byte model with back-off. The probability after a context is the interpolated
// Witten-Bell estimate, the escape rule of PPM-C without exclusion:
//
//	p(c | ctx) = (count(ctx c) + distinct(ctx) * p(c | shorter ctx)) / (count(ctx) + distinct(ctx))
//
// down to 1/256 below the empty context. It is trained once and does not adapt. A training byte
// adds at most one entry to each of the 2*(order+1) maps, which bounds their memory.
type ngram struct {
	order  int
	counts []map[uint64]uint32 // by context length: times that symbol followed context
	totals []map[uint64]seen   // by context length
}

type seen struct {
	total, distinct uint32
}

// trainNgram counts every context of 0 to order bytes; contexts do not cross files.
func trainNgram(order int, files []source) *ngram {
	n := &ngram{order: min(order, maxOrder)}
	for range n.order + 1 {
		n.counts = append(n.counts, make(map[uint64]uint32))
		n.totals = append(n.totals, make(map[uint64]seen))
	}
	for _, f := range files {
		var past uint64
		for i := range len(f.text) {
			c := f.text[i]
			for k := 0; k <= min(i, n.order); k++ {
				n.add(k, past&mask(k), c)
			}
			past = past<<8 | uint64(c)
		}
	}
	return n
}

func (n *ngram) add(k int, context uint64, c byte) {
	s := n.totals[k][context]
	s.total++
	key := context<<8 | uint64(c)
	times := n.counts[k][key] + 1
	n.counts[k][key] = times
	if times == 1 {
		s.distinct++
	}
	n.totals[k][context] = s
}

// shortened is the same model with shorter contexts.
func (n *ngram) shortened(order int) *ngram {
	order = min(order, n.order)
	return &ngram{order: order, counts: n.counts[:order+1], totals: n.totals[:order+1]}
}

// prob is the probability of c after the last length bytes of past.
func (n *ngram) prob(past uint64, length int, c byte) float64 {
	p := 1.0 / 256
	for k := 0; k <= min(length, n.order); k++ {
		context := past & mask(k)
		s, ok := n.totals[k][context]
		if !ok {
			break // no longer context was seen either
		}
		p = (float64(n.counts[k][context<<8|uint64(c)]) + float64(s.distinct)*p) / float64(s.total+s.distinct)
	}
	return p
}

// bits is the ideal code length of all files.
func (n *ngram) bits(files []source) float64 {
	sum := 0.0
	for _, f := range files {
		var past uint64
		for i := range len(f.text) {
			c := f.text[i]
			sum -= math.Log2(n.prob(past, i, c))
			past = past<<8 | uint64(c)
		}
	}
	return sum
}

// likeliest is the most probable byte after the last length bytes of past, none of those in not.
func (n *ngram) likeliest(past uint64, length int, not string) byte {
	best, most := byte(0), 0.0
	for c := range 256 {
		if strings.IndexByte(not, byte(c)) >= 0 {
			continue
		}
		if p := n.prob(past, length, byte(c)); p > most {
			best, most = byte(c), p
		}
	}
	return best
}

// drawn is a byte drawn with its probability after the last length bytes of past.
func (n *ngram) drawn(past uint64, length int, r *rand.Rand) byte {
	u := r.Float64()
	for c := range 255 {
		if u -= n.prob(past, length, byte(c)); u < 0 {
			return byte(c)
		}
	}
	return 255
}

// complete continues the prefix until done says so or limit is reached: with the likeliest byte
// each time, or with drawn ones when r is not nil. The likeliest first byte is never a blank: the
// prefix holds all of the indentation, and a short context would add tabs for ever.
func (n *ngram) complete(prefix string, limit int, r *rand.Rand, done func(string) bool) string {
	var past uint64
	for i := range len(prefix) {
		past = past<<8 | uint64(prefix[i])
	}
	var out []byte
	for len(out) < limit && !done(string(out)) {
		var c byte
		switch length := len(prefix) + len(out); {
		case r != nil:
			c = n.drawn(past, length, r)
		case len(out) == 0:
			c = n.likeliest(past, length, " \t\n")
		default:
			c = n.likeliest(past, length, "")
		}
		out = append(out, c)
		past = past<<8 | uint64(c)
	}
	return string(out)
}

func mask(k int) uint64 { return 1<<(8*k) - 1 }
