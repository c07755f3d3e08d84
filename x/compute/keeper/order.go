package keeper

import (
	"errors"

	"cosmossdk.io/collections"
	"cosmossdk.io/math"

	"ayni.example/tensor/trace"
	"ayni.example/x/compute"
	"ayni.example/x/internal/gas"
	"ayni.example/x/schedule"
)

// place opens a tenant's order.
func (d *desk) place(msg *compute.MsgPlaceOrder) (compute.Order, error) {
	tenant, text, err := d.person("tenant", msg.Tenant)
	if err != nil {
		return compute.Order{}, err
	}
	if err := d.checkSpec(&msg.Spec); err != nil {
		return compute.Order{}, err
	}
	t, err := d.tenant(tenant, text)
	if err != nil {
		return compute.Order{}, err
	}
	if msg.Number <= t.Last {
		return compute.Order{}, compute.ErrExists.Wrapf("number %d is not after %d, the last of %s", msg.Number, t.Last, text)
	}
	if t.Open >= d.params.OrdersMax {
		return compute.Order{}, compute.ErrBound.Wrapf("%s has %d orders that are not closed", text, t.Open)
	}
	o := compute.Order{
		ID: compute.OrderID(tenant, msg.Number), Tenant: text, Number: msg.Number, Spec: msg.Spec,
		Deposited: msg.Deposit, Paid: math.ZeroInt(), Escrow: msg.Deposit, Fees: math.ZeroInt(),
	}
	if err := d.agree(&o); err != nil {
		return o, err
	}
	if least := o.Least(d.params); o.Escrow.LT(least) {
		return o, compute.ErrDeposit.Wrapf("%s, this order needs %s", msg.Deposit, least.Add(o.Held()))
	}
	if o.Spec.Unit == compute.UnitStep {
		if err := d.enterJob(&o); err != nil {
			return o, err
		}
	}
	if err := d.take(tenant, msg.Deposit); err != nil {
		return o, err
	}
	t.Open, t.Last = t.Open+1, msg.Number
	if err := d.prune(tenant, &t); err != nil {
		return o, err
	}
	if err := d.Tenants.Set(d.ctx, tenant, t); err != nil {
		return o, err
	}
	if err := d.ByTenant.Set(d.ctx, collections.Join(tenant, o.Number)); err != nil {
		return o, err
	}
	return o, d.open(o)
}

// checkSpec holds an order to the parameters, and has its addresses in the form in which they are compared.
func (d *desk) checkSpec(s *compute.Spec) error {
	switch p := d.params; {
	case s.Window > p.WindowBlocksMax:
		return compute.ErrBound.Wrapf("a window of %d blocks, at most %d", s.Window, p.WindowBlocksMax)
	case s.ReclaimSeconds > p.ReclaimSecondsMax:
		return compute.ErrBound.Wrapf("a notice of %d s, at most %d", s.ReclaimSeconds, p.ReclaimSecondsMax)
	case s.ReviewSeconds > p.ReviewSecondsMax:
		return compute.ErrBound.Wrapf("a review of %d s, at most %d", s.ReviewSeconds, p.ReviewSecondsMax)
	}
	for _, list := range [][]string{s.Placement.Providers, s.Placement.Excluded} {
		for i := range list {
			var err error
			if _, list[i], err = d.address("placement", list[i]); err != nil {
				return err
			}
		}
	}
	return nil
}

func (d *desk) enterJob(o *compute.Order) error {
	job, err := trace.DecodeJob(o.Spec.Training.Job)
	if err != nil {
		return compute.ErrInvalid.Wrap(err.Error())
	}
	o.Job, err = d.referee.EnterJob(d.ctx, job)
	return err
}

// open puts an order before the providers, at its beginning or after a lease that failed.
func (d *desk) open(o compute.Order) error {
	o.State, o.OpenedHeight, o.OpenedTime, o.MatchesHeight = compute.OrderOpen, d.height, d.now, 0
	if err := d.Open.Set(d.ctx, collections.Join(o.OpenedHeight, o.ID)); err != nil {
		return err
	}
	if o.Spec.Window > 0 {
		o.MatchesHeight = d.height + int64(o.Spec.Window)
		if err := d.Windows.Set(d.ctx, windowOf(o)); err != nil {
			return err
		}
		if err := d.planMatch(windowOf(o)); err != nil {
			return err
		}
	}
	return d.setOrder(o)
}

// leave takes an order away from the providers.
func (d *desk) leave(o *compute.Order) error {
	if err := d.Open.Remove(d.ctx, collections.Join(o.OpenedHeight, o.ID)); err != nil {
		return err
	}
	if o.MatchesHeight > 0 {
		if err := d.Windows.Remove(d.ctx, windowOf(*o)); err != nil {
			return err
		}
	}
	o.MatchesHeight = 0
	return d.Books.Remove(d.ctx, o.ID)
}

// deposit adds to an order's escrow, wherever that is.
func (d *desk) deposit(msg *compute.MsgDeposit) error {
	sender, _, err := d.address("sender", msg.Sender)
	if err != nil {
		return err
	}
	o, err := d.order(d.ctx, msg.Order)
	if err != nil {
		return err
	}
	o.Deposited = o.Deposited.Add(msg.Amount)
	switch o.State {
	case compute.OrderOpen:
		o.Escrow = o.Escrow.Add(msg.Amount)
	case compute.OrderLeased:
		l, err := d.lease(d.ctx, o.Lease())
		if err != nil {
			return err
		}
		l.Escrow = l.Escrow.Add(msg.Amount)
		if err := d.Leases.Set(d.ctx, l.ID, l); err != nil {
			return err
		}
	default:
		return compute.ErrState.Wrapf("order %x is closed", o.ID)
	}
	if err := o.Validate(); err != nil {
		return err
	}
	if err := d.take(sender, msg.Amount); err != nil {
		return err
	}
	return d.Orders.Set(d.ctx, o.ID, o)
}

// closeOrder is the tenant's: an order that is leased ends with its lease, which may have to wait for audits.
func (d *desk) closeOrder(msg *compute.MsgCloseOrder) error {
	o, err := d.ordersTenant(msg.Tenant, msg.Order)
	if err != nil {
		return err
	}
	switch {
	case o.State == compute.OrderClosed, o.State == compute.OrderLeased && o.Reason == compute.ReasonTenant:
		return compute.ErrState.Wrapf("order %x is closed, or closes", o.ID)
	case o.State == compute.OrderOpen:
		if err := d.leave(&o); err != nil {
			return err
		}
		return d.finishOrder(o, compute.ReasonTenant)
	}
	o.Reason = compute.ReasonTenant
	if err := d.Orders.Set(d.ctx, o.ID, o); err != nil {
		return err
	}
	l, err := d.lease(d.ctx, o.Lease())
	if err != nil {
		return err
	}
	if l.State == compute.LeaseClosing {
		return d.approveAll(&o, &l)
	}
	return d.stop(&o, &l, compute.ReasonTenant)
}

// finishOrder closes an order that has no lease and returns what is left.
func (d *desk) finishOrder(o compute.Order, reason compute.Reason) error {
	tenant, text, err := d.address("tenant", o.Tenant)
	if err != nil {
		return err
	}
	d.owe(tenant, o.Escrow.Add(o.Held())) // what is held for assets returns when nothing ever ran
	o.State, o.Reason, o.Escrow, o.ClosedHeight, o.ClosedTime = compute.OrderClosed, reason, math.ZeroInt(), d.height, d.now
	if o.Spec.Unit == compute.UnitStep {
		if err := d.referee.ReleaseJob(d.ctx, o.Job); err != nil {
			return err
		}
	}
	t, err := d.tenant(tenant, text)
	if err != nil {
		return err
	}
	t.Open, t.Closed = t.Open-1, t.Closed+1
	if err := d.Tenants.Set(d.ctx, tenant, t); err != nil {
		return err
	}
	if err := d.Closed.Set(d.ctx, collections.Join3(tenant, d.height, o.Number)); err != nil {
		return err
	}
	return d.setOrder(o)
}

// ordersTenant is an order, for its tenant alone.
func (d *desk) ordersTenant(sender string, id []byte) (compute.Order, error) {
	_, text, err := d.address("tenant", sender)
	if err != nil {
		return compute.Order{}, err
	}
	o, err := d.order(d.ctx, id)
	if err == nil && o.Tenant != text {
		err = compute.ErrUnauthorised.Wrapf("%s is not the tenant of order %x", text, id)
	}
	return o, err
}

func (d *desk) tenant(address []byte, text string) (compute.Tenant, error) {
	t, err := d.Tenants.Get(d.ctx, address)
	if errors.Is(err, collections.ErrNotFound) {
		return compute.Tenant{Address: text}, nil
	}
	return t, err
}

// setOrder stores an order whose state has changed, and tells of it.
func (d *desk) setOrder(o compute.Order) error {
	if err := d.Orders.Set(d.ctx, o.ID, o); err != nil {
		return err
	}
	return d.emit(&compute.EventOrder{Order: o.ID, Tenant: o.Tenant, State: o.State, Reason: o.Reason})
}

// planMatch has the windows of a height and shard looked at when they end; one item serves all orders in it.
func (d *desk) planMatch(w window) error {
	err := d.schedule.Schedule(gas.Paid(d.ctx), compute.KindMatch, matchName(w), schedule.Plan{Height: w.K1()})
	if errors.Is(err, schedule.ErrExists) {
		return nil
	}
	return err
}
