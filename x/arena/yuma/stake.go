package yuma

import (
	"cmp"
	"math/bits"
	"slices"
)

// shares are the parts of all stake; one below the least counts for none, unless it is the owner's.
func shares(stake []uint64, least uint64, owner int, out []Num) {
	var hi, lo uint64
	counts := func(i int) bool { return stake[i] >= least || i == owner }
	for i, s := range stake {
		if counts(i) {
			var carry uint64
			lo, carry = bits.Add64(lo, s, 0)
			hi += carry
		}
	}
	// Stakes beyond 64 bits together are halved until they fit, so that no sum ever wraps.
	halve := bits.Len64(hi)
	var sum uint64
	for i, s := range stake {
		if counts(i) {
			sum += s >> halve
		}
	}
	for i, s := range stake {
		out[i] = 0
		if !counts(i) || sum == 0 {
			continue
		}
		s >>= halve
		q, _ := bits.Div64(s>>fraction, s<<fraction, sum) // s is at most the sum
		out[i] = Num(q)
	}
}

// permitted gives permits to the members with most stake, of equals to those of higher uid, and to the owner.
func permitted(stake []Num, most uint32, owner int) []bool {
	permit := make([]bool, len(stake))
	order := make([]int, len(stake))
	for i := range order {
		order[i] = i
		permit[i] = stake[i] != 0
	}
	if n := len(stake); uint64(n) > uint64(most) {
		slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(stake[a], stake[b]) })
		for _, i := range order[:n-int(most)] {
			permit[i] = false
		}
	}
	if owner != NoOwner {
		permit[owner] = true
	}
	return permit
}
