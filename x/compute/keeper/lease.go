package keeper

import (
	"errors"

	"cosmossdk.io/collections"
	"cosmossdk.io/math"

	"ayni.example/x/compute"
	"ayni.example/x/schedule"
)

// start notes that a lease runs; from here on its seconds are paid. The block's own time is that of the votes before it, on an idle
// ledger a minute ago: the next block tells when this one was made, and gives the lease its time.
func (d *desk) start(msg *compute.MsgStart) error {
	l, err := d.providersLease(msg.Provider, msg.Lease)
	if err != nil {
		return err
	}
	if l.State != compute.LeaseMatched {
		return compute.ErrState.Wrapf("lease %x is %s", l.ID, l.State)
	}
	l.State, l.StartedHeight = compute.LeaseActive, d.height
	l.SettledHeight, l.SettledTime = d.height, d.now
	plan := schedule.Plan{}
	if l.Unit != compute.UnitSecond {
		l.StartedTime, plan = d.now, d.silence(l)
	}
	if err := d.planLease(l, plan); err != nil {
		return err
	}
	return d.setLease(l)
}

// settle is a provider's sign for its leases and pays their seconds. A lease that has ended meanwhile is told, and harms no other.
func (d *desk) settle(msg *compute.MsgSettle) ([]compute.Settled, error) {
	provider, text, err := d.address("provider", msg.Provider)
	if err != nil {
		return nil, err
	}
	if len(msg.Leases) > int(d.params.BatchMax) {
		return nil, compute.ErrBound.Wrapf("%d leases in a message, at most %d", len(msg.Leases), d.params.BatchMax)
	}
	settled := make([]compute.Settled, 0, len(msg.Leases))
	for _, id := range msg.Leases {
		s := compute.Settled{Lease: id, Amount: math.ZeroInt()}
		l, err := d.Leases.Get(d.ctx, id)
		switch {
		case errors.Is(err, collections.ErrNotFound): // closed so long ago that it is forgotten
			s.State = compute.LeaseClosed
		case err != nil:
			return nil, err
		case l.Provider != text:
			return nil, compute.ErrUnauthorised.Wrapf("%s is not the provider of lease %x", text, id)
		case !l.Runs():
			s.State = l.State
		default:
			if s.Amount, err = d.pay(provider, &l); err != nil {
				return nil, err
			}
			if s.State, err = d.keepOrEnd(l); err != nil {
				return nil, err
			}
		}
		settled = append(settled, s)
	}
	return settled, nil
}

// keepOrEnd stores a lease that was settled; one whose escrow is used up ends.
func (d *desk) keepOrEnd(l compute.Lease) (compute.LeaseState, error) {
	if l.Unit != compute.UnitSecond || l.Escrow.IsPositive() {
		return l.State, d.Leases.Set(d.ctx, l.ID, l)
	}
	o, err := d.order(d.ctx, l.Order)
	if err != nil {
		return l.State, err
	}
	err = d.stop(&o, &l, compute.ReasonFunds)
	return l.State, err
}

// pay settles the seconds of a lease that runs.
func (d *desk) pay(provider []byte, l *compute.Lease) (math.Int, error) {
	before := l.Units
	amount := l.Settle(d.height, d.now, d.params.DowntimeSeconds)
	d.owe(provider, amount)
	if !amount.IsPositive() {
		return amount, nil
	}
	return amount, d.emit(&compute.EventSettled{Lease: l.ID, Provider: l.Provider, Units: l.Units - before, Amount: amount})
}

// reclaim begins the notice after which a provider may close.
func (d *desk) reclaim(msg *compute.MsgReclaim) error {
	l, err := d.providersLease(msg.Provider, msg.Lease)
	if err != nil {
		return err
	}
	o, err := d.order(d.ctx, l.Order)
	if err != nil {
		return err
	}
	if l.State != compute.LeaseActive {
		return compute.ErrState.Wrapf("lease %x is %s", l.ID, l.State)
	}
	l.State, l.ReclaimTime = compute.LeaseReclaiming, d.now+int64(o.Spec.ReclaimSeconds)
	return d.setLease(l)
}

// closeLease ends a lease for its provider or its tenant, and pays the seconds up to now.
func (d *desk) closeLease(msg *compute.MsgCloseLease) error {
	_, text, err := d.address("sender", msg.Sender)
	if err != nil {
		return err
	}
	l, err := d.lease(d.ctx, msg.Lease)
	if err != nil {
		return err
	}
	if text != l.Provider && text != l.Tenant {
		return compute.ErrUnauthorised.Wrapf("%s is neither provider nor tenant of lease %x", text, l.ID)
	}
	if !l.Works() {
		return compute.ErrState.Wrapf("lease %x is %s", l.ID, l.State)
	}
	o, err := d.order(d.ctx, l.Order)
	if err != nil {
		return err
	}
	reason := compute.ReasonTenant
	if text == l.Provider {
		if reason, err = d.givesUp(o, l, msg.Reason); err != nil {
			return err
		}
	} else if msg.Reason != compute.ReasonUnspecified {
		return compute.ErrInvalid.Wrap("a tenant closes for no reason but its own")
	}
	return d.stop(&o, &l, reason)
}

// givesUp is the reason for which a provider closes a lease, if it may.
func (d *desk) givesUp(o compute.Order, l compute.Lease, reason compute.Reason) (compute.Reason, error) {
	switch {
	case reason == compute.ReasonExited:
		if !o.Spec.UntilExit || !l.Runs() {
			return reason, compute.ErrNotice.Wrap("this order does not end with its program")
		}
		return reason, nil
	case reason != compute.ReasonUnspecified && !reason.Gives():
		return reason, compute.ErrInvalid.Wrapf("a provider does not close for the reason %s", reason)
	case l.State == compute.LeaseMatched && reason == compute.ReasonUnspecified:
		return compute.ReasonFault, nil
	case l.State == compute.LeaseMatched:
		return reason, nil
	case o.Spec.ReclaimSeconds > 0 && (l.State != compute.LeaseReclaiming || d.now < l.ReclaimTime):
		return reason, compute.ErrNotice.Wrapf("lease %x: %d s after MsgReclaim", l.ID, o.Spec.ReclaimSeconds)
	case reason == compute.ReasonUnspecified:
		return compute.ReasonReclaimed, nil
	}
	return reason, nil
}

// providersLease is a lease, for its provider alone.
func (d *desk) providersLease(sender string, id []byte) (compute.Lease, error) {
	_, text, err := d.address("provider", sender)
	if err != nil {
		return compute.Lease{}, err
	}
	l, err := d.lease(d.ctx, id)
	if err == nil && l.Provider != text {
		err = compute.ErrUnauthorised.Wrapf("%s is not the provider of lease %x", text, id)
	}
	return l, err
}

// setLease stores a lease whose state has changed, and tells of it.
func (d *desk) setLease(l compute.Lease) error {
	if err := d.Leases.Set(d.ctx, l.ID, l); err != nil {
		return err
	}
	return d.emit(&compute.EventLease{
		Lease: l.ID, Tenant: l.Tenant, Provider: l.Provider, State: l.State, Reason: l.Reason, Paid: l.Paid,
	})
}

// silence is when a provider that gives no sign any more has been silent for too long.
func (d *desk) silence(l compute.Lease) schedule.Plan {
	return schedule.Plan{
		Height: l.SettledHeight + int64(d.params.SilenceBlocks), Time: l.SettledTime + int64(d.params.SilenceSeconds),
	}
}

// planLease has a lease looked at, in place of when it would have been.
func (d *desk) planLease(l compute.Lease, plan schedule.Plan) error {
	return d.plan(compute.KindLease, l.ID, plan)
}
