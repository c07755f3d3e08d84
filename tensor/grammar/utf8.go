package grammar

import (
	"slices"
	"unicode/utf8"
)

// runeRange is a range of characters, both ends included.
type runeRange struct{ lo, hi rune }

// class is a choice of UTF-8 encodings: any one character of the ranges, as byte sequences.
func (b *builder) class(ranges []runeRange) []symbol {
	var single byteSet
	ascii := false
	var alternatives [][]symbol
	for _, r := range ranges {
		if r.lo <= 0x7f {
			single.add(byte(r.lo), byte(min(r.hi, 0x7f)))
			ascii = true
		}
		for _, e := range []runeRange{{0x80, 0x7ff}, {0x800, 0xd7ff}, {0xe000, 0xffff}, {0x10000, utf8.MaxRune}} {
			if lo, hi := max(r.lo, e.lo), min(r.hi, e.hi); lo <= hi {
				alternatives = appendEncodings(alternatives, lo, hi)
			}
		}
	}
	if ascii {
		alternatives = append(alternatives, []symbol{{kind: terminal, set: single}})
	}
	if len(alternatives) == 0 {
		b.fail("a character class is empty")
		return nil
	}
	return b.choice(alternatives...)
}

// appendEncodings splits a range of characters whose encodings have one length into sequences
// of byte ranges.
func appendEncodings(to [][]symbol, lo, hi rune) [][]symbol {
	var a, z [utf8.UTFMax]byte
	n := utf8.EncodeRune(a[:], lo)
	utf8.EncodeRune(z[:], hi)
	return split(to, nil, a[:n], z[:n])
}

// split covers all byte strings between a and z, which have the same length of 1 to 4 and whose later
// bytes run from 0x80 to 0xbf.
func split(to [][]symbol, prefix []symbol, a, z []byte) [][]symbol {
	one := func(lo, hi byte) []symbol {
		s := symbol{kind: terminal}
		s.set.add(lo, hi)
		return join(prefix, []symbol{s})
	}
	if len(a) == 1 {
		return append(to, one(a[0], z[0]))
	}
	if a[0] == z[0] {
		return split(to, one(a[0], a[0]), a[1:], z[1:])
	}
	least, most := []byte{0x80, 0x80, 0x80}[:len(a)-1], []byte{0xbf, 0xbf, 0xbf}[:len(a)-1]
	lo, hi := a[0], z[0]
	if string(a[1:]) != string(least) {
		to = split(to, one(lo, lo), a[1:], most)
		lo++
	}
	if string(z[1:]) != string(most) {
		to = split(to, one(hi, hi), least, z[1:])
		hi--
	}
	if lo <= hi {
		to = split(to, one(lo, hi), least, most)
	}
	return to
}

// complement is every character outside the ranges.
func complement(ranges []runeRange) []runeRange {
	slices.SortFunc(ranges, func(a, b runeRange) int { return int(a.lo - b.lo) })
	var out []runeRange
	next := rune(0)
	for _, r := range ranges {
		if r.lo > next {
			out = append(out, runeRange{next, r.lo - 1})
		}
		next = max(next, r.hi+1)
	}
	if next <= utf8.MaxRune {
		out = append(out, runeRange{next, utf8.MaxRune})
	}
	return out
}
