package keeper_test

import (
	"testing"
	"time"

	sdkmath "cosmossdk.io/math"

	"ayni.example/x/compute"
)

func results(n byte, tasks ...uint32) []compute.Result {
	list := make([]compute.Result, 0, len(tasks))
	for _, i := range tasks {
		list = append(list, compute.Result{Index: i, Digest: digest(n)})
	}
	return list
}

// TestBatch: results are paid when they are approved, by silence when the time of review is over, and asked for again when they
// are rejected; nothing is paid twice.
func TestBatch(t *testing.T) {
	f := newFixture(t)
	f.refused("deposit too small", f.orderMsg(batch(4), 19), compute.ErrDeposit)
	order, lease := f.leased(batch(4), 25)
	f.ok(&compute.MsgDeliver{Provider: text(f.ann), Lease: lease, Results: results(1, 0, 1, 2)})
	f.refused("delivered again", &compute.MsgDeliver{Provider: text(f.ann), Lease: lease, Results: results(2, 1)}, compute.ErrState)
	f.refused("a task too many", &compute.MsgDeliver{Provider: text(f.ann), Lease: lease, Results: results(1, 4)}, compute.ErrInvalid)
	f.refused("a task twice", &compute.MsgDeliver{Provider: text(f.ann), Lease: lease, Results: results(1, 3, 3)}, compute.ErrInvalid)
	f.refused("another result", &compute.MsgApprove{Tenant: text(f.tenant), Order: order, Results: results(9, 0)}, compute.ErrState)
	f.ok(&compute.MsgApprove{Tenant: text(f.tenant), Order: order, Results: results(1, 0)})
	f.refused("approved twice", &compute.MsgApprove{Tenant: text(f.tenant), Order: order, Results: results(1, 0)}, compute.ErrState)
	f.has(f.ann, provided+4)
	f.ok(&compute.MsgReject{Tenant: text(f.tenant), Order: order, Results: results(1, 1)})
	f.refused("rejected twice", &compute.MsgReject{Tenant: text(f.tenant), Order: order, Results: results(1, 1)}, compute.ErrState)
	f.pass(1, 500*time.Second)
	f.ok(&compute.MsgDeliver{Provider: text(f.ann), Lease: lease, Results: results(2, 1)})
	f.pass(1, 499*time.Second)
	f.has(f.ann, provided+4)
	f.pass(1, time.Second)
	f.has(f.ann, provided+8)
	f.CheckReload(t)
	f.ok(&compute.MsgDeliver{Provider: text(f.ann), Lease: lease, Results: results(2, 3)})
	f.ok(&compute.MsgApprove{Tenant: text(f.tenant), Order: order, Results: results(2, 1, 3)})
	f.ended(lease, compute.ReasonDone, compute.OrderClosed)
	f.has(f.ann, provided+16)
	f.has(f.tenant, -16)
	f.CheckReload(t)
}

// TestBatchFails: a provider that fails a task too often loses the lease; what it did well is paid, the rest is another one's.
func TestBatchFails(t *testing.T) {
	f := newFixture(t)
	s := batch(3)
	s.Standing = true
	order, lease := f.leased(s, 15)
	f.ok(&compute.MsgDeliver{Provider: text(f.ann), Lease: lease, Results: results(1, 0, 1, 2)})
	f.ok(&compute.MsgReject{Tenant: text(f.tenant), Order: order, Results: results(1, 1)})
	f.ok(&compute.MsgDeliver{Provider: text(f.ann), Lease: lease, Results: results(2, 1)})
	f.ok(&compute.MsgReject{Tenant: text(f.tenant), Order: order, Results: results(2, 1)})
	if l := f.leaseIs(lease); l.State != compute.LeaseClosing || l.Reason != compute.ReasonRejected || l.Waiting != 2 {
		t.Fatalf("lease %+v", l)
	}
	f.refused("deliver while it closes", &compute.MsgDeliver{Provider: text(f.ann), Lease: lease, Results: results(3, 1)}, compute.ErrState)
	if h := f.host(f.ann); h.Used.CPU != 0 || h.Leases != 1 {
		t.Fatalf("host %+v", h)
	}
	f.ok(&compute.MsgApprove{Tenant: text(f.tenant), Order: order, Results: results(1, 0)})
	f.pass(1, 14*time.Minute)
	f.pass(1, 3*time.Minute) // the tenant says nothing of the third
	f.ended(lease, compute.ReasonRejected, compute.OrderOpen)
	f.has(f.ann, provided+8)
	if a := f.bid(f.ann, order, 1); a.Refused != compute.ReasonShunned {
		t.Fatalf("bid again: %v", a)
	}
	second := f.bid(f.bert, order, 5).Lease
	f.ok(&compute.MsgStart{Provider: text(f.bert), Lease: second})
	f.ok(&compute.MsgDeliver{Provider: text(f.bert), Lease: second, Results: results(4, 1)})
	f.ok(&compute.MsgReject{Tenant: text(f.tenant), Order: order, Results: results(4, 1)}) // its first rejection
	f.ok(&compute.MsgDeliver{Provider: text(f.bert), Lease: second, Results: results(5, 1)})
	f.ok(&compute.MsgApprove{Tenant: text(f.tenant), Order: order, Results: results(5, 1)})
	f.ended(second, compute.ReasonDone, compute.OrderClosed)
	f.has(f.bert, provided+5)
	f.has(f.tenant, -13)
}

// TestBatchCloses: a tenant that closes pays what it has not rejected; a provider that leaves is judged first.
func TestBatchCloses(t *testing.T) {
	f := newFixture(t)
	order, lease := f.leased(batch(3), 15)
	f.ok(&compute.MsgDeliver{Provider: text(f.ann), Lease: lease, Results: results(1, 0, 1)})
	f.ok(&compute.MsgCloseOrder{Tenant: text(f.tenant), Order: order})
	f.ended(lease, compute.ReasonTenant, compute.OrderClosed)
	f.has(f.ann, provided+8)

	order, lease = f.leased(batch(3), 15)
	f.ok(&compute.MsgDeliver{Provider: text(f.ann), Lease: lease, Results: results(1, 0, 1)})
	f.ok(&compute.MsgCloseLease{Sender: text(f.ann), Lease: lease})
	f.has(f.ann, provided+8)
	f.ok(&compute.MsgReject{Tenant: text(f.tenant), Order: order, Results: results(1, 0)})
	f.ok(&compute.MsgCloseOrder{Tenant: text(f.tenant), Order: order})
	f.ended(lease, compute.ReasonReclaimed, compute.OrderClosed)
	f.has(f.ann, provided+12)
	f.has(f.tenant, -12)

	f.params(func(p *compute.Params) { p.PendingMax = 2 })
	_, lease = f.leased(batch(3), 15)
	f.refused("too many wait", &compute.MsgDeliver{Provider: text(f.ann), Lease: lease, Results: results(1, 0, 1, 2)}, compute.ErrBound)
}

// TestManyReviews: more results than one look pays are paid over the next blocks.
func TestManyReviews(t *testing.T) {
	f := newFixture(t)
	_, lease := f.leased(batch(50), 250)
	all := make([]uint32, 0, 50)
	for i := range uint32(50) {
		all = append(all, i)
	}
	f.ok(&compute.MsgDeliver{Provider: text(f.ann), Lease: lease, Results: results(1, all...)})
	f.pass(1, 14*time.Minute)
	f.pass(1, 170*time.Second)
	for _, want := range []int64{20, 40, 50} {
		f.has(f.ann, provided+4*want)
		f.pass(1, time.Second)
	}
	f.ended(lease, compute.ReasonDone, compute.OrderClosed)
	if l := f.leaseIs(lease); !l.Paid.Equal(sdkmath.NewInt(200)) || l.Units != 50 {
		t.Fatalf("lease %+v", l)
	}
}

// TestBatchIsOver: a standing batch whose last results are judged after its provider left has nothing to open again for.
func TestBatchIsOver(t *testing.T) {
	f := newFixture(t)
	s := batch(2)
	s.Standing = true
	order, lease := f.leased(s, 15)
	f.ok(&compute.MsgDeliver{Provider: text(f.ann), Lease: lease, Results: results(1, 0, 1)})
	f.ok(&compute.MsgCloseLease{Sender: text(f.ann), Lease: lease})
	f.ok(&compute.MsgApprove{Tenant: text(f.tenant), Order: order, Results: results(1, 0, 1)})
	f.ended(lease, compute.ReasonReclaimed, compute.OrderClosed)
	f.has(f.ann, provided+8)
	f.has(f.tenant, -8)
}
