package keeper

import (
	"bytes"
	"errors"

	"cosmossdk.io/collections"

	"ayni.example/x/compute"
)

// overdueMost is how many results one look at a lease pays.
const overdueMost = 20

// deliver notes results of a batch. One that was rejected may be delivered again; one that waits may not change.
func (d *desk) deliver(msg *compute.MsgDeliver) error {
	l, err := d.providersLease(msg.Provider, msg.Lease)
	if err != nil {
		return err
	}
	o, err := d.order(d.ctx, l.Order)
	if err != nil {
		return err
	}
	switch {
	case l.Unit != compute.UnitTask || !l.Runs():
		return compute.ErrState.Wrapf("lease %x of unit %s is %s", l.ID, l.Unit, l.State)
	case int(l.Waiting)+len(msg.Results) > int(d.params.PendingMax):
		return compute.ErrBound.Wrapf("%d results wait already, at most %d", l.Waiting, d.params.PendingMax)
	}
	for _, r := range msg.Results {
		if err := d.deliverOne(o, l, r); err != nil {
			return err
		}
	}
	l.Waiting += uint32(len(msg.Results))
	l.SettledHeight, l.SettledTime = d.height, d.now
	if err := d.Leases.Set(d.ctx, l.ID, l); err != nil {
		return err
	}
	return d.planLook(o, l)
}

func (d *desk) deliverOne(o compute.Order, l compute.Lease, r compute.Result) error {
	if r.Index >= o.Spec.Tasks {
		return compute.ErrInvalid.Wrapf("task %d, the order has %d", r.Index, o.Spec.Tasks)
	}
	name := collections.Join(o.ID, uint64(r.Index))
	t, err := d.Tasks.Get(d.ctx, name)
	if err != nil && !errors.Is(err, collections.ErrNotFound) {
		return err
	}
	if t.State == compute.TaskDelivered || t.State == compute.TaskPaid {
		return compute.ErrState.Wrapf("task %d is %s", r.Index, t.State)
	}
	if t.Lease != l.Number() {
		t.Rejections = 0 // they were another provider's
	}
	t = compute.Task{
		Order: o.ID, Index: r.Index, State: compute.TaskDelivered, Lease: l.Number(), Digest: r.Digest, Rejections: t.Rejections,
		DeliveredHeight: d.height, DeliveredTime: d.now,
	}
	if err := d.Reviews.Set(d.ctx, reviewOf(t)); err != nil {
		return err
	}
	return d.setTask(l, t)
}

// approve pays results by the tenant's word.
func (d *desk) approve(msg *compute.MsgApprove) error {
	o, l, err := d.batch(msg.Tenant, msg.Order)
	if err != nil {
		return err
	}
	for _, r := range msg.Results {
		t, err := d.delivered(o, r)
		if err != nil {
			return err
		}
		if err := d.payTask(&o, &l, t); err != nil {
			return err
		}
	}
	return d.afterTasks(&o, &l)
}

// reject asks for results once more. A provider that fails a task more often than the order allows loses the lease.
func (d *desk) reject(msg *compute.MsgReject) error {
	o, l, err := d.batch(msg.Tenant, msg.Order)
	if err != nil {
		return err
	}
	failed := false
	for _, r := range msg.Results {
		t, err := d.delivered(o, r)
		if err != nil {
			return err
		}
		if err := d.Reviews.Remove(d.ctx, reviewOf(t)); err != nil {
			return err
		}
		l.Waiting--
		t.State, t.Rejections = compute.TaskRejected, t.Rejections+1
		failed = failed || t.Rejections > o.Spec.Retries
		if err := d.setTask(l, t); err != nil {
			return err
		}
	}
	if failed && l.Works() {
		return d.stop(&o, &l, compute.ReasonRejected)
	}
	return d.afterTasks(&o, &l)
}

// approveAll pays what waits of a batch: a tenant who ends it has had its time to reject.
func (d *desk) approveAll(o *compute.Order, l *compute.Lease) error {
	if l.Unit == compute.UnitTask {
		if err := d.payReviews(o, l, int(l.Waiting), d.now+1<<40); err != nil {
			return err
		}
	}
	return d.finishOrWait(o, l)
}

// approveOverdue pays results about which the tenant was silent, some at a time.
func (d *desk) approveOverdue(o *compute.Order, l *compute.Lease) error {
	if l.Unit != compute.UnitTask || l.Waiting == 0 {
		return nil
	}
	if err := d.payReviews(o, l, overdueMost, d.now-int64(o.Spec.ReviewSeconds)); err != nil {
		return err
	}
	return d.afterTasks(o, l)
}

// payReviews pays the first results that were delivered until a time.
func (d *desk) payReviews(o *compute.Order, l *compute.Lease, most int, until int64) error {
	var due []review
	at := collections.NewPrefixedTripleRange[[]byte, int64, uint64](o.ID)
	if err := d.Reviews.Walk(d.ctx, at, func(r review) (bool, error) {
		if len(due) >= most || r.K2() > until {
			return true, nil
		}
		due = append(due, r)
		return false, nil
	}); err != nil {
		return err
	}
	for _, r := range due {
		t, err := d.Tasks.Get(d.ctx, collections.Join(o.ID, r.K3()))
		if err != nil {
			return err
		}
		if err := d.payTask(o, l, t); err != nil {
			return err
		}
	}
	return nil
}

// reviewEnds is when the first review of a lease ends; zero where nothing waits.
func (d *desk) reviewEnds(o compute.Order, l compute.Lease) (int64, error) {
	if l.Unit != compute.UnitTask || l.Waiting == 0 {
		return 0, nil
	}
	var ends int64
	at := collections.NewPrefixedTripleRange[[]byte, int64, uint64](o.ID)
	err := d.Reviews.Walk(d.ctx, at, func(r review) (bool, error) {
		ends = r.K2() + int64(o.Spec.ReviewSeconds)
		return true, nil
	})
	return ends, err
}

func (d *desk) payTask(o *compute.Order, l *compute.Lease, t compute.Task) error {
	if err := d.Reviews.Remove(d.ctx, reviewOf(t)); err != nil {
		return err
	}
	l.Waiting--
	o.TasksPaid++
	t.State = compute.TaskPaid
	amount := l.Earn(1)
	if err := d.oweTo(l.Provider, amount); err != nil {
		return err
	}
	if err := d.emit(&compute.EventSettled{Lease: l.ID, Provider: l.Provider, Units: 1, Amount: amount}); err != nil {
		return err
	}
	return d.setTask(*l, t)
}

// afterTasks goes on after results were judged: a batch that is paid in full is done.
func (d *desk) afterTasks(o *compute.Order, l *compute.Lease) error {
	if l.Works() && o.TasksPaid == o.Spec.Tasks {
		return d.stop(o, l, compute.ReasonDone)
	}
	return d.finishOrWait(o, l)
}

// batch is an order by the task with its present lease, for the tenant alone.
func (d *desk) batch(tenant string, order []byte) (compute.Order, compute.Lease, error) {
	o, err := d.ordersTenant(tenant, order)
	if err != nil {
		return o, compute.Lease{}, err
	}
	if o.Spec.Unit != compute.UnitTask || o.State != compute.OrderLeased {
		return o, compute.Lease{}, compute.ErrState.Wrapf("order %x of unit %s is %s", o.ID, o.Spec.Unit, o.State)
	}
	l, err := d.lease(d.ctx, o.Lease())
	return o, l, err
}

// delivered is a task whose result waits, and is the one that the tenant saw.
func (d *desk) delivered(o compute.Order, r compute.Result) (compute.Task, error) {
	t, err := d.Tasks.Get(d.ctx, collections.Join(o.ID, uint64(r.Index)))
	switch {
	case err != nil:
		return t, found(err, "task of order", o.ID)
	case t.State != compute.TaskDelivered || !bytes.Equal(t.Digest, r.Digest):
		return t, compute.ErrState.Wrapf("task %d is %s with the result %x", r.Index, t.State, t.Digest)
	}
	return t, nil
}

func (d *desk) setTask(l compute.Lease, t compute.Task) error {
	if err := d.Tasks.Set(d.ctx, collections.Join(t.Order, uint64(t.Index)), t); err != nil {
		return err
	}
	return d.emit(&compute.EventTask{Lease: l.ID, Index: t.Index, State: t.State})
}

func reviewOf(t compute.Task) review {
	return collections.Join3(t.Order, t.DeliveredTime, uint64(t.Index))
}
