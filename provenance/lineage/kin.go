package lineage

import (
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"slices"
	"sync"

	"ayni.example/client"
	"ayni.example/provenance/descent/sketch"
	"ayni.example/x/provenance"
)

// Bounds of what is remembered of the ledger's sketches, and of how many are asked for at once.
const (
	kinMax      = 4096
	kinFresh    = 64
	aboveMax    = 128 // assets looked at above one
	suspectsMax = 4   // of one look
)

// Sketches is where Kin gets them; package client answers it.
type Sketches interface {
	Ledger
	Assets(ctx context.Context, owner string) ([]provenance.Asset, error)
	Sketch(ctx context.Context, asset []byte) ([]byte, error)
}

// relative is a registered model by which others are known.
type relative struct {
	provenance.Asset
	sketch sketch.Sketch
}

// Kin remembers the sketches of the ledger's models, and finds pairs that are alike. It is safe for concurrent use.
type Kin struct {
	mu    sync.Mutex
	seen  map[string]bool
	list  []relative // in the order in which they were registered
	asked map[string]bool
}

// NewKin remembers nothing yet.
func NewKin() *Kin { return &Kin{seen: make(map[string]bool), asked: make(map[string]bool)} }

// Refresh brings in models that were registered since, a bounded number at a time, the oldest first. It tells those that are new.
func (k *Kin) Refresh(ctx context.Context, l Sketches) ([]provenance.Asset, error) {
	all, err := l.Assets(ctx, "")
	if err != nil {
		return nil, err
	}
	slices.SortFunc(all, older)
	k.mu.Lock()
	defer k.mu.Unlock()
	var fresh []provenance.Asset
	for _, a := range all {
		id := string(a.ID)
		if k.seen[id] || len(k.list) >= kinMax || !sketched(a) {
			continue
		}
		if len(fresh) == kinFresh {
			break
		}
		raw, err := l.Sketch(ctx, a.ID)
		if err != nil && !errors.Is(err, client.ErrNotFound) {
			return fresh, err
		}
		k.seen[id] = true
		if s, err := sketch.Decode(raw); err == nil && len(s) > 0 {
			k.list = append(k.list, relative{a, s})
			fresh = append(fresh, a)
		}
	}
	return fresh, nil
}

// sketched tells which assets may have a sketch.
func sketched(a provenance.Asset) bool {
	return slices.Contains([]provenance.Kind{provenance.KindModel, provenance.KindQuantisation, provenance.KindMerged}, provenance.Kind(a.Kind))
}

func older(a, b provenance.Asset) int {
	if a.Height != b.Height {
		return int(a.Height - b.Height)
	}
	return bytes.Compare(a.ID, b.ID)
}

// alike are the remembered models that agree with a sketch, the oldest first.
func (k *Kin) alike(s sketch.Sketch) []provenance.Asset {
	if k == nil || len(s) == 0 {
		return nil
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	var list []provenance.Asset
	for _, r := range k.list {
		if sketch.Alike(s, r.sketch) {
			list = append(list, r.Asset)
		}
	}
	return list
}

// Suspects are pairs of a new model and the oldest one that it is alike to and does not descend from: each pair is told once.
func (k *Kin) Suspects(ctx context.Context, l Ledger, fresh []provenance.Asset) ([]provenance.Edge, error) {
	var pairs []provenance.Edge
	for _, a := range fresh {
		k.mu.Lock()
		i := slices.IndexFunc(k.list, func(r relative) bool { return bytes.Equal(r.ID, a.ID) })
		own := k.list[i].sketch
		k.mu.Unlock()
		alike := k.alike(own)
		if len(alike) == 0 || len(pairs) == suspectsMax {
			continue
		}
		oldest, err := origin(ctx, l, alike)
		if err != nil {
			return pairs, err
		}
		if bytes.Equal(oldest.ID, a.ID) {
			continue
		}
		above, suspected, err := ancestors(ctx, l, [][]byte{a.ID})
		if err != nil {
			return pairs, err
		}
		theirs, _, err := ancestors(ctx, l, [][]byte{oldest.ID})
		if err != nil {
			return pairs, err
		}
		common := slices.ContainsFunc(alike, func(o provenance.Asset) bool {
			return above[string(o.ID)] && (theirs[string(o.ID)] || bytes.Equal(o.ID, oldest.ID))
		})
		if !above[string(oldest.ID)] && !suspected[string(oldest.ID)] && !common {
			pairs = append(pairs, provenance.Edge{Asset: a.ID, Parent: oldest.ID})
		}
	}
	return pairs, nil
}

// origin is the oldest of models that are alike, and of those that are equally old the one above the others.
func origin(ctx context.Context, l Ledger, alike []provenance.Asset) (provenance.Asset, error) {
	first := alike[0]
	for range len(alike) {
		above, _, err := ancestors(ctx, l, [][]byte{first.ID})
		if err != nil {
			return first, err
		}
		i := slices.IndexFunc(alike, func(a provenance.Asset) bool { return above[string(a.ID)] && !bytes.Equal(a.ID, first.ID) })
		if i < 0 {
			break
		}
		first = alike[i]
	}
	return first, nil
}

// ancestors are all above some assets as far as the bound goes, with these themselves, and what is suspected of these.
func ancestors(ctx context.Context, l Ledger, from [][]byte) (above, suspected map[string]bool, err error) {
	above, suspected = make(map[string]bool), make(map[string]bool)
	first := len(from)
	for i := 0; i < len(from) && i < aboveMax; i++ {
		if above[string(from[i])] {
			continue
		}
		above[string(from[i])] = true
		edges, suspicions, err := l.Parents(ctx, from[i])
		if err != nil && !errors.Is(err, client.ErrNotFound) {
			return nil, nil, err
		}
		for _, e := range edges {
			from = append(from, e.Parent)
		}
		for _, s := range suspicions {
			if i < first {
				suspected[string(s.Parent)] = true
			}
		}
	}
	return above, suspected, nil
}

// undeclared are the assets of the ledger whose weights a record's agree with and that are not above it by its parents.
func (p *planner) undeclared(ctx context.Context, r Record, parents []provenance.Asset) ([]provenance.Asset, error) {
	candidates, err := p.byTensor(ctx, r)
	if err != nil {
		return nil, err
	}
	if s, err := sketch.Decode(r.Sketch); err == nil {
		if alike := p.kin.alike(s); len(alike) > 0 {
			first, err := origin(ctx, p.ledger, alike)
			if err != nil {
				return nil, err
			}
			if p.asks(first) {
				// Anybody can register a false sketch: what asks for something is not given that by likeness alone. Its owner may point here,
				// and the council decides.
				p.book.cfg.Logger.Warn("a model is alike to a registered one that asks a share or terms; declare it as a parent if it is one",
					"model", r.Name, "parent", hex.EncodeToString(first.ID), "share_ppm", first.Terms.PPM())
			} else {
				candidates = append(candidates, first)
			}
		}
	}
	if len(candidates) == 0 {
		return nil, nil
	}
	var from [][]byte
	for _, a := range parents {
		from = append(from, a.ID)
	}
	for i := 0; i < len(from) && i < aboveMax; i++ {
		for _, id := range p.before[string(from[i])] { // of what is not on the ledger yet
			from = append(from, []byte(id))
		}
	}
	above, _, err := ancestors(ctx, p.ledger, from)
	if err != nil {
		return nil, err
	}
	var found []provenance.Asset
	for _, a := range candidates {
		if above[string(a.ID)] || hex.EncodeToString(a.Content) == r.Content || p.explained(ctx, a, above) {
			continue
		}
		above[string(a.ID)] = true
		found = append(found, a)
	}
	return found, nil
}

// asks tells whether being made from an asset costs the sender anything.
func (p *planner) asks(a provenance.Asset) bool {
	return a.Owner != "" && a.Owner != p.sender && (a.Terms.PPM() > 0 || a.Terms.Reciprocal || !a.Terms.Commercial)
}

// explained tells whether a model only agrees because both were made from the same one: then it is a sibling.
func (p *planner) explained(ctx context.Context, a provenance.Asset, above map[string]bool) bool {
	theirs, _, err := ancestors(ctx, p.ledger, [][]byte{a.ID})
	if err != nil {
		return false
	}
	for id := range theirs {
		if above[id] {
			if there, err := p.ledger.Asset(ctx, []byte(id)); err == nil && sketched(there) {
				return true
			}
		}
	}
	return false
}

// byTensor are the assets that had one of the record's tensors first.
func (p *planner) byTensor(ctx context.Context, r Record) ([]provenance.Asset, error) {
	if len(r.Tensors) == 0 {
		return nil, nil
	}
	digests := make([][]byte, 0, len(r.Tensors))
	for _, t := range r.Tensors {
		raw, err := hex.DecodeString(t)
		if err != nil {
			return nil, leftError{err}
		}
		digests = append(digests, raw)
	}
	tensors, err := p.ledger.Tensors(ctx, digests)
	if err != nil {
		return nil, err
	}
	var list []provenance.Asset
	for _, t := range tensors {
		if slices.ContainsFunc(list, func(a provenance.Asset) bool { return bytes.Equal(a.ID, t.Asset) }) {
			continue
		}
		a, err := p.ledger.Asset(ctx, t.Asset)
		if err != nil {
			return nil, err
		}
		list = append(list, a)
	}
	return list, nil
}
