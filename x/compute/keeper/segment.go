package keeper

import (
	"context"
	"encoding/binary"
	"errors"

	"cosmossdk.io/collections"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"ayni.example/tensor/trace"
	"ayni.example/x/compute"
	"ayni.example/x/credit"
	"ayni.example/x/internal/gas"
	"ayni.example/x/referee"
)

// segmentGas is what a segment pays for beforehand: that it is paid, or that it is dropped with one before it and its claim
// withdrawn. However many end at once, the referee's own work is not held up.
const segmentGas = 100_000

// commit binds a provider to the state after a segment, and has the referee watch over it.
func (d *desk) commit(msg *compute.MsgCommit) error {
	l, err := d.providersLease(msg.Provider, msg.Lease)
	if err != nil {
		return err
	}
	o, err := d.order(d.ctx, l.Order)
	if err != nil {
		return err
	}
	switch {
	case l.Unit != compute.UnitStep || !l.Runs():
		return compute.ErrState.Wrapf("lease %x of unit %s is %s", l.ID, l.Unit, l.State)
	case msg.Segment != l.Next:
		return compute.ErrState.Wrapf("segment %d, lease %x is at %d", msg.Segment, l.ID, l.Next)
	case l.Waiting >= d.params.PendingMax:
		return compute.ErrBound.Wrapf("%d segments wait already, at most %d", l.Waiting, d.params.PendingMax)
	case len(msg.Results) > 0 && msg.Segment+1 != o.Spec.Training.Segments():
		return compute.ErrInvalid.Wrapf("results with segment %d of %d: they come with the last", msg.Segment, o.Spec.Training.Segments())
	}
	d.ctx.GasMeter().ConsumeGas(segmentGas, "end of a segment")
	if err := d.enterClaim(o, &l, msg); err != nil {
		return err
	}
	if err := d.payUses(&o); err != nil {
		return err
	}
	s := compute.Segment{
		Order: o.ID, Index: msg.Segment, Lease: l.Number(), Root: msg.Root, State: msg.State, Height: d.height, Time: d.now, Results: msg.Results,
	}
	if err := d.Segments.Set(d.ctx, collections.Join(o.ID, s.Index), s); err != nil {
		return err
	}
	if err := d.emit(&compute.EventSegment{Lease: l.ID, Index: s.Index, Root: s.Root}); err != nil {
		return err
	}
	l.Next, l.Waiting = l.Next+1, l.Waiting+1
	l.SettledHeight, l.SettledTime = d.height, d.now
	if l.Next == o.Spec.Training.Segments() {
		return d.stop(&o, &l, compute.ReasonDone)
	}
	return d.Leases.Set(d.ctx, l.ID, l)
}

func (d *desk) enterClaim(o compute.Order, l *compute.Lease, msg *compute.MsgCommit) error {
	before, err := d.rootBefore(o, msg.Segment)
	if err != nil {
		return err
	}
	tenant, _, err := d.address("tenant", o.Tenant)
	if err != nil {
		return err
	}
	// The fee goes by the tenant's account, so that what the audit does not need returns to where it came from.
	fee := o.AuditFee(*l)
	if fee.IsPositive() {
		l.Escrow, l.Fees = l.Escrow.Sub(fee), l.Fees.Add(fee)
		if err := d.bank.SendCoinsFromModuleToAccount(d.ctx, compute.ModuleName, tenant, credit.Coins(fee)); err != nil {
			return err
		}
	}
	from, to := o.Spec.Training.Span(msg.Segment)
	_, err = d.referee.EnterClaim(d.ctx, referee.Entry{
		Kind: compute.KindSegment, Name: claimName(l.ID, msg.Segment), Defender: l.Provider, Payer: o.Tenant, Job: o.Job, From: from, To: to,
		Before: before, After: msg.Root, Fee: fee,
	})
	return err
}

// rootBefore is the state that a segment begins with.
func (d *desk) rootBefore(o compute.Order, segment uint64) ([]byte, error) {
	switch segment {
	case 0:
		job, err := trace.DecodeJob(o.Spec.Training.Job)
		return job.Initial[:], err
	case o.Progress.Segments:
		return o.Progress.Root, nil
	}
	s, err := d.Segments.Get(d.ctx, collections.Join(o.ID, segment-1))
	return s.Root, found(err, "segment before, of order", o.ID)
}

// Accepted pays a segment whose audit window has ended, once all before it are paid.
func (k *Keeper) Accepted(ctx context.Context, name []byte) error {
	d, o, l, s, err := k.claimed(ctx, name)
	if err != nil || s == nil {
		return err
	}
	s.Accepted = true
	if err := d.Segments.Set(d.ctx, collections.Join(o.ID, s.Index), *s); err != nil {
		return err
	}
	if err := d.payAccepted(&o, &l); err != nil {
		return err
	}
	if l.Works() {
		if err := d.Leases.Set(d.ctx, l.ID, l); err != nil {
			return err
		}
		err = d.Orders.Set(d.ctx, o.ID, o)
	} else {
		err = d.finishOrWait(&o, &l)
	}
	if err != nil {
		return err
	}
	return d.close()
}

// payAccepted pays the segments that follow on what stands, as far as they are accepted.
func (d *desk) payAccepted(o *compute.Order, l *compute.Lease) error {
	for l.Waiting > 0 { // not pending_max, which may be less than when they were committed
		name := collections.Join(o.ID, o.Progress.Segments)
		s, err := d.Segments.Get(d.ctx, name)
		if errors.Is(err, collections.ErrNotFound) || err == nil && !s.Accepted {
			return nil
		}
		if err != nil {
			return err
		}
		from, to := o.Spec.Training.Span(s.Index)
		amount := l.Earn(to - from)
		if err := d.oweTo(l.Provider, amount); err != nil {
			return err
		}
		o.Progress = compute.Progress{Segments: s.Index + 1, Root: s.Root, State: s.State, Results: s.Results}
		l.Waiting--
		if err := d.Segments.Remove(d.ctx, name); err != nil {
			return err
		}
		if err := d.emit(&compute.EventSettled{Lease: l.ID, Provider: l.Provider, Units: to - from, Amount: amount}); err != nil {
			return err
		}
		if err := d.emit(&compute.EventSegment{Lease: l.ID, Index: s.Index, Root: s.Root, Accepted: true}); err != nil {
			return err
		}
	}
	return nil
}

// Refuted slashes the lease that committed a false segment, drops the segments that stand on it, and has the order go on from the
// last one that stands, with another provider.
func (k *Keeper) Refuted(ctx context.Context, name []byte, winner sdk.AccAddress) error {
	d, o, l, s, err := k.claimed(ctx, name)
	if err != nil || s == nil {
		return err
	}
	for index := s.Index; index < l.Next; index++ {
		at := collections.Join(o.ID, index)
		dropped, err := d.Segments.Get(d.ctx, at)
		if err != nil {
			return err
		}
		if index > s.Index && !dropped.Accepted {
			if err := d.referee.WithdrawClaim(d.ctx, compute.KindSegment, claimName(l.ID, index)); err != nil {
				return err
			}
		}
		if err := d.Segments.Remove(d.ctx, at); err != nil {
			return err
		}
		l.Waiting--
	}
	l.Next = s.Index
	if err := d.slash(&l, s.Index, winner); err != nil {
		return err
	}
	if err := d.stop(&o, &l, compute.ReasonRefuted); err != nil {
		return err
	}
	return d.close()
}

// slash divides the bond of a lease between whoever showed that it was false and the tenant.
func (d *desk) slash(l *compute.Lease, segment uint64, winner sdk.AccAddress) error {
	h, err := d.hostOf(l.Provider)
	if err != nil {
		return err
	}
	part, text := d.params.Reward(l.Bond), ""
	if len(winner) > 0 && !d.bank.BlockedAddr(winner) {
		d.owe(winner, part)
		if text, err = d.addresses.BytesToString(winner); err != nil {
			return err
		}
	} else {
		part = l.Bond.Sub(l.Bond)
	}
	if err := d.oweTo(l.Tenant, l.Bond.Sub(part)); err != nil {
		return err
	}
	h.Slash(l.Bond)
	event := &compute.EventSlashed{Lease: l.ID, Provider: l.Provider, Challenger: text, Segment: segment, Amount: l.Bond}
	l.Bond = part.Sub(part)
	return d.emit(event)
}

// claimed is what a claim is about; no segment where its lease has dropped it.
func (k *Keeper) claimed(ctx context.Context, name []byte) (d *desk, o compute.Order, l compute.Lease, s *compute.Segment, err error) {
	id, index, err := splitClaimName(name)
	if err != nil {
		return nil, o, l, nil, err
	}
	l, err = k.lease(ctx, id)
	if errors.Is(err, compute.ErrNotFound) || err == nil && l.State == compute.LeaseClosed {
		return nil, o, l, nil, nil
	}
	if err != nil {
		return nil, o, l, nil, err
	}
	if o, err = k.order(ctx, l.Order); err != nil {
		return nil, o, l, nil, err
	}
	there, err := k.Segments.Get(ctx, collections.Join(o.ID, index))
	switch {
	case errors.Is(err, collections.ErrNotFound), err == nil && there.Lease != l.Number():
		return nil, o, l, nil, nil
	case err != nil:
		return nil, o, l, nil, err
	}
	d, err = k.desk(gas.Paid(ctx)) // every segment has paid for its end
	return d, o, l, &there, err
}

func claimName(lease []byte, segment uint64) []byte {
	return binary.BigEndian.AppendUint64(append(make([]byte, 0, len(lease)+8), lease...), segment)
}

func splitClaimName(name []byte) (lease []byte, segment uint64, err error) {
	if len(name) != compute.LeaseIDSize+8 {
		return nil, 0, compute.ErrInvalid.Wrapf("claim named %x", name)
	}
	return name[:compute.LeaseIDSize], binary.BigEndian.Uint64(name[compute.LeaseIDSize:]), nil
}
