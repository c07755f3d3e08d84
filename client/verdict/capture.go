package verdict

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"ayni.example/receipt"
)

// captureEvery is between looks; a node keeps blocks and states for much longer.
const captureEvery = time.Minute

// Capture gathers the evidence of paid answers while there is any: a node forgets old blocks and old states, and a provider may
// change its price. Neighbours on a lane share a proof, so it is gathered once for many.
type Capture struct {
	notary *Notary
	logger *slog.Logger
	next   map[place]uint64 // first receipt of a lane whose claim was not proved yet
	seen   map[string]bool  // terms that were proved
}

type place struct {
	channel receipt.Digest
	lane    uint32
}

// NewCapture makes the service.
func NewCapture(notary *Notary, logger *slog.Logger) *Capture {
	return &Capture{notary: notary, logger: logger, next: map[place]uint64{}, seen: map[string]bool{}}
}

// Run gathers until ctx ends.
func (c *Capture) Run(ctx context.Context) error {
	ticker := time.NewTicker(captureEvery)
	defer ticker.Stop()
	for {
		if err := c.Round(ctx); err != nil && ctx.Err() == nil {
			c.logger.Warn("evidence not gathered; it is tried again", "error", err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C:
		}
	}
}

// Round looks at each lane once.
func (c *Capture) Round(ctx context.Context) error {
	behind := map[place]uint64{}
	err := c.notary.Store.PaidLanes(ctx, func(channel receipt.Digest, lane uint32, receipts uint64) {
		if at := (place{channel, lane}); c.next[at] < receipts {
			behind[at] = receipts
		}
	})
	if err != nil {
		return fmt.Errorf("list lanes: %w", err)
	}
	for at := range behind {
		if err := c.lane(ctx, at); err != nil {
			return fmt.Errorf("lane %s/%d: %w", at.channel, at.lane, err)
		}
	}
	return nil
}

// lane gathers what the ledger proves of the receipts that were added since, span by span, until the claim ends.
func (c *Capture) lane(ctx context.Context, at place) error {
	newest := []int64{0} // what is not provable yet is not waited for: there is a next round
	for {
		from := c.next[at]
		list, err := c.notary.Store.PaidOn(ctx, at.channel, at.lane, from, int(claimSpan-from%claimSpan))
		if err != nil || len(list) == 0 {
			return err
		}
		for _, r := range list {
			if err := c.terms(ctx, r); err != nil {
				return err
			}
		}
		raw, chain, err := c.notary.settled(ctx, list[0], newest)
		if err != nil || raw == nil {
			return err // not claimed yet
		}
		c.next[at] = from + uint64(min(len(list), len(chain)+1))
	}
}

// terms proves what a receipt was sold on, if that was not proved before.
func (c *Capture) terms(ctx context.Context, r receipt.Receipt) error {
	name := terms(r)
	if c.seen[name] {
		return nil
	}
	keys, err := registeredKeys(r)
	if err != nil {
		return err
	}
	raw, err := c.notary.registered(ctx, r, keys, []int64{0})
	if err != nil {
		return err
	}
	c.seen[name] = raw != nil
	return nil
}
