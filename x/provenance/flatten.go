package provenance

import (
	"bytes"
	"slices"
)

const (
	// PayeesMax is how many have a share in an asset's income, besides its owner.
	PayeesMax = 64
	// UpstreamMax is what they have together, of a million.
	UpstreamMax = FullPPM / 2
)

// ParentVector is what a child inherits by one parent: the parent's own share, and what those above it have of the parent's income.
type ParentVector struct {
	Asset  []byte
	PPM    uint32 // its own share
	Seen   bool   // the ledger observed the edge to it
	Shares []Share
}

// Flatten makes a child's vector from its parents': each ancestor once, at its greatest share; at most PayeesMax and UpstreamMax. Shares
// that come by observed edges alone come first, claimed ones share what is left. The result is by id and does not depend on the order of the parents.
func Flatten(parents []ParentVector) ([]Share, error) {
	if len(parents) > ParentsMax+foundMax {
		return nil, ErrBound.Wrapf("%d parents", len(parents))
	}
	var all []Share
	for _, p := range parents {
		if len(p.Shares) > PayeesMax+foundMax || p.PPM > FullPPM {
			return nil, ErrInvalid.Wrapf("vector of parent %x", p.Asset)
		}
		all = append(all, Share{Asset: p.Asset, PPM: p.PPM, Seen: p.Seen})
		for _, s := range p.Shares {
			if s.Held { // not the suspected parent's yet
				continue
			}
			if s.PPM > FullPPM {
				return nil, ErrInvalid.Wrapf("vector of parent %x", p.Asset)
			}
			all = append(all, Share{Asset: s.Asset, PPM: s.PPM, Seen: s.Seen && p.Seen})
		}
	}
	all = chosen(once(all))
	claimed := slices.IndexFunc(all, func(s Share) bool { return !s.Seen })
	if claimed < 0 {
		claimed = len(all)
	}
	room := fit(all[:claimed], UpstreamMax)
	fit(all[claimed:], room)
	all = slices.DeleteFunc(all, func(s Share) bool { return s.PPM == 0 })
	slices.SortFunc(all, byID)
	return all, nil
}

// once leaves each asset one share, its greatest, which is seen where any of them is.
func once(all []Share) []Share {
	slices.SortFunc(all, byID)
	out := all[:0]
	for _, s := range all {
		if n := len(out); n > 0 && bytes.Equal(out[n-1].Asset, s.Asset) {
			out[n-1].PPM, out[n-1].Seen = max(out[n-1].PPM, s.PPM), out[n-1].Seen || s.Seen
			continue
		}
		out = append(out, s)
	}
	return slices.DeleteFunc(out, func(s Share) bool { return s.PPM == 0 })
}

// chosen are the payees: seen ones first, then the larger, then by id.
func chosen(all []Share) []Share {
	slices.SortFunc(all, func(a, b Share) int {
		switch {
		case a.Seen != b.Seen && a.Seen:
			return -1
		case a.Seen != b.Seen:
			return 1
		case a.PPM != b.PPM:
			return int(b.PPM) - int(a.PPM)
		}
		return bytes.Compare(a.Asset, b.Asset)
	})
	return all[:min(len(all), PayeesMax)]
}

// fit levels shares, the largest first, into room when they exceed it: each has what it asks or the level that all others have, so that however
// much some ask, they take no more from the rest. What the division leaves goes by id, a unit each. It returns the room that is left.
func fit(list []Share, room uint64) uint64 {
	n := uint64(len(list))
	for ; n > 0 && uint64(list[n-1].PPM) <= room/n; n-- {
		room -= uint64(list[n-1].PPM)
	}
	if n == 0 {
		return room
	}
	level, rest, large := room/n, room%n, list[:n]
	slices.SortFunc(large, byID)
	for i := range large { // each asks for more than the level
		large[i].PPM = uint32(level)
		if uint64(i) < rest {
			large[i].PPM++
		}
	}
	return 0
}

// Hold adds to the shares of ancestors what is held for suspected parents, each of which has what it asks in held: together at most
// UpstreamMax, levelled likewise. Who has a share has none held.
func Hold(shares, held []Share) []Share {
	held = slices.DeleteFunc(once(slices.Clone(held)), func(h Share) bool {
		return slices.ContainsFunc(shares, func(s Share) bool { return bytes.Equal(s.Asset, h.Asset) })
	})
	held = chosen(held)
	fit(held, UpstreamMax)
	for i := range held {
		held[i].Held = true
	}
	all := slices.Concat(shares, held)
	slices.SortFunc(all, byID)
	return all
}

func byID(a, b Share) int { return bytes.Compare(a.Asset, b.Asset) }
