package commit

import (
	"math/bits"
	"slices"
)

// piece is a part of the folded vector: the data of a matrix' rows, or their tails.
type piece struct {
	matrix int    // 0 weights, 1 witness
	tail   bool   // the random coefficients behind the data
	log    uint32 // log2 of its length
	offset int    // where it starts in the vector
}

// layout is where the pieces of the first folded vector lie: by descending length, equal ones data before tails and weights
// before witness, so that each starts at a multiple of its length.
type layout struct {
	pieces []piece
	used   int    // elements up to the end of the last piece
	log    uint32 // log2 of the padded vector
}

func newLayout(p Parameters) layout {
	codes := []Code{p.Weights, p.Witness}
	var l layout
	for k, c := range codes {
		l.pieces = append(l.pieces, piece{matrix: k, log: c.Columns})
	}
	for k, c := range codes {
		if c.Tail > 0 {
			l.pieces = append(l.pieces, piece{matrix: k, tail: true, log: log2(c.Tail)})
		}
	}
	slices.SortStableFunc(l.pieces, func(a, b piece) int { return int(b.log) - int(a.log) })
	for i := range l.pieces {
		l.pieces[i].offset = l.used
		l.used += 1 << l.pieces[i].log
	}
	l.log = uint32(bits.Len(uint(l.used - 1)))
	return l
}
