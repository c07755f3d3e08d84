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
// that come by observed edges alone are kept first, claimed ones are scaled into what is left. The result is by id and does not depend on the order of the parents.
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
	slices.SortFunc(all, func(a, b Share) int { return bytes.Compare(a.Asset, b.Asset) })
	return all, nil
}

// once leaves each asset one share, its greatest, which is seen where any of them is.
func once(all []Share) []Share {
	slices.SortFunc(all, func(a, b Share) int { return bytes.Compare(a.Asset, b.Asset) })
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

// fit scales shares into room when they exceed it, by largest remainder, ties by id; it returns the room that is left.
func fit(list []Share, room uint64) uint64 {
	sum := uint64(0)
	for _, s := range list {
		sum += uint64(s.PPM)
	}
	if sum <= room {
		return room - sum
	}
	type rest struct {
		at   int
		left uint64
	}
	rests, given := make([]rest, len(list)), uint64(0)
	for i := range list {
		product := uint64(list[i].PPM) * room // below 2^40
		rests[i] = rest{i, product % sum}
		list[i].PPM = uint32(product / sum)
		given += product / sum
	}
	slices.SortFunc(rests, func(a, b rest) int {
		if a.left != b.left {
			if a.left > b.left {
				return -1
			}
			return 1
		}
		return bytes.Compare(list[a.at].Asset, list[b.at].Asset)
	})
	for _, r := range rests[:room-given] { // fewer than there are shares
		list[r.at].PPM++
	}
	return 0
}
