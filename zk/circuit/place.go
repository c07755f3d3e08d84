package circuit

import (
	"iter"
	"slices"
)

// row is the real length of the last axis.
func (p *Place) row() int { return p.Axes[len(p.Axes)-1] }

// rows are the runs of values that lie together: where each begins among the real values, and among the padded ones.
func (p *Place) rows() iter.Seq2[int, int] {
	return func(yield func(int, int) bool) {
		n := p.length()
		for first := 0; first < n; first += p.row() {
			if !yield(first, p.padded(first)) {
				return
			}
		}
	}
}

// padded is where the i-th real value lies among the padded ones.
func (p *Place) padded(i int) int {
	at, shift := 0, 0
	for a, n := range slices.Backward(p.Axes) {
		at += i % n << shift
		i /= n
		shift += p.Bits[a]
	}
	return at
}

// position is the i-th real value's index on each axis.
func (p *Place) position(i int) []int {
	at := make([]int, len(p.Axes))
	for a, n := range slices.Backward(p.Axes) {
		at[a] = i % n
		i /= n
	}
	return at
}
