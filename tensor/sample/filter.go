package sample

import (
	"math"
	"math/bits"
	"slices"

	"ayni.example/tensor"
)

// filter applies top-k, top-p and min-p in this order to a row of logits and returns the survivors in ascending order of
// index. The result is valid until the next call.
func (s *Sampler) filter(logits []float32) []candidate {
	cand := s.all(logits)
	if p := float64(s.cfg.TopP); p > 0 && p < 1 {
		cand = s.nucleus(cand, p)
	}
	if s.cfg.MinP > 0 {
		most := likeliest(cand)
		cand = slices.DeleteFunc(cand, func(c candidate) bool { return tensor.Exp(c.z-most) < s.cfg.MinP })
	}
	return cand
}

// all divides by the temperature, and keeps the top-k.
func (s *Sampler) all(logits []float32) []candidate {
	s.cand = s.cand[:0]
	if s.cfg.TopK <= 0 || s.cfg.TopK >= len(logits) {
		for i, v := range logits {
			s.cand = append(s.cand, candidate{int32(i), v / s.cfg.Temperature})
		}
		return s.cand
	}
	s.found = tensor.Above(s.found[:0], logits, s.bound(logits, s.cfg.TopK))
	for _, i := range s.found {
		s.cand = append(s.cand, candidate{i, logits[i] / s.cfg.Temperature})
	}
	if len(s.cand) > s.cfg.TopK {
		slices.SortFunc(s.cand, descending)
		s.cand = s.cand[:s.cfg.TopK]
		slices.SortFunc(s.cand, ascending)
	}
	return s.cand
}

// bound is a value that the k largest of a row after division by the temperature are not below, and few others reach. It
// lies under the k-th largest by more than what the division rounds to the same quotient: equals are told apart by their
// index, not by what they were before.
func (s *Sampler) bound(logits []float32, k int) float32 {
	least := float64(s.least(logits, k))
	least -= float64(math.Abs(least)*0x1p-20) + 1e-30
	if math.Abs(least/float64(s.cfg.Temperature)) > math.MaxFloat32/2 {
		return float32(math.Inf(-1)) // quotients may be infinite
	}
	return float32(least)
}

// piecesPer is how many pieces of a row there are for each value that is looked for.
const piecesPer = 4

// least is a value that at least k elements of a row reach, and few more: of a long row, the k-th largest of the maxima of
// its pieces, which are cheap to find.
func (s *Sampler) least(x []float32, k int) float32 {
	if size := len(x) / (piecesPer * k); size > 1 {
		s.tops = s.tops[:0]
		for ; len(x) > 0; x = x[min(size, len(x)):] {
			s.tops = append(s.tops, tensor.Max(x[:min(size, len(x))]))
		}
		x = s.tops
	}
	s.heap = append(s.heap[:0], x[:k]...)
	h := s.heap
	for i := k/2 - 1; i >= 0; i-- {
		sink(h, i)
	}
	for _, v := range x[k:] {
		if v > h[0] {
			h[0] = v
			sink(h, 0)
		}
	}
	return h[0]
}

// sink restores a heap with the least value first.
func sink(h []float32, i int) {
	for {
		child := 2*i + 1
		if child >= len(h) {
			return
		}
		if child+1 < len(h) && h[child+1] < h[child] {
			child++
		}
		if h[child] >= h[i] {
			return
		}
		h[i], h[child] = h[child], h[i]
		i = child
	}
}

// steps is how many buckets of candidates there are for each unit of z.
const steps = 16

// nucleus keeps the likeliest candidates until their probabilities reach p. The total runs in ascending order of index and
// the partial sum in descending order of probability, in float64.
//
// Candidates are put into buckets by z. The partial sum of buckets in which no probability is tiny is exact in any order,
// so only the bucket in which it reaches p is sorted; the last bucket has what is too small for that.
func (s *Sampler) nucleus(cand []candidate, p float64) []candidate {
	most, total := likeliest(cand), 0.0
	if math.IsInf(float64(most), 1) {
		return append(cand[:0], slices.MinFunc(cand, descending))
	}
	s.heap = s.heap[:0]
	for _, c := range cand {
		s.heap = append(s.heap, c.z)
	}
	tensor.ExpTo(s.heap, s.heap, most)
	for _, e := range s.heap {
		total += float64(e)
	}
	// A term of at least 2^-m is a multiple of 2^-(m+23), and the sum of n terms stays below 2^53 of these.
	m := 30 - bits.Len(uint(len(cand)))
	last := steps * max(0, m-1) * 69 / 100
	s.sums = append(s.sums[:0], make([]float64, last)...)
	sums := s.sums
	for i, c := range cand {
		if b := bucket(most, c.z, last); b < last {
			sums[b] += float64(s.heap[i])
		}
	}
	want, sum, cut := float64(p*total), 0.0, 0
	for ; cut < last && sum+sums[cut] < want; cut++ {
		sum += sums[cut]
	}
	end := s.end(cand, most, want, sum, cut, last)
	return slices.DeleteFunc(cand, func(c candidate) bool { return descending(c, end) > 0 })
}

// bucket counts from the likeliest down; equal values share one.
func bucket(most, z float32, last int) int {
	return int(min(float32((most-z)*steps), float32(last)))
}

// end is the last candidate that is kept: the one with which the partial sum of a bucket reaches what is wanted.
func (s *Sampler) end(cand []candidate, most float32, want, sum float64, cut, last int) candidate {
	kept := s.kept[:0]
	for _, c := range cand {
		if bucket(most, c.z, last) == cut {
			kept = append(kept, c)
		}
	}
	s.kept = kept
	slices.SortFunc(kept, descending)
	for _, c := range kept {
		if sum += float64(tensor.Exp(c.z - most)); !(sum < want) {
			return c
		}
	}
	return kept[len(kept)-1]
}

func likeliest(cand []candidate) float32 {
	most := cand[0].z
	for _, c := range cand {
		most = max(most, c.z)
	}
	return most
}

// descending is the likeliest first, the least index first among equals.
func descending(a, b candidate) int {
	switch {
	case a.z > b.z:
		return -1
	case a.z < b.z:
		return 1
	default:
		return ascending(a, b)
	}
}

func ascending(a, b candidate) int { return int(a.id) - int(b.id) }
