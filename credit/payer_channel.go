package credit

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"cosmossdk.io/math"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"ayni.example/receipt"
	"ayni.example/x/credit"
)

// fund makes sure that the payee has an open channel whose deposit covers need. One job at a time talks to the ledger.
func (p *Payer) fund(ctx context.Context, c *payerChannel, payee string, need math.Int) error {
	select {
	case <-c.opening:
		defer func() { c.opening <- struct{}{} }()
	case <-ctx.Done():
		return fmt.Errorf("open a channel to %s: %w", payee, ctx.Err())
	}
	if err := p.refresh(ctx, c, payee, payerFresh); err != nil {
		return err
	}
	if c.current().IsZero() {
		if err := p.find(ctx, c, payee); err != nil {
			return err
		}
	}
	if c.current().IsZero() {
		if err := p.open(ctx, c, payee, need); err != nil {
			return fmt.Errorf("open a channel to %s: %w", payee, err)
		}
	}
	c.mu.Lock()
	id, short, deposit := c.id, need.Sub(c.free()), c.deposit
	c.mu.Unlock()
	if !short.IsPositive() {
		return nil
	}
	amount := math.MaxInt(short, p.cfg.Policy.Deposit)
	if room := p.cfg.Policy.DepositMax.Sub(deposit); amount.GT(room) {
		if amount = room; amount.LT(short) {
			return fmt.Errorf("%w: the channel to %s holds %s and may hold %s, the job needs %s more", ErrBudget,
				payee, deposit, p.cfg.Policy.DepositMax, short)
		}
	}
	err := p.cfg.Ledger.Submit(ctx, &credit.MsgTopUp{Payer: p.cfg.Address, Channel: id[:], Amount: amount})
	if refreshed := p.refresh(ctx, c, payee, 0); refreshed != nil {
		return errors.Join(err, refreshed)
	}
	if err != nil {
		return fmt.Errorf("raise the deposit of the channel to %s: %w", payee, err)
	}
	return nil
}

// find looks on the ledger for an open channel of ours: one opened just before a crash is in no store.
func (p *Payer) find(ctx context.Context, c *payerChannel, payee string) error {
	channels, err := p.cfg.Ledger.Channels(ctx, p.cfg.Address, "")
	if err != nil {
		return fmt.Errorf("list the payer's channels: %w", err)
	}
	for _, on := range channels {
		if on.Payee != payee || !p.usableChannel(on) {
			continue
		}
		known, err := p.cfg.Store.lanes(ctx, payerSide, receipt.Digest(on.Id))
		if err != nil {
			return err
		}
		if exhausted(known) {
			continue
		}
		return p.use(ctx, c, on, known)
	}
	return nil
}

// exhausted tells whether a channel's lanes were given up so often that another channel is the better way.
func exhausted(lanes []*lane) bool {
	lost := 0
	for _, l := range lanes {
		if l.state != laneOpen {
			lost++
		}
	}
	return lost > 0 && lost == len(lanes) && lost >= 8
}

// use takes up a channel and its lanes from the store.
func (p *Payer) use(ctx context.Context, c *payerChannel, on credit.Channel, known []*lane) error {
	params, err := p.cfg.Ledger.Params(ctx)
	if err != nil {
		return fmt.Errorf("read the ledger's parameters: %w", err)
	}
	format, err := p.cfg.Ledger.VoucherFormat(ctx)
	if err != nil {
		return fmt.Errorf("read the ledger's format of vouchers: %w", err)
	}
	_, claimed, err := p.cfg.Ledger.Channel(ctx, receipt.Digest(on.Id))
	if err != nil {
		return fmt.Errorf("read channel %x: %w", on.Id, err)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.id, c.deposit, c.lanemax, c.read = receipt.Digest(on.Id), on.Deposit, params.LanesMax, p.cfg.Clock()
	c.format = format
	clear(c.lanes)
	clear(c.claimed)
	c.note(claimed)
	for _, l := range known {
		c.lanes[l.index] = l
	}
	for _, seen := range claimed {
		l := c.lanes[seen.Lane]
		if l == nil {
			l = newLane(laneKey{payerSide, c.id, seen.Lane}, on.Payee, p.key)
			c.lanes[seen.Lane] = l
		}
		// Claimed beyond what the store knows: it was lost or restored. The payee will hand back the voucher, or the lane
		// is lost; until then its money must not be promised again.
		l.claimed = seen.Cumulative
	}
	return nil
}

// open opens a channel and finds it again by asking the ledger, as after a crash.
func (p *Payer) open(ctx context.Context, c *payerChannel, payee string, need math.Int) error {
	deposit := math.MaxInt(p.cfg.Policy.Deposit, need)
	if deposit.GT(p.cfg.Policy.DepositMax) {
		return fmt.Errorf("%w: the job needs %s, a channel may hold %s", ErrBudget, need, p.cfg.Policy.DepositMax)
	}
	params, err := p.cfg.Ledger.Params(ctx)
	if err != nil {
		return fmt.Errorf("read the ledger's parameters: %w", err)
	}
	err = p.cfg.Ledger.Submit(ctx, &credit.MsgOpenChannel{
		Payer: p.cfg.Address, Payee: payee, Signer: p.key[:], Deposit: deposit,
		ChallengeBlocks:  max(p.cfg.Policy.ChallengeBlocks, params.ChallengeBlocksMin),
		ChallengeSeconds: max(p.cfg.Policy.ChallengeSeconds, params.ChallengeSecondsMin),
	})
	if err != nil {
		return err
	}
	if err := p.find(ctx, c, payee); err != nil {
		return err
	}
	if c.current().IsZero() {
		return fmt.Errorf("%w: it was opened, but the ledger does not show it", ErrChannel)
	}
	return nil
}

// refresh asks the ledger again when its word is older than fresh, and drops a channel that takes no more vouchers.
func (p *Payer) refresh(ctx context.Context, c *payerChannel, payee string, fresh time.Duration) error {
	now := p.cfg.Clock()
	c.mu.Lock()
	id, age := c.id, now.Sub(c.read)
	c.mu.Unlock()
	if id.IsZero() || (age >= 0 && age < fresh) {
		return nil
	}
	on, claimed, err := p.cfg.Ledger.Channel(ctx, id)
	if err != nil {
		return fmt.Errorf("read the channel to %s: %w", payee, err)
	}
	format, err := p.cfg.Ledger.VoucherFormat(ctx)
	if err != nil {
		return fmt.Errorf("read the ledger's format of vouchers: %w", err)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if !p.usableChannel(on) {
		p.cfg.Logger.Info("channel ended", "channel", id.String(), "payee", payee, "state", on.State.String())
		c.id = receipt.Digest{}
		return nil
	}
	c.deposit, c.read, c.format = on.Deposit, now, format
	c.note(claimed)
	return nil
}

// note keeps what the ledger says of the lanes. c.mu is held.
func (c *payerChannel) note(claimed []credit.Lane) {
	for _, l := range claimed {
		c.claimed[l.Lane] = l.Cumulative
	}
}

// settle makes idle lanes free for another model: the ledger is asked what the payee has claimed by now, and when that is not
// enough the payer shows its own vouchers, as anybody may.
func (p *Payer) settle(ctx context.Context, c *payerChannel, want Want) error {
	select {
	case <-c.opening:
		defer func() { c.opening <- struct{}{} }()
	case <-ctx.Done():
		return fmt.Errorf("free a lane to %s: %w", want.Payee, ctx.Err())
	}
	if err := p.refresh(ctx, c, want.Payee, 0); err != nil {
		return err
	}
	msg := &credit.MsgClaim{Claimer: p.cfg.Address, Vouchers: c.idle(want.Model)}
	if len(msg.Vouchers) == 0 {
		return nil
	}
	err := p.cfg.Ledger.Submit(ctx, msg)
	if refreshed := p.refresh(ctx, c, want.Payee, 0); refreshed != nil {
		return errors.Join(err, refreshed)
	}
	if len(c.idle(want.Model)) > 0 { // the claim had no effect: not to be paid for again and again
		return fmt.Errorf("claim the vouchers of lanes to %s: %w", want.Payee, errors.Join(ErrModel, err))
	}
	return nil
}

// idle lists the last vouchers of lanes that nobody uses, unless one of them serves the model as it is.
func (c *payerChannel) idle(model receipt.Digest) []credit.Voucher {
	c.mu.Lock()
	defer c.mu.Unlock()
	var vouchers []credit.Voucher
	for _, index := range slices.Sorted(maps.Keys(c.lanes)) {
		l := c.lanes[index]
		if _, busy := c.ceiling[l.laneKey]; busy || l.state != laneOpen {
			continue
		}
		if l.serves(c.names(model), c.seen(index)) {
			return nil
		}
		vouchers = append(vouchers, credit.NewVoucher(*l.voucher))
	}
	return vouchers
}

func (c *payerChannel) current() receipt.Digest {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.id
}

// Recheck makes the next Lane ask the ledger, after the payee refused the channel.
func (p *Payer) Recheck(payee string) {
	c := p.payee(payee)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.read = time.Time{}
}

// Close begins the challenge period of all open channels of this payer; Finalise ends them once it is over.
func (p *Payer) Close(ctx context.Context) (closing int, err error) {
	return p.each(ctx, func(on credit.Channel) sdk.Msg {
		if on.State != credit.ChannelOpen {
			return nil
		}
		return &credit.MsgCloseChannel{Sender: p.cfg.Address, Channel: on.Id}
	})
}

// Finalise takes back what is left in channels whose challenge period is over at this height and time.
func (p *Payer) Finalise(ctx context.Context, height int64) (finalised int, err error) {
	now := p.cfg.Clock()
	return p.each(ctx, func(on credit.Channel) sdk.Msg {
		if on.State != credit.ChannelClosing || height < on.ClosesHeight || now.Unix() < on.ClosesTime {
			return nil
		}
		return &credit.MsgFinaliseChannel{Sender: p.cfg.Address, Channel: on.Id}
	})
}

// each submits one message for each of the payer's channels for which there is one.
func (p *Payer) each(ctx context.Context, message func(credit.Channel) sdk.Msg) (done int, err error) {
	channels, err := p.cfg.Ledger.Channels(ctx, p.cfg.Address, "")
	if err != nil {
		return 0, fmt.Errorf("list the payer's channels: %w", err)
	}
	for _, on := range channels {
		msg := message(on)
		if msg == nil {
			continue
		}
		if submitted := p.cfg.Ledger.Submit(ctx, msg); submitted != nil {
			err = errors.Join(err, fmt.Errorf("channel %x: %w", on.Id, submitted))
			continue
		}
		done++
		if on.State == credit.ChannelOpen {
			p.drop(on)
		}
	}
	return done, err
}

// drop forgets a channel that no longer takes vouchers.
func (p *Payer) drop(on credit.Channel) {
	c := p.payee(on.Payee)
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.id == receipt.Digest(on.Id) {
		c.id = receipt.Digest{}
	}
}
