package keeper

import (
	"context"
	"errors"

	"cosmossdk.io/collections"
	"cosmossdk.io/math"

	"ayni.example/x/compute"
	"ayni.example/x/schedule"
)

// leaseGas is what a look at one lease may use: its end, with twenty results that are paid.
const leaseGas = 800_000

// leaseDue looks at a lease at its deadline: that of its start, of a sign from its provider, or of a review.
func (k *Keeper) leaseDue(ctx context.Context, due schedule.Due) error {
	d, err := k.desk(ctx)
	if err != nil {
		return err
	}
	l, err := k.lease(ctx, due.Item.Name)
	if err != nil {
		return err
	}
	o, err := k.order(ctx, l.Order)
	if err != nil {
		return err
	}
	if err := d.look(&o, &l); err != nil {
		return err
	}
	return d.close()
}

func (d *desk) look(o *compute.Order, l *compute.Lease) error {
	switch l.Stamp(d.height, d.now); {
	case l.State == compute.LeaseMatched:
		return d.stop(o, l, compute.ReasonNotStarted)
	case l.Ends():
		return d.payLast(o, l)
	}
	if err := d.approveOverdue(o, l); err != nil {
		return err
	}
	if last := d.silence(*l); l.Runs() && d.height >= last.Height && d.now >= last.Time {
		return d.stop(o, l, compute.ReasonSilence)
	}
	if err := d.Leases.Set(d.ctx, l.ID, *l); err != nil {
		return err
	}
	return d.planLook(*o, *l)
}

// payLast pays a lease up to the end of the block in which it was ended, and closes it.
func (d *desk) payLast(o *compute.Order, l *compute.Lease) error {
	h, err := d.hostOf(l.Provider)
	if err != nil {
		return err
	}
	if _, err := d.pay(h.address, l); err != nil {
		return err
	}
	return d.finish(o, l)
}

// planLook has a lease looked at when its next review ends, or when its provider has been silent for too long. Segments that wait
// are the referee's to tell of.
func (d *desk) planLook(o compute.Order, l compute.Lease) error {
	ends, err := d.reviewEnds(o, l)
	if err != nil {
		return err
	}
	plan := d.silence(l)
	switch {
	case ends > 0 && (!l.Runs() || ends < plan.Time):
		plan = schedule.Plan{Time: ends}
	case !l.Runs():
		return nil
	}
	return d.planLease(l, plan)
}

// stop ends a lease's work and frees what it takes. It closes at once, unless results or segments wait: those are still judged,
// and the tenant who ends a batch has judged them. One that is paid by the second closes in the next block, whose time is that of
// this one's end.
func (d *desk) stop(o *compute.Order, l *compute.Lease, reason compute.Reason) error {
	h, err := d.hostOf(l.Provider)
	if err != nil {
		return err
	}
	if l.Works() {
		h.Release(*l)
	}
	l.Stamp(d.height, d.now)
	if l.Unit == compute.UnitSecond && l.Runs() && reason != compute.ReasonSilence && reason != compute.ReasonFunds {
		l.ClosedHeight = d.height
	}
	l.State, l.Reason = compute.LeaseClosing, reason
	if reason.Shuns(l.Started()) {
		o.Shun(l.Provider)
	}
	if l.Ends() {
		if err := d.planLease(*l, schedule.Plan{}); err != nil {
			return err
		}
		return d.finishOrWait(o, l)
	}
	if err := d.unplan(*l); err != nil {
		return err
	}
	if reason == compute.ReasonTenant {
		return d.approveAll(o, l)
	}
	if err := d.planLook(*o, *l); err != nil {
		return err
	}
	return d.finishOrWait(o, l)
}

// finishOrWait closes a lease that closes and has nothing left that waits.
func (d *desk) finishOrWait(o *compute.Order, l *compute.Lease) error {
	if l.State == compute.LeaseClosing && l.Waiting == 0 && !l.Ends() {
		return d.finish(o, l)
	}
	if err := d.Orders.Set(d.ctx, o.ID, *o); err != nil {
		return err
	}
	return d.setLease(*l)
}

// finish closes a lease, returns the bond, and opens its order again or closes it, too.
func (d *desk) finish(o *compute.Order, l *compute.Lease) error {
	h, err := d.hostOf(l.Provider)
	if err != nil {
		return err
	}
	h.End(*l)
	o.Paid, o.Fees, o.Escrow = o.Paid.Add(l.Paid), o.Fees.Add(l.Fees), o.Escrow.Add(l.Escrow)
	again := o.Reason != compute.ReasonTenant && o.Reopens(l.Reason, l.Started()) // the tenant may have closed the order meanwhile
	if o.Reason != compute.ReasonTenant {
		o.Reason = l.Reason
	}
	l.State, l.Escrow, l.Bond = compute.LeaseClosed, math.ZeroInt(), math.ZeroInt()
	l.ClosedHeight, l.ClosedTime = d.height, d.now
	if err := d.unplan(*l); err != nil {
		return err
	}
	if err := d.ByProvider.Remove(d.ctx, collections.Join(h.address, l.ID)); err != nil {
		return err
	}
	if err := d.setLease(*l); err != nil {
		return err
	}
	switch {
	case !again:
		return d.finishOrder(*o, o.Reason)
	case o.Leases >= d.params.LeasesMax:
		return d.finishOrder(*o, compute.ReasonAttempts)
	case o.Escrow.LT(o.Least(d.params)):
		return d.finishOrder(*o, compute.ReasonFunds)
	}
	return d.open(*o)
}

// unplan takes a lease out of the schedule, where it stands.
func (d *desk) unplan(l compute.Lease) error {
	if err := d.schedule.Cancel(d.ctx, compute.KindLease, l.ID); err != nil && !errors.Is(err, schedule.ErrNotFound) {
		return err
	}
	return nil
}
