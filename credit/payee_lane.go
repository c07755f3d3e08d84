package credit

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"

	"cosmossdk.io/math"

	"ayni.example/receipt"
	"ayni.example/x/credit"
)

// maxNonce keeps nonces within SQLite's integers; who jumps further only ends their own lane.
const maxNonce = 1<<63 - 1

// PayeeLane is a lane held for one job. It is not safe for concurrent use.
type PayeeLane struct {
	payee   *Payee
	channel *payeeChannel
	lane    *lane
	broken  error // a write failed: what is on the disk is not known
	free    bool
}

// Prev is the head that the job's receipt and its vouchers follow.
func (l *PayeeLane) Prev() receipt.Digest { return l.lane.tip }

// Base is the lane's cumulative amount when the open job had cost nothing: add what is due to it.
func (l *PayeeLane) Base() math.Int { return l.lane.base }

// Paid is what was paid for the open job.
func (l *PayeeLane) Paid() math.Int { return l.lane.paid() }

// Pending is the finished receipt that waits for its final voucher, or nil.
func (l *PayeeLane) Pending() *receipt.Receipt {
	if l.lane.job == nil {
		return nil
	}
	return l.lane.job.pending
}

// Begin stores the job before it is quoted. A continued job gets its new terms; what was paid for it stays.
func (l *PayeeLane) Begin(ctx context.Context, job Job) error {
	if l.lane.job != nil && l.lane.job.request != job.Draft.RequestID {
		return ErrJobOpen
	}
	if job.Limit.IsNil() || job.Limit.IsNegative() || job.Limit.LT(l.lane.paid()) {
		return fmt.Errorf("%w: limit is absent or below the %s already paid", ErrOverpaid, l.lane.paid())
	}
	draft := &job.Draft
	draft.Version, draft.ChainID, draft.Provider = receipt.Version, l.payee.cfg.ChainID, l.payee.cfg.Address
	draft.Payer, draft.PayerKey = l.lane.peer, l.lane.signer
	draft.Channel, draft.Lane, draft.Prev = l.lane.channel, l.lane.index, l.lane.tip
	// An aborted receipt must be possible at any later moment, so its fields are tried out now.
	trial := *draft
	trial.Status, trial.Metered, trial.Total, trial.FinishedMS = receipt.Aborted, receipt.MeteredPaid, math.ZeroInt(), trial.StartedMS
	if err := trial.Sign(l.payee.cfg.Receipt); err != nil {
		return fmt.Errorf("job %s: %w", draft.RequestID, err)
	}
	if _, err := draft.Price.Covered(job.Limit, job.Prompt); err != nil {
		return fmt.Errorf("job %s: %w", draft.RequestID, err)
	}
	draft.Total = math.ZeroInt()
	var err error
	if job.Model, err = l.names(ctx, draft.ModelDigest); err != nil {
		return fmt.Errorf("job %s: %w", draft.RequestID, err)
	}
	body, err := json.Marshal(job)
	if err != nil {
		return err
	}
	next := l.lane.clone()
	next.job = &openJob{request: draft.RequestID, body: body}
	return l.store(ctx, next)
}

// names is the model that the job's vouchers must name. While money of another model is unclaimed on the lane it is refused:
// the ledger would count it as this model's, whose owners may have a greater share.
func (l *PayeeLane) names(ctx context.Context, digest string) (receipt.Digest, error) {
	c := l.channel
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.format < credit.VoucherFormat {
		return receipt.Digest{}, nil
	}
	model, err := receipt.ParseDigest(digest)
	if err != nil {
		return model, err
	}
	for _, again := range []bool{true, false} {
		claimed, ok := c.claimed[l.lane.index]
		if !ok {
			claimed = math.ZeroInt()
		}
		if l.lane.serves(model, claimed) {
			return model, nil
		}
		if !again {
			break
		}
		if err := l.payee.refresh(ctx, c, l.payee.cfg.Clock()); err != nil {
			return model, err
		}
	}
	return model, fmt.Errorf("%w: lane %s, model %s", ErrModel, l.lane.laneKey, model)
}

// Accept takes a voucher for the open job and returns what is now paid for it. The voucher is on the disk when Accept
// returns. The same voucher again is no error.
func (l *PayeeLane) Accept(ctx context.Context, v receipt.Voucher) (math.Int, error) {
	job, err := l.job()
	if err != nil {
		return math.Int{}, err
	}
	if err := l.verify(v); err != nil {
		return math.Int{}, err
	}
	if l.repeated(v) {
		return l.lane.paid(), nil
	}
	switch paid := v.Cumulative.Sub(l.lane.base); {
	case v.Quote != job.Draft.Quote || v.Head != l.lane.tip:
		return math.Int{}, fmt.Errorf("%w: quote or head differs", ErrVoucher)
	case v.Model != job.Model:
		return math.Int{}, wrongModel(v, job)
	case v.Nonce <= l.lane.nonce() || !l.lane.newer(v):
		return math.Int{}, fmt.Errorf("%w: nonce %d after %d, %s after %s", ErrStale, v.Nonce, l.lane.nonce(),
			v.Cumulative, l.lane.cumulative())
	case paid.GT(job.Limit):
		return math.Int{}, fmt.Errorf("%w: %s, the job costs at most %s", ErrOverpaid, paid, job.Limit)
	}
	if err := l.usable(ctx); err != nil {
		return math.Int{}, err
	}
	if err := l.reserve(ctx, v); err != nil {
		return math.Int{}, err
	}
	next := l.lane.clone()
	next.voucher = &v
	if err := l.store(ctx, next); err != nil {
		return math.Int{}, err
	}
	return l.lane.paid(), nil
}

// Complete signs the receipt of the finished answer and stores it; it counts once Settle has its final voucher.
func (l *PayeeLane) Complete(ctx context.Context, done Done) (receipt.Receipt, error) {
	job, err := l.job()
	if err != nil {
		return receipt.Receipt{}, err
	}
	r := job.Draft
	r.Prev, r.Answer, r.Tokens, r.Usage, r.Metered = l.lane.tip, done.Answer, done.Tokens, done.Usage, done.Metered
	r.Finish, r.Seed, r.Status = done.Finish, done.Seed, receipt.Complete
	r.FinishedMS = max(l.payee.cfg.Clock().UnixMilli(), r.StartedMS)
	if r.Total, err = r.Price.Cost(r.Usage); err != nil {
		return receipt.Receipt{}, err
	}
	switch {
	case r.Total.LT(l.lane.paid()):
		return receipt.Receipt{}, fmt.Errorf("%w: %s of %s", ErrOverpaid, l.lane.paid(), r.Total)
	case r.Total.GT(job.Limit):
		return receipt.Receipt{}, fmt.Errorf("%w: the answer costs %s, the job at most %s", ErrReceipt, r.Total, job.Limit)
	}
	if err := r.Sign(l.payee.cfg.Receipt); err != nil {
		return receipt.Receipt{}, err
	}
	next := l.lane.clone()
	next.job = &openJob{request: l.lane.job.request, body: l.lane.job.body, pending: &r}
	if err := l.store(ctx, next); err != nil {
		return receipt.Receipt{}, err
	}
	return r, nil
}

// Settle takes the final voucher: it pays the pending receipt exactly and its head includes it.
func (l *PayeeLane) Settle(ctx context.Context, v receipt.Voucher) error {
	if l.lane.job == nil || l.lane.job.pending == nil {
		if l.repeated(v) {
			return nil
		}
		return ErrNoJob
	}
	if err := l.verify(v); err != nil {
		return err
	}
	job, err := l.job()
	if err != nil {
		return err
	}
	pending := l.lane.job.pending
	switch {
	case v.Model != job.Model:
		return wrongModel(v, job)
	case v.Quote != pending.Quote || !leadsTo(*pending, v.Head):
		return fmt.Errorf("%w: quote or head differs", ErrVoucher)
	case v.Nonce <= l.lane.nonce():
		return fmt.Errorf("%w: nonce %d after %d", ErrStale, v.Nonce, l.lane.nonce())
	case !v.Cumulative.Equal(l.lane.base.Add(pending.Total)):
		return fmt.Errorf("%w: pays %s, the receipt says %s", ErrVoucher, v.Cumulative.Sub(l.lane.base), pending.Total)
	}
	if err := l.reserve(ctx, v); err != nil {
		return err
	}
	next := l.lane.clone()
	next.voucher = &v
	return l.settle(ctx, next)
}

// Release lets the lane go. An open job stays open until the payer comes back.
func (l *PayeeLane) Release() {
	if !l.free {
		l.free = true
		l.channel.free(l.lane.index)
	}
}

// settle makes the pending receipt count; next holds the voucher that paid it.
func (l *PayeeLane) settle(ctx context.Context, next *lane) error {
	pending := *next.job.pending
	if err := next.append(pending); err != nil {
		return err
	}
	next.job = nil
	return l.store(ctx, next, pending)
}

// verify checks form, lane and signature.
func (l *PayeeLane) verify(v receipt.Voucher) error {
	switch {
	case v.ChainID != l.payee.cfg.ChainID:
		return fmt.Errorf("%w: %w: %q", ErrVoucher, receipt.ErrNetwork, v.ChainID)
	case v.Channel != l.lane.channel || v.Lane != l.lane.index:
		return fmt.Errorf("%w: channel or lane differs", ErrVoucher)
	case v.Nonce == 0 || v.Nonce > maxNonce:
		return fmt.Errorf("%w: nonce %d", ErrVoucher, v.Nonce)
	}
	return v.Verify(l.lane.signer[:])
}

func (l *PayeeLane) repeated(v receipt.Voucher) bool {
	last := l.lane.voucher
	return last != nil && last.Nonce == v.Nonce && last.Cumulative.Equal(v.Cumulative) && last.Head == v.Head && last.Quote == v.Quote &&
		last.Model == v.Model
}

// wrongModel refuses a voucher that pays the ancestors of another model, or nobody's.
func wrongModel(v receipt.Voucher, job Job) error {
	switch {
	case job.Model.IsZero():
		return fmt.Errorf("%w: it names a model; this ledger takes format 1 alone", ErrVoucher)
	case v.Model.IsZero():
		return fmt.Errorf("%w: it names no model; this ledger wants format %d, of model %s", ErrVoucher, credit.VoucherFormat, job.Model)
	default:
		return fmt.Errorf("%w: it pays for model %s, the job is model %s", ErrVoucher, v.Model, job.Model)
	}
}

func (l *PayeeLane) job() (Job, error) {
	if l.lane.job == nil {
		return Job{}, ErrNoJob
	}
	return decodeBody[Job](l.lane.job)
}

func (l *PayeeLane) usable(ctx context.Context) error {
	l.channel.mu.Lock()
	defer l.channel.mu.Unlock()
	return l.payee.usable(ctx, l.channel)
}

// reserve counts a voucher against the deposit, and asks the ledger whether it was raised before saying no. The voucher stays
// counted if the write fails: too careful is safe.
func (l *PayeeLane) reserve(ctx context.Context, v receipt.Voucher) error {
	c := l.channel
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.covers(v.Lane, v.Cumulative) != nil {
		if err := l.payee.refresh(ctx, c, l.payee.cfg.Clock()); err != nil {
			return err
		}
	}
	if err := c.covers(v.Lane, v.Cumulative); err != nil {
		return err
	}
	if known, ok := c.lanes[v.Lane]; !ok || v.Cumulative.GT(known) {
		c.lanes[v.Lane] = v.Cumulative
	}
	return nil
}

// store writes the lane, and the receipts that lead to it, in one transaction. After a failed write only the disk knows where
// the lane stands, so the handle is given up.
func (l *PayeeLane) store(ctx context.Context, next *lane, receipts ...receipt.Receipt) error {
	if l.broken != nil {
		return l.broken
	}
	err := l.payee.cfg.Store.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		for i, r := range receipts {
			if err := saveReceipt(ctx, tx, payeeSide, l.lane.receipts+uint64(i), r, nil); err != nil {
				return err
			}
		}
		return saveLane(ctx, tx, next)
	})
	if err != nil {
		l.broken = fmt.Errorf("lane %s: %w", l.lane.laneKey, err)
		return l.broken
	}
	fresh := next.voucher != l.lane.voucher
	l.lane = next
	if fresh && l.payee.cfg.Nudge != nil {
		l.payee.cfg.Nudge()
	}
	return nil
}
