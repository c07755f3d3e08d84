package anchored

import (
	"encoding/binary"

	"ayni.example/internal/canon"
)

const drawDomain = "ayni-arena-draw/1"

// Cap bounds what of the evaluators' stake counts for one: twice an equal part. The weights are parts of all stake.
func Cap(weights []uint64) []uint64 { return limit(weights, capParts) }

// limit bounds weights to so many equal parts of all.
func limit(weights []uint64, parts uint64) []uint64 {
	total := uint64(0)
	for _, w := range weights {
		total += w
	}
	capped := make([]uint64, len(weights))
	for i, w := range weights {
		capped[i] = min(w, parts*total/uint64(len(weights)))
	}
	return capped
}

// Draw takes up to n different indices, each with a chance in proportion to its weight among those not taken yet; those of no weight are
// never taken. What it finds follows from seed, subject and number alone. The weights' sum is below 2^63.
func Draw(seed, subject []byte, number uint32, weights []uint64, n int) []int {
	left := append([]uint64(nil), weights...)
	total := uint64(0)
	for _, w := range left {
		total += w
	}
	s := stream{seed: seed, subject: subject, number: number}
	var drawn []int
	for len(drawn) < n && total > 0 {
		at := s.below(total)
		for i, w := range left {
			if at < w {
				drawn, total, left[i] = append(drawn, i), total-w, 0
				break
			}
			at -= w
		}
	}
	return drawn
}

// stream is numbers that follow from a seed.
type stream struct {
	seed, subject []byte
	number, block uint32
	rest          []byte
}

// below is a number below most, each as likely: those that would favour the low ones are passed over.
func (s *stream) below(most uint64) uint64 {
	for limit := ^uint64(0) - ^uint64(0)%most; ; {
		if n := s.next(); n < limit {
			return n % most
		}
	}
}

func (s *stream) next() uint64 {
	if len(s.rest) == 0 {
		var at [8]byte
		binary.BigEndian.PutUint32(at[:4], s.number)
		binary.BigEndian.PutUint32(at[4:], s.block)
		sum := canon.Sum(drawDomain, s.seed, s.subject, at[:])
		s.rest = sum[:]
		s.block++
	}
	n := binary.BigEndian.Uint64(s.rest)
	s.rest = s.rest[8:]
	return n
}
