package credit

import (
	"context"
	"errors"
	"fmt"

	"ayni.example/receipt"
)

// Resume takes a lane for one job and brings both sides to the same place: a voucher that the payer had stored but that did
// not arrive is taken, a job that one side left is settled as finished or as aborted, and the payer gets the receipts it
// lacks. The caller releases the lane.
func (p *Payee) Resume(ctx context.Context, open Open) (*PayeeLane, Resumed, error) {
	c, err := p.channel(ctx, open.Channel)
	if err != nil {
		return nil, Resumed{}, err
	}
	if err := p.take(ctx, c, open); err != nil {
		return nil, Resumed{}, err
	}
	held := &PayeeLane{payee: p, channel: c}
	if err := held.load(ctx, open); err != nil {
		c.free(open.Lane)
		return nil, Resumed{}, err
	}
	resumed, err := held.resume(ctx, open)
	if err != nil {
		held.Release()
		return nil, Resumed{}, err
	}
	return held, resumed, nil
}

// take checks who asks, and marks the lane busy.
func (p *Payee) take(ctx context.Context, c *payeeChannel, open Open) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := p.usable(ctx, c); err != nil {
		return err
	}
	switch {
	case c.state.Payer != open.Payer || receipt.Key(c.state.Signer) != open.Key:
		return fmt.Errorf("%w: it belongs to another payer or session key", ErrChannel)
	case open.Lane >= c.lanemax:
		return fmt.Errorf("%w: lane %d, the ledger allows %d", ErrChannel, open.Lane, c.lanemax)
	case c.busy[open.Lane]:
		return fmt.Errorf("%w: %d", ErrLaneBusy, open.Lane)
	}
	c.busy[open.Lane] = true
	return nil
}

func (c *payeeChannel) free(lane uint32) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.busy, lane)
}

func (l *PayeeLane) load(ctx context.Context, open Open) error {
	key := laneKey{payeeSide, open.Channel, open.Lane}
	known, err := l.payee.cfg.Store.lane(ctx, key)
	if errors.Is(err, ErrNotFound) {
		known, err = newLane(key, open.Payer, open.Key), nil
	}
	l.lane = known
	return err
}

func (l *PayeeLane) resume(ctx context.Context, open Open) (Resumed, error) {
	if err := l.catchUp(ctx, open); err != nil {
		return Resumed{}, err
	}
	continued := l.lane.job != nil && l.lane.job.request == open.Request
	if !continued {
		if err := l.abort(ctx); err != nil {
			return Resumed{}, err
		}
	}
	from, err := l.payee.cfg.Store.after(ctx, l.lane.laneKey, open.Head)
	if errors.Is(err, ErrNotFound) {
		return Resumed{}, l.lose(ctx, "the payer's head is unknown")
	}
	if err != nil {
		return Resumed{}, err
	}
	if l.lane.receipts > from+maxMissing {
		return Resumed{}, l.lose(ctx, "the payer lacks too many receipts")
	}
	stored, err := following(ctx, l.payee.cfg.Store.reader, l.lane.laneKey, from, maxMissing)
	if err != nil {
		return Resumed{}, err
	}
	resumed := Resumed{Voucher: l.lane.voucher, Continued: continued}
	for _, s := range stored {
		resumed.Missing = append(resumed.Missing, s.Receipt)
	}
	return resumed, nil
}

// catchUp takes the payer's last voucher where it is newer than ours: it was stored there, and never arrived.
func (l *PayeeLane) catchUp(ctx context.Context, open Open) error {
	last := open.Last
	if last == nil {
		return l.refuseLost()
	}
	if err := l.verify(*last); err != nil {
		return err
	}
	if !l.lane.newer(*last) {
		return l.refuseLost()
	}
	if err := l.reserve(ctx, *last); err != nil {
		return err
	}
	next := l.lane.clone()
	next.voucher = last
	if next.job != nil && next.state == laneOpen {
		job, err := decodeBody[Job](next.job)
		if err != nil {
			return err
		}
		pending := next.job.pending
		switch {
		case last.Model != job.Model: // its money is not this job's
		case last.Head == next.tip && next.paid().LTE(job.Limit):
			return l.store(ctx, next)
		case pending != nil && next.paid().Equal(pending.Total) && leadsTo(*pending, last.Head):
			return l.settle(ctx, next)
		}
	}
	// Its money counts, but what it was paid for is not known here any more.
	next.state = laneLost
	if err := l.store(ctx, next); err != nil {
		return err
	}
	return l.refuseLost()
}

// refuseLost says that the lane was given up, if it was.
func (l *PayeeLane) refuseLost() error {
	if l.lane.state == laneOpen {
		return nil
	}
	return fmt.Errorf("%w: %s", ErrLaneLost, l.lane.laneKey)
}

// lose gives the lane up for good; its last voucher still counts.
func (l *PayeeLane) lose(ctx context.Context, why string) error {
	next := l.lane.clone()
	next.state = laneLost
	if err := l.store(ctx, next); err != nil {
		return err
	}
	return fmt.Errorf("%w: %s: %s", ErrLaneLost, l.lane.laneKey, why)
}

// abort ends the open job, if any: what was paid for it becomes an aborted receipt, and without payment nothing remains.
func (l *PayeeLane) abort(ctx context.Context) error {
	if l.lane.job == nil {
		return nil
	}
	next := l.lane.clone()
	next.job = nil
	if next.paid().IsZero() {
		return l.store(ctx, next)
	}
	aborted, err := l.payee.aborted(l.lane)
	if err != nil {
		return err
	}
	if err := next.append(aborted); err != nil {
		return err
	}
	return l.store(ctx, next, aborted)
}

// aborted signs the receipt of a job that ended early: total is what was paid, usage what that covers, prompt first.
func (p *Payee) aborted(l *lane) (receipt.Receipt, error) {
	job, err := decodeBody[Job](l.job)
	if err != nil {
		return receipt.Receipt{}, err
	}
	r := job.Draft
	r.Prev, r.Total = l.tip, l.paid()
	r.Status, r.Metered, r.Finish = receipt.Aborted, receipt.MeteredPaid, "cancelled"
	r.FinishedMS = max(p.cfg.Clock().UnixMilli(), r.StartedMS)
	if r.Usage, err = r.Price.Covered(r.Total, job.Prompt); err != nil {
		return receipt.Receipt{}, err
	}
	if err := r.Sign(p.cfg.Receipt); err != nil {
		return receipt.Receipt{}, fmt.Errorf("sign the aborted receipt %s: %w", r.ID, err)
	}
	return r, nil
}

func leadsTo(r receipt.Receipt, head receipt.Digest) bool {
	at, err := r.Head()
	return err == nil && at == head
}
