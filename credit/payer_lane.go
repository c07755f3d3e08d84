package credit

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"slices"

	"cosmossdk.io/math"

	"ayni.example/receipt"
	"ayni.example/x/credit"
)

// PayerLane is a lane held for one job. It is not safe for concurrent use.
type PayerLane struct {
	payer   *Payer
	channel *payerChannel
	lane    *lane
	keys    []receipt.Key
	job     *Terms         // of the job that this handle began or continues
	model   receipt.Digest // that the job's vouchers name; absent in the first format
	adopted bool
	broken  error
	free    bool
}

// Open is what the payee needs to know first; request is the id of the job that follows.
func (l *PayerLane) Open(request string) Open {
	return Open{
		Channel: l.lane.channel, Lane: l.lane.index, Payer: l.payer.cfg.Address, Key: l.payer.key,
		Last: l.lane.voucher, Head: l.lane.tip, Request: request,
	}
}

// Adopt takes the payee's answer to Open: a voucher of ours that we had lost, and the receipts that we lack. It believes
// nothing that is not signed, by ourselves or by the payee, and nothing that does not add up.
func (l *PayerLane) Adopt(ctx context.Context, resumed Resumed) error {
	next := l.lane.clone()
	if resumed.Voucher != nil {
		if err := l.own(*resumed.Voucher); err != nil {
			return err
		}
		if next.newer(*resumed.Voucher) {
			next.voucher = resumed.Voucher
		}
	}
	if len(resumed.Missing) > maxMissing {
		return fmt.Errorf("%w: more than %d missing receipts", ErrReceipt, maxMissing)
	}
	for _, r := range resumed.Missing {
		if err := l.fromPayee(r); err != nil {
			return err
		}
		if err := next.append(r); err != nil {
			return err
		}
	}
	if !resumed.Continued {
		next.job = nil
	}
	if next.job == nil && !next.base.Equal(next.cumulative()) {
		return l.lose(ctx, next, fmt.Sprintf("the receipts add up to %s of %s paid", next.base, next.cumulative()))
	}
	if next.base.GT(next.cumulative()) || next.cumulative().LT(next.claimed) {
		return l.lose(ctx, next, "the payee does not show the vouchers for what it claimed")
	}
	rise := next.cumulative().Sub(l.lane.cumulative())
	if err := l.store(ctx, next, l.salts(resumed.Missing), resumed.Missing...); err != nil {
		return err
	}
	l.channel.mu.Lock()
	defer l.channel.mu.Unlock()
	l.channel.ceiling[l.lane.laneKey] = l.channel.ceiling[l.lane.laneKey].Add(rise)
	l.adopted = true
	return nil
}

// Begin stores the terms that the job is paid under, before the first voucher.
func (l *PayerLane) Begin(ctx context.Context, terms Terms) error {
	if err := terms.check(); err != nil {
		return err
	}
	switch {
	case !l.adopted:
		return fmt.Errorf("%w: adopt what the payee says first", ErrJobOpen)
	case l.lane.job != nil && l.lane.job.request != terms.RequestID:
		return ErrJobOpen
	case l.lane.base.Add(terms.Limit).GT(l.ceiling()):
		return fmt.Errorf("%w: the job may cost %s, which exceeds what was reserved", ErrBudget, terms.Limit)
	case terms.Limit.LT(l.lane.paid()):
		return fmt.Errorf("%w: %s of at most %s", ErrOverpaid, l.lane.paid(), terms.Limit)
	}
	model, err := l.names(terms)
	if err != nil {
		return err
	}
	body, err := json.Marshal(terms)
	if err != nil {
		return err
	}
	next := l.lane.clone()
	next.job = &openJob{request: terms.RequestID, body: body}
	if err := l.store(ctx, next, nil); err != nil {
		return err
	}
	l.job, l.model = &terms, model
	return nil
}

// names is the model that the job's vouchers name. The lane refuses it while money of another model is unclaimed: the payee could
// have that money counted as this model's.
func (l *PayerLane) names(terms Terms) (receipt.Digest, error) {
	l.channel.mu.Lock()
	defer l.channel.mu.Unlock()
	if l.channel.format < credit.VoucherFormat {
		return receipt.Digest{}, nil
	}
	model, err := receipt.ParseDigest(terms.ModelDigest)
	if err != nil {
		return model, fmt.Errorf("%w: model digest: %w", ErrReceipt, err)
	}
	if !l.lane.serves(model, l.channel.seen(l.lane.index)) {
		return model, fmt.Errorf("%w: lane %s, model %s", ErrModel, l.lane.laneKey, model)
	}
	return model, nil
}

// Voucher promises the lane's cumulative amount for the open job, and is on the disk when it returns. seen is what the payer
// has received so far: payment runs ahead of it by at most one slice.
func (l *PayerLane) Voucher(ctx context.Context, cumulative math.Int, seen receipt.Usage) (receipt.Voucher, error) {
	if l.job == nil || l.lane.job == nil {
		return receipt.Voucher{}, ErrNoJob
	}
	worth, err := l.job.Price.Cost(seen)
	if err != nil {
		return receipt.Voucher{}, err
	}
	if cumulative.IsNil() || cumulative.LT(l.lane.cumulative()) {
		return receipt.Voucher{}, fmt.Errorf("%w: the amount falls below %s", ErrStale, l.lane.cumulative())
	}
	paid := cumulative.Sub(l.lane.base)
	if most := math.MinInt(worth.Add(l.job.Slice), l.job.Limit); paid.GT(most) {
		return receipt.Voucher{}, fmt.Errorf("%w: asked to pay %s for %s received, at most %s", ErrBudget, paid, worth, most)
	}
	return l.promise(ctx, cumulative, l.lane.clone())
}

// Complete checks the receipt against the terms, stores it, and returns the final voucher that acknowledges it. Whether the
// digests are those of what was received is for the caller to have checked.
func (l *PayerLane) Complete(ctx context.Context, r receipt.Receipt) (receipt.Voucher, error) {
	if l.job == nil || l.lane.job == nil {
		return receipt.Voucher{}, ErrNoJob
	}
	if err := l.fromPayee(r); err != nil {
		return receipt.Voucher{}, err
	}
	if err := l.job.match(r); err != nil {
		return receipt.Voucher{}, err
	}
	if r.Total.LT(l.lane.paid()) {
		return receipt.Voucher{}, fmt.Errorf("%w: %s of %s", ErrOverpaid, l.lane.paid(), r.Total)
	}
	next := l.lane.clone()
	if err := next.append(r); err != nil {
		return receipt.Voucher{}, err
	}
	next.job = nil
	return l.promise(ctx, next.base, next, r)
}

// Abandon gives the lane up after ErrLaneLost or when the two sides disagree for good; its last voucher still counts.
func (l *PayerLane) Abandon(ctx context.Context, why string) error {
	return l.lose(ctx, l.lane.clone(), why)
}

// Base is the lane's cumulative amount when the open job had cost nothing.
func (l *PayerLane) Base() math.Int { return l.lane.base }

// Paid is what was promised for the open job.
func (l *PayerLane) Paid() math.Int { return l.lane.paid() }

// Prev is the head that the job's receipt must follow.
func (l *PayerLane) Prev() receipt.Digest { return l.lane.tip }

// Release lets the lane go. An open job heals when the lane is next taken.
func (l *PayerLane) Release() {
	if l.free {
		return
	}
	l.free = true
	c := l.channel
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.id == l.lane.channel {
		c.lanes[l.lane.index] = l.lane
	}
	if l.broken != nil && c.id == l.lane.channel {
		c.id = receipt.Digest{} // read it again from the store
	}
	delete(c.ceiling, l.lane.laneKey)
	close(c.released)
	c.released = make(chan struct{})
}

// promise signs the next voucher and stores it with what it acknowledges.
func (l *PayerLane) promise(ctx context.Context, cumulative math.Int, next *lane, receipts ...receipt.Receipt) (receipt.Voucher, error) {
	if next.nonce() >= maxNonce {
		return receipt.Voucher{}, fmt.Errorf("%w: nonces are used up", ErrLaneLost)
	}
	v := receipt.Voucher{
		ChainID: l.payer.cfg.ChainID, Channel: next.channel, Lane: next.index, Nonce: next.nonce() + 1,
		Cumulative: cumulative, Quote: l.job.Quote, Head: next.tip, Model: l.model,
	}
	if err := v.Sign(l.payer.cfg.Session); err != nil {
		return receipt.Voucher{}, err
	}
	next.voucher = &v
	if err := l.store(ctx, next, l.salts(receipts), receipts...); err != nil {
		return receipt.Voucher{}, err
	}
	if next.job == nil {
		l.job = nil
	}
	return v, nil
}

// own checks that a voucher is ours for this lane.
func (l *PayerLane) own(v receipt.Voucher) error {
	if v.ChainID != l.payer.cfg.ChainID || v.Channel != l.lane.channel || v.Lane != l.lane.index || v.Nonce > maxNonce {
		return fmt.Errorf("%w: the payee shows one of another lane", ErrVoucher)
	}
	return v.Verify(l.payer.key[:])
}

// fromPayee checks that a receipt is the payee's, for this payer and lane.
func (l *PayerLane) fromPayee(r receipt.Receipt) error {
	if err := r.Check(); err != nil {
		return err
	}
	switch {
	case !slices.Contains(l.keys, r.Key):
		return fmt.Errorf("%w: signed by a key that is not the payee's on the ledger", ErrReceipt)
	case r.ChainID != l.payer.cfg.ChainID || r.Provider != l.lane.peer || r.Payer != l.payer.cfg.Address || r.PayerKey != l.payer.key:
		return fmt.Errorf("%w: chain or parties differ", ErrReceipt)
	case r.Channel != l.lane.channel || r.Lane != l.lane.index:
		return fmt.Errorf("%w: channel or lane differs", ErrReceipt)
	}
	return nil
}

// salts finds the opening for receipts of the open job.
func (l *PayerLane) salts(receipts []receipt.Receipt) *receipt.Salt {
	if l.lane.job == nil || len(receipts) == 0 {
		return nil
	}
	terms, err := decodeBody[Terms](l.lane.job)
	if err != nil {
		return nil
	}
	return &terms.Salt
}

// ceiling is what the lane may come to promise; nothing beyond what is promised already when the deposit fell short.
func (l *PayerLane) ceiling() math.Int {
	l.channel.mu.Lock()
	defer l.channel.mu.Unlock()
	if l.channel.free().IsNegative() {
		return l.lane.cumulative()
	}
	return l.channel.ceiling[l.lane.laneKey]
}

func (l *PayerLane) lose(ctx context.Context, next *lane, why string) error {
	next.state = laneLost
	if err := l.store(ctx, next, nil); err != nil {
		return err
	}
	l.payer.cfg.Logger.Warn("lane given up", "lane", l.lane.String(), "payee", l.lane.peer, "reason", why)
	return fmt.Errorf("%w: %s: %s", ErrLaneLost, l.lane.laneKey, why)
}

// store writes the lane and the receipts that lead to it in one transaction.
func (l *PayerLane) store(ctx context.Context, next *lane, salt *receipt.Salt, receipts ...receipt.Receipt) error {
	if l.broken != nil {
		return l.broken
	}
	err := l.payer.cfg.Store.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		for i, r := range receipts {
			opening := salt
			if salt != nil && salt.Digest() != r.SaltDigest {
				opening = nil
			}
			if err := saveReceipt(ctx, tx, payerSide, l.lane.receipts+uint64(i), r, opening); err != nil {
				return err
			}
		}
		return saveLane(ctx, tx, next)
	})
	if err != nil {
		l.broken = fmt.Errorf("lane %s: %w", l.lane.laneKey, err)
		return l.broken
	}
	l.channel.mu.Lock()
	defer l.channel.mu.Unlock()
	if l.channel.id == next.channel {
		l.channel.lanes[next.index] = next
	}
	l.lane = next
	return nil
}
