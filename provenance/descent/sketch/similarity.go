package sketch

import "slices"

// Alike tells whether one of two models was probably made from the other, or both from a third.
func Alike(a, b Sketch) bool { return Similarity(a, b) >= Threshold }

// Similarity is in thousandths, 1000 for equal sketches and 0 for those that share no shape. Each tensor of the sketch with fewer
// has its best cosine among the other's tensors of its shape; more than half of the tensors have at least the similarity. So a name,
// an order of tensors or a few that were replaced change nothing.
func Similarity(a, b Sketch) int {
	if len(a) > len(b) {
		return Similarity(b, a)
	}
	if len(a) == len(b) {
		return min(similarity(a, b), similarity(b, a))
	}
	return similarity(a, b)
}

func similarity(few, many Sketch) int {
	if len(few) == 0 {
		return 0
	}
	best := make([]int, len(few))
	for i, t := range few {
		for _, other := range many {
			if t.Rows == other.Rows && t.Cols == other.Cols {
				best[i] = max(best[i], Cosine(&t.Values, &other.Values))
			}
		}
	}
	slices.Sort(best)
	return best[(len(best)-1)/2]
}

// Cosine of two lists of projections in thousandths, rounded down; 0 when it is negative.
func Cosine(a, b *[Projections]int8) int {
	var dot, aa, bb int64
	for i := range a {
		x, y := int64(a[i]), int64(b[i])
		dot, aa, bb = dot+x*y, aa+x*x, bb+y*y
	}
	if dot <= 0 {
		return 0
	}
	// At most 32*128*128 squared and a million: 2.8e17.
	return int(root(uint64(dot*dot) * 1_000_000 / uint64(aa*bb)))
}

// root is the largest integer whose square is at most n.
func root(n uint64) uint64 {
	low, high := uint64(0), uint64(1)<<11 // n is at most a million
	for high-low > 1 {
		mid := (low + high) / 2
		if mid*mid <= n {
			low = mid
		} else {
			high = mid
		}
	}
	return low
}
