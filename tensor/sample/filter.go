package sample

import (
	"cmp"
	"slices"

	"ayni.example/tensor"
)

// filter applies top-k, top-p and min-p in this order to candidates in ascending order of id,
// and returns the survivors in that order. It reorders cand.
func filter(cand []candidate, cfg Config) []candidate {
	if cfg.TopK > 0 && cfg.TopK < len(cand) {
		cand = largest(cand, func(n int, _ candidate) bool { return n < cfg.TopK })
	}
	if cfg.TopP > 0 && cfg.TopP < 1 {
		cand = nucleus(cand, float64(cfg.TopP))
	}
	if cfg.MinP > 0 {
		most := likeliest(cand)
		cand = slices.DeleteFunc(cand, func(c candidate) bool { return tensor.Exp(c.z-most) < cfg.MinP })
	}
	return cand
}

// nucleus keeps the likeliest candidates until their probabilities reach p. The total runs in
// ascending order of id and the partial sum in descending order of probability, in float64.
func nucleus(cand []candidate, p float64) []candidate {
	most, total, sum := likeliest(cand), 0.0, 0.0
	for _, c := range cand {
		total += float64(tensor.Exp(c.z - most))
	}
	want := float64(p * total)
	return largest(cand, func(_ int, c candidate) bool {
		more := sum < want
		sum += float64(tensor.Exp(c.z - most))
		return more
	})
}

func likeliest(cand []candidate) float32 {
	most := cand[0].z
	for _, c := range cand {
		most = max(most, c.z)
	}
	return most
}

// largest visits candidates from the likeliest down, the least id first among equals, keeps
// the first and then all while keep says so, and returns the kept ones in ascending order of
// id. A heap, because most candidates are never visited.
func largest(cand []candidate, keep func(n int, c candidate) bool) []candidate {
	for i := len(cand)/2 - 1; i >= 0; i-- {
		sink(cand, i)
	}
	end := len(cand)
	for n := 0; end > 0 && (keep(n, cand[0]) || n == 0); n++ {
		end--
		cand[0], cand[end] = cand[end], cand[0]
		sink(cand[:end], 0)
	}
	kept := cand[end:]
	slices.SortFunc(kept, func(a, b candidate) int { return cmp.Compare(a.id, b.id) })
	return kept
}

func before(a, b candidate) bool { return a.z > b.z || (a.z == b.z && a.id < b.id) }

func sink(h []candidate, i int) {
	for {
		child := 2*i + 1
		if child >= len(h) {
			return
		}
		if child+1 < len(h) && before(h[child+1], h[child]) {
			child++
		}
		if !before(h[child], h[i]) {
			return
		}
		h[i], h[child] = h[child], h[i]
		i = child
	}
}
