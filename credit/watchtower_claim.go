package credit

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"

	"ayni.example/receipt"
	"ayni.example/x/credit"
)

// claim submits the vouchers in batches, and writes down what the ledger then says: not what was hoped.
func (w *Watchtower) claim(ctx context.Context, due []*lane) error {
	if len(due) == 0 {
		return nil
	}
	params, err := w.cfg.Ledger.Params(ctx)
	if err != nil {
		return fmt.Errorf("read the ledger's parameters: %w", err)
	}
	size := max(1, min(int(params.VouchersMax), watchBatchMax))
	var failed error
	for batch := range slices.Chunk(due, size) {
		failed = errors.Join(failed, w.submit(ctx, batch))
	}
	return failed
}

// submit claims one batch. A refused batch is claimed channel by channel, so that one bad channel does not hold up the rest.
func (w *Watchtower) submit(ctx context.Context, batch []*lane) error {
	msg := &credit.MsgClaim{Claimer: w.cfg.Payee.cfg.Address}
	for _, l := range batch {
		msg.Vouchers = append(msg.Vouchers, credit.NewVoucher(*l.voucher))
	}
	err := w.cfg.Ledger.Submit(ctx, msg)
	channels := byChannel(batch)
	if err != nil && len(channels) > 1 && ctx.Err() == nil {
		w.cfg.Logger.Warn("claim was refused, claiming channel by channel", "vouchers", len(batch), "error", err)
		err = nil
		for _, lanes := range channels {
			err = errors.Join(err, w.submit(ctx, lanes))
		}
		return err
	}
	// Even after an error the claim may be in a block: an answer can get lost.
	var settled error
	for _, lanes := range channels {
		settled = errors.Join(settled, w.settled(ctx, lanes[0].channel))
	}
	if err != nil {
		return errors.Join(fmt.Errorf("claim %d vouchers: %w", len(batch), err), settled)
	}
	w.cfg.Logger.Info("claimed", "vouchers", len(batch), "channels", len(channels))
	return settled
}

// settled stores what the ledger has seen of a channel's lanes.
func (w *Watchtower) settled(ctx context.Context, channel receipt.Digest) error {
	_, lanes, err := w.cfg.Ledger.Channel(ctx, channel)
	if err != nil {
		return fmt.Errorf("read channel %s: %w", channel, err)
	}
	return w.cfg.Payee.cfg.Store.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		for _, l := range lanes {
			key := laneKey{payeeSide, channel, l.Lane}
			if err := saveClaimed(ctx, tx, key, l.Cumulative, min(l.Nonce, maxNonce)); err != nil {
				return err
			}
		}
		return nil
	})
}

// end closes the lanes of channels that the ledger has closed: no voucher can come any more, so open jobs are settled by what
// was paid for them.
func (w *Watchtower) end(ctx context.Context, lanes []*lane, on map[receipt.Digest]credit.Channel) error {
	var failed error
	for _, l := range lanes {
		if on[l.channel].State != credit.ChannelClosed {
			continue
		}
		failed = errors.Join(failed, w.settled(ctx, l.channel), w.cfg.Payee.endLane(ctx, l.channel, l.index))
	}
	return failed
}

// endLane aborts what is open on a lane whose channel has ended; a lane in use is left for the next look.
func (p *Payee) endLane(ctx context.Context, channel receipt.Digest, index uint32) error {
	c, err := p.channel(ctx, channel)
	if err != nil {
		return err
	}
	c.mu.Lock()
	busy := c.busy[index]
	c.busy[index] = true
	c.mu.Unlock()
	if busy {
		return nil
	}
	defer c.free(index)
	l, err := p.cfg.Store.lane(ctx, laneKey{payeeSide, channel, index})
	if err != nil {
		return err
	}
	held := &PayeeLane{payee: p, channel: c, lane: l}
	if l.state == laneOpen {
		if err := held.abort(ctx); err != nil {
			return err
		}
	}
	if l = held.lane; l.claimed.LT(l.cumulative()) {
		p.cfg.Logger.Error("channel ended before its vouchers were claimed", "lane", l.String(),
			"claimed", l.claimed.String(), "promised", l.cumulative().String())
	}
	next := l.clone()
	next.state = laneClosed
	return held.store(ctx, next)
}

func byChannel(lanes []*lane) [][]*lane {
	var groups [][]*lane
	at := map[receipt.Digest]int{}
	for _, l := range lanes {
		i, ok := at[l.channel]
		if !ok {
			i = len(groups)
			at[l.channel], groups = i, append(groups, nil)
		}
		groups[i] = append(groups[i], l)
	}
	return groups
}
