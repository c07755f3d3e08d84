package credit

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"cosmossdk.io/math"

	"ayni.example/internal/clock"
	"ayni.example/receipt"
	"ayni.example/x/credit"
)

// Bounds of the watchtower's waits.
const (
	watchBackoffMin  = time.Second
	watchBackoffMax  = time.Minute
	watchBatchMax    = 256 // vouchers in a claim, where the ledger allows more
	defaultShutdown  = 10 * time.Second
	defaultInterval  = 10 * time.Minute
	defaultLook      = 5 * time.Second
	claimAttemptTime = 30 * time.Second
)

// WatchtowerConfig is what a Watchtower needs.
type WatchtowerConfig struct {
	Payee  *Payee
	Ledger Ledger
	Clock  clock.Clock
	Logger *slog.Logger

	Threshold math.Int      // claim as soon as so much is unclaimed; nil or zero: only by Interval
	Interval  time.Duration // claim whatever is unclaimed this often; default 10 min
	Look      time.Duration // least time between two looks at the channels; default 5 s
	Shutdown  time.Duration // how long the last claim may take; default 10 s
}

// Watchtower claims vouchers while they still count: in a channel that closes at once, else by amount and time.
type Watchtower struct {
	cfg    WatchtowerConfig
	nudged chan struct{}
}

// NewWatchtower returns a Watchtower.
func NewWatchtower(cfg WatchtowerConfig) (*Watchtower, error) {
	if cfg.Payee == nil || cfg.Ledger == nil || cfg.Clock == nil || cfg.Logger == nil {
		return nil, errors.New("watchtower: payee, ledger, clock and logger are required")
	}
	cfg.Clock = clock.Wall(cfg.Clock)
	if cfg.Threshold.IsNil() {
		cfg.Threshold = math.ZeroInt()
	}
	for _, d := range []struct {
		value *time.Duration
		usual time.Duration
	}{{&cfg.Interval, defaultInterval}, {&cfg.Look, defaultLook}, {&cfg.Shutdown, defaultShutdown}} {
		if *d.value <= 0 {
			*d.value = d.usual
		}
	}
	return &Watchtower{cfg: cfg, nudged: make(chan struct{}, 1)}, nil
}

// Nudge asks for a look soon; it never blocks.
func (w *Watchtower) Nudge() {
	select {
	case w.nudged <- struct{}{}:
	default:
	}
}

// Run looks after the channels until ctx ends, and then claims once more. An unreachable ledger only delays it.
func (w *Watchtower) Run(ctx context.Context) error {
	blocks := w.cfg.Ledger.Blocks(ctx)
	wait, backoff := w.cfg.Look, watchBackoffMin
	claimed := w.cfg.Clock()
	for {
		timer := time.NewTimer(wait)
		select {
		case <-ctx.Done():
			timer.Stop()
			return w.last(ctx)
		case <-timer.C:
		}
		now := w.cfg.Clock()
		all := now.Sub(claimed) >= w.cfg.Interval || now.Before(claimed)
		switch err := w.attempt(ctx, all); {
		case err == nil:
			backoff = watchBackoffMin
			if all {
				claimed = now
			}
			blocks = w.rest(ctx, blocks, claimed.Add(w.cfg.Interval).Sub(now))
			wait = w.cfg.Look
		case ctx.Err() == nil:
			w.cfg.Logger.Warn("could not claim, will try again", "error", err, "wait", backoff)
			wait = backoff
			backoff = min(2*backoff, watchBackoffMax)
		}
	}
}

// rest waits for a reason to look: a block, a voucher, or the interval.
func (w *Watchtower) rest(ctx context.Context, blocks <-chan int64, interval time.Duration) <-chan int64 {
	timer := time.NewTimer(max(interval, 0))
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	case <-w.nudged:
	case _, ok := <-blocks:
		if !ok {
			return nil // the subscription ended; the interval and nudges remain
		}
	}
	return blocks
}

// last claims everything once more while the process ends.
func (w *Watchtower) last(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), w.cfg.Shutdown)
	defer cancel()
	if err := w.Claim(ctx, true); err != nil {
		// The vouchers stay in the store, and the next start claims them.
		w.cfg.Logger.Warn("could not claim before shutting down", "error", err)
	}
	return nil
}

func (w *Watchtower) attempt(ctx context.Context, all bool) error {
	ctx, cancel := context.WithTimeout(ctx, claimAttemptTime)
	defer cancel()
	return w.Claim(ctx, all)
}

// Claim looks at all channels once. It claims what a closing channel owes, what exceeds the threshold, and with all whatever
// the ledger has not seen; it ends the lanes of closed channels.
func (w *Watchtower) Claim(ctx context.Context, all bool) error {
	store, address := w.cfg.Payee.cfg.Store, w.cfg.Payee.cfg.Address
	lanes, err := store.lanes(ctx, payeeSide, receipt.Digest{})
	if err != nil {
		return err
	}
	lanes = slices.DeleteFunc(lanes, func(l *lane) bool { return l.state == laneClosed })
	if len(lanes) == 0 {
		return nil
	}
	channels, err := w.cfg.Ledger.Channels(ctx, "", address)
	if err != nil {
		return fmt.Errorf("list the payee's channels: %w", err)
	}
	on := map[receipt.Digest]credit.Channel{}
	for _, c := range channels {
		on[receipt.Digest(c.Id)] = c
	}
	due := w.due(lanes, on, all)
	if err := w.claim(ctx, due); err != nil {
		return err
	}
	return w.end(ctx, lanes, on)
}

// due picks the lanes to claim, those of closing channels first. A claim takes a channel's lanes together.
func (w *Watchtower) due(lanes []*lane, on map[receipt.Digest]credit.Channel, all bool) []*lane {
	unclaimed := map[receipt.Digest]math.Int{}
	total := math.ZeroInt()
	for _, l := range lanes {
		if l.unclaimed() {
			owed := l.cumulative().Sub(l.claimed)
			total = total.Add(owed)
			if sum, ok := unclaimed[l.channel]; ok {
				owed = owed.Add(sum)
			}
			unclaimed[l.channel] = owed
		}
	}
	much := w.cfg.Threshold.IsPositive() && total.GTE(w.cfg.Threshold)
	var due []*lane
	for _, l := range lanes {
		state := on[l.channel].State
		if state == credit.ChannelClosing {
			w.cfg.Payee.Forget(l.channel)
		}
		owes, ok := unclaimed[l.channel]
		if !ok || !l.unclaimed() || (state != credit.ChannelOpen && state != credit.ChannelClosing) {
			continue
		}
		// A head alone is anchored only when everything is: it is not worth a fee of its own.
		if state == credit.ChannelClosing || all || (much && owes.IsPositive()) {
			due = append(due, l)
		}
	}
	slices.SortStableFunc(due, func(a, b *lane) int {
		return int(on[b.channel].State) - int(on[a.channel].State)
	})
	return due
}
