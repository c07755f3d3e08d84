package exchange

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"time"

	"ayni.example/artifact"
)

// Pauses between two rounds of asking; peers come back, and come to have what they lacked.
const (
	pauseFirst = 500 * time.Millisecond
	pauseMost  = 5 * time.Second
)

// discover asks peers who has the blob until the download ends, and tells why nobody can help.
func (d *download) discover(ctx context.Context, group *sync.WaitGroup) error {
	for pause := pauseFirst; ; pause = min(2*pause, pauseMost) {
		peers, err := d.candidates(ctx)
		if err == nil {
			d.askAll(ctx, peers, group)
		} else {
			d.x.cfg.Logger.Warn("peers not listed", "digest", string(d.req.Digest), "error", err.Error())
		}
		if hopeless := d.hopeless(err); hopeless != nil {
			return hopeless
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(pause):
		}
	}
}

// candidates are peers that may be asked now, in an order of chance, so that askers spread.
func (d *download) candidates(ctx context.Context) ([]Peer, error) {
	list := d.req.From
	var err error
	if d.x.cfg.Peers != nil {
		var more []Peer
		more, err = d.x.cfg.Peers.Peers(ctx, d.req.Digest)
		list = append(slices.Clip(list), more...)
	}
	if err != nil && len(list) == 0 {
		return nil, err
	}
	salt := make([]byte, 16)
	if _, err := io.ReadFull(d.x.cfg.Random, salt); err != nil {
		return nil, fmt.Errorf("draw an order of peers: %w", err)
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	seen := map[string]bool{d.x.cfg.Host.ID(): true}
	var fit []Peer
	for _, p := range list {
		k := d.known[p.ID]
		if !seen[p.ID] && !d.x.bans.has(p.ID) && d.sources[p.ID] == nil && (k == nil || len(k.Dropped) < gonesMax) {
			fit = append(fit, p)
		}
		seen[p.ID] = true
	}
	place := func(p Peer) string { return string(artifact.DigestOf(append(slices.Clone(salt), p.ID...))) }
	slices.SortFunc(fit, func(a, b Peer) int {
		if a.Pledged != b.Pledged {
			if a.Pledged {
				return -1
			}
			return 1
		}
		return strings.Compare(place(a), place(b))
	})
	return fit[:min(len(fit), askedMax)], nil
}

// askAll asks peers, some at once; each that has the blob begins to give at once.
func (d *download) askAll(ctx context.Context, peers []Peer, group *sync.WaitGroup) {
	var round sync.WaitGroup
	turns := make(chan struct{}, askedOnce)
	for _, p := range peers {
		if d.enough() || ctx.Err() != nil {
			break
		}
		turns <- struct{}{}
		round.Go(func() {
			defer func() { <-turns }()
			size, from, err := d.have(ctx, p)
			d.mu.Lock()
			d.asked[p.ID] = true
			d.mu.Unlock()
			switch {
			case errors.Is(err, errProtocol):
				d.accuse(p, err)
			case err != nil:
				d.x.cfg.Logger.Debug("peer does not have the blob", "peer", p.ID, "digest", string(d.req.Digest), "error", err.Error())
			default:
				d.join(ctx, group, p, size, from)
			}
		})
	}
	round.Wait()
}

func (d *download) enough() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return len(d.sources) >= sourcesMax
}

// have asks one peer.
func (d *download) have(ctx context.Context, p Peer) (size, from int64, err error) {
	s, err := d.x.cfg.Host.Open(ctx, p.ID, p.Addrs, Protocol)
	if err != nil {
		return 0, 0, err
	}
	defer context.AfterFunc(ctx, s.Break)()
	defer s.Close() //nolint:errcheck // the answer has come
	return ask(s, d.req.Digest)
}

// hopeless is why the download will not end well: nobody has the blob, all who said so lied, or nothing came for long.
func (d *download) hopeless(listing error) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if len(d.sources) > 0 && d.x.cfg.Now().Sub(d.moved) < patience {
		return nil
	}
	if len(d.known) == 0 {
		if listing != nil {
			return fmt.Errorf("%w that is known: %w", ErrNobody, listing)
		}
		return fmt.Errorf("%w (asked %d)", ErrNobody, len(d.asked))
	}
	banned := true
	for id := range d.known {
		banned = banned && d.x.bans.has(id)
	}
	switch {
	case len(d.sources) == 0 && banned:
		return fmt.Errorf("%w: all %d that said so were dropped", ErrNobody, len(d.known))
	case d.x.cfg.Now().Sub(d.moved) >= patience:
		return fmt.Errorf("%w: %d of %d bytes are here", ErrStuck, d.size-d.front*artifact.ChunkSize, d.size)
	}
	return nil
}
