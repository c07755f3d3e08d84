package keeper_test

import (
	"testing"
	"time"

	sdkmath "cosmossdk.io/math"

	"ayni.example/x/compute"
	"ayni.example/x/internal/ledgertest"
	"ayni.example/x/provider"
)

// TestSeconds: what a lease pays is exact to the second and to the acredit, and all money is somewhere.
func TestSeconds(t *testing.T) {
	f := newFixture(t)
	order, lease := f.leased(seconds(), 10_000)
	f.has(f.tenant, -10_000)
	if h := f.host(f.ann); h.Used.CPU != 1_000 || !h.Bonded.Equal(sdkmath.NewInt(bond)) || h.Leases != 1 {
		t.Fatalf("host %+v", h)
	}
	f.pass(1, 100*time.Second)
	if s := f.settle(f.ann, lease); !s[0].Amount.Equal(sdkmath.NewInt(400)) {
		t.Fatalf("settled %s", s[0].Amount)
	}
	if s := f.settle(f.ann, lease, lease); !s[0].Amount.IsZero() || !s[1].Amount.IsZero() {
		t.Fatalf("settled twice: %v", s)
	}
	f.pass(1, 33*time.Second)
	f.ok(&compute.MsgDeposit{Sender: text(f.bert), Order: order, Amount: sdkmath.NewInt(7)})
	f.ok(&compute.MsgCloseOrder{Tenant: text(f.tenant), Order: order})
	f.refused("close again", &compute.MsgCloseOrder{Tenant: text(f.tenant), Order: order}, compute.ErrState)
	f.next()
	f.ended(lease, compute.ReasonTenant, compute.OrderClosed)
	f.has(f.ann, provided+4*133)
	f.has(f.bert, provided-7)
	f.has(f.tenant, -4*133+7)
	if o := f.is(order); !o.Paid.Equal(sdkmath.NewInt(532)) || !o.Deposited.Equal(sdkmath.NewInt(10_007)) {
		t.Fatalf("order %+v", o)
	}
	if s := f.settle(f.ann, lease); !s[0].Amount.IsZero() || s[0].State != compute.LeaseClosed {
		t.Fatalf("settled after its end: %v", s)
	}
	f.refused("close twice", &compute.MsgCloseOrder{Tenant: text(f.tenant), Order: order}, compute.ErrState)
	f.refused("deposit after the end", &compute.MsgDeposit{Sender: text(f.bert), Order: order, Amount: sdkmath.OneInt()}, compute.ErrState)
	if h := f.host(f.ann); h.Used.CPU != 0 || !h.Bonded.IsZero() || h.Leases != 0 || h.Served != 1 {
		t.Fatalf("host %+v", h)
	}
	f.CheckReload(t)
}

// TestIdleLedger: an idle ledger makes a block a minute, whose time is that of the votes a minute ago. What starts or ends in a block has
// the next one's time, which is when that block was made.
func TestIdleLedger(t *testing.T) {
	f := newFixture(t)
	order := f.order(seconds(), 10_000)
	lease := f.bid(f.ann, order, 4).Lease
	f.pass(1, 2*time.Second)
	f.ok(&compute.MsgStart{Provider: text(f.ann), Lease: lease}) // 55 seconds after the time of its block
	if s := f.settle(f.ann, lease); !s[0].Amount.IsZero() || s[0].State != compute.LeaseActive {
		t.Fatalf("settled in the block of its start: %v", s)
	}
	f.CheckReload(t)
	f.pass(1, 55*time.Second)
	began := f.Ctx.BlockTime().Unix()
	if l := f.leaseIs(lease); l.StartedTime != began || l.SettledTime != began {
		t.Fatalf("started %+v, at %d", l, began)
	}
	f.pass(1, 20*time.Second)
	if s := f.settle(f.ann, lease); !s[0].Amount.Equal(sdkmath.NewInt(80)) {
		t.Fatalf("settled %v", s)
	}
	f.pass(1, 10*time.Second)
	f.ok(&compute.MsgCloseOrder{Tenant: text(f.tenant), Order: order}) // 41 seconds after the time of its block
	if s := f.settle(f.ann, lease); !s[0].Amount.IsZero() || s[0].State != compute.LeaseClosing || f.host(f.ann).Used.CPU != 0 {
		t.Fatalf("settled in the block of its end: %v, %+v", s, f.host(f.ann))
	}
	f.CheckReload(t)
	f.pass(1, 41*time.Second)
	f.ended(lease, compute.ReasonTenant, compute.OrderClosed)
	if l := f.leaseIs(lease); l.Units != 71 || l.ClosedTime-l.StartedTime != 71 {
		t.Fatalf("closed %+v", l)
	}
	f.has(f.ann, provided+4*71)
	f.has(f.tenant, -4*71)
}

// TestEndsAtOnce: a lease that ends in the block of its start costs nothing, one that ends in the next what lies between those.
func TestEndsAtOnce(t *testing.T) {
	f := newFixture(t)
	for i, between := range []int64{0, 1} {
		lease := f.bid(f.ann, f.order(seconds(), 1_000), 4).Lease
		f.ok(&compute.MsgStart{Provider: text(f.ann), Lease: lease})
		f.Advance(between, time.Duration(between)*30*time.Second)
		f.ok(&compute.MsgCloseLease{Sender: text(f.ann), Lease: lease})
		f.pass(1, 7*time.Second)
		f.ended(lease, compute.ReasonReclaimed, compute.OrderClosed)
		f.has(f.ann, provided+4*7*int64(i))
	}
	if h := f.host(f.ann); h.Served != 2 {
		t.Fatalf("host %+v", h)
	}
}

// TestDowntime: a provider that slept is paid a bound, a ledger that slept likewise, and one that is silent too long loses the lease.
func TestDowntime(t *testing.T) {
	f := newFixture(t)
	_, lease := f.leased(seconds(), 100_000)
	f.pass(1, 50*time.Minute)
	if s := f.settle(f.ann, lease); !s[0].Amount.Equal(sdkmath.NewInt(4 * 600)) {
		t.Fatalf("paid %s for a sleep", s[0].Amount)
	}
	f.pass(10, 59*time.Minute)
	if l := f.leaseIs(lease); l.State != compute.LeaseActive {
		t.Fatalf("lease is %s before the silence is over", l.State)
	}
	for range 4 { // the sleep was a gap for the schedule, which gives a grace
		f.pass(5, 10*time.Minute)
	}
	f.ended(lease, compute.ReasonSilence, compute.OrderClosed)
	f.has(f.ann, provided+2_400)
	f.has(f.tenant, -2_400)
	if h := f.host(f.ann); h.Failed != 1 {
		t.Fatalf("host %+v", h)
	}
}

// TestNight: after a night in which the whole ledger slept a provider has the grace to give its sign, and keeps the lease.
func TestNight(t *testing.T) {
	f := newFixture(t)
	_, lease := f.leased(seconds(), 1_000_000)
	f.pass(1, time.Minute)
	f.settle(f.ann, lease)
	f.pass(1, 9*time.Hour)
	if l := f.leaseIs(lease); l.State != compute.LeaseActive {
		t.Fatalf("lease is %s after the night", l.State)
	}
	f.pass(10, time.Minute)
	if s := f.settle(f.ann, lease); !s[0].Amount.Equal(sdkmath.NewInt(4 * 600)) {
		t.Fatalf("paid %s for the night", s[0].Amount)
	}
	f.pass(10, 20*time.Minute)
	if l := f.leaseIs(lease); l.State != compute.LeaseActive {
		t.Fatalf("lease is %s after its sign", l.State)
	}
}

// TestFunds: the escrow is paid to the last acredit and never more; then the order ends, also a standing one.
func TestFunds(t *testing.T) {
	f := newFixture(t)
	s := seconds()
	s.Standing = true
	f.refused("deposit too small", f.orderMsg(s, 299), compute.ErrDeposit)
	order, lease := f.leased(s, 302)
	f.pass(1, 75*time.Second)
	got := f.settle(f.ann, lease)
	if !got[0].Amount.Equal(sdkmath.NewInt(300)) || got[0].State != compute.LeaseActive {
		t.Fatalf("settled %v", got[0])
	}
	f.pass(1, 5*time.Second)
	got = f.settle(f.ann, lease)
	if !got[0].Amount.Equal(sdkmath.NewInt(2)) || got[0].State != compute.LeaseClosed {
		t.Fatalf("settled %v", got[0])
	}
	f.ended(lease, compute.ReasonFunds, compute.OrderClosed)
	if f.is(order).Reason != compute.ReasonFunds {
		t.Fatalf("order closed for %s", f.is(order).Reason)
	}
	f.has(f.ann, provided+302)
	f.has(f.tenant, -302)
}

// TestStanding: an order outlives a provider that falls silent, goes to another one with what is left, and lists both leases.
func TestStanding(t *testing.T) {
	f := newFixture(t)
	s := seconds()
	s.Standing = true
	order, lease := f.leased(s, 10_000)
	f.pass(1, 100*time.Second)
	f.settle(f.ann, lease)
	for range 8 {
		f.pass(5, 10*time.Minute)
	}
	f.ended(lease, compute.ReasonSilence, compute.OrderOpen)
	a := f.bid(f.bert, order, 3)
	f.ok(&compute.MsgStart{Provider: text(f.bert), Lease: a.Lease})
	f.next()
	f.pass(1, 10*time.Second)
	f.settle(f.bert, a.Lease)
	f.ok(&compute.MsgCloseOrder{Tenant: text(f.tenant), Order: order})
	f.next()
	f.has(f.ann, provided+400)
	f.has(f.bert, provided+30)
	f.has(f.tenant, -430)
	list := f.leases(order)
	if len(list) != 2 || list[0].Reason != compute.ReasonSilence || list[1].Reason != compute.ReasonTenant {
		t.Fatalf("leases %v", list)
	}
	f.CheckReload(t)
}

// TestNotStarted: an order that is not started opens again, and not to the same provider.
func TestNotStarted(t *testing.T) {
	f := newFixture(t)
	order := f.order(seconds(), 1_000)
	first := f.bid(f.ann, order, 1).Lease
	f.pass(5, 599*time.Second)
	if l := f.leaseIs(first); l.State != compute.LeaseMatched {
		t.Fatalf("lease is %s before its time", l.State)
	}
	f.pass(1, time.Second)
	f.ended(first, compute.ReasonNotStarted, compute.OrderOpen)
	f.refused("start too late", &compute.MsgStart{Provider: text(f.ann), Lease: first}, compute.ErrState)
	if a := f.bid(f.ann, order, 1); a.Refused != compute.ReasonShunned {
		t.Fatalf("bid again: %v", a)
	}
	second := f.bid(f.bert, order, 2).Lease
	f.refused("tenant's words", &compute.MsgCloseLease{Sender: text(f.tenant), Lease: second, Reason: compute.ReasonImage}, compute.ErrInvalid)
	f.ok(&compute.MsgCloseLease{Sender: text(f.bert), Lease: second, Reason: compute.ReasonImage})
	f.ended(second, compute.ReasonImage, compute.OrderOpen)
	f.has(f.bert, provided)
	f.params(func(p *compute.Params) { p.LeasesMax = 3 })
	carl := f.machine("carl")
	third := f.bid(carl, order, 2).Lease
	f.ok(&compute.MsgCloseLease{Sender: text(carl), Lease: third})
	f.ended(third, compute.ReasonFault, compute.OrderClosed)
	if got := f.is(order).Reason; got != compute.ReasonAttempts {
		t.Fatalf("order closed for %s", got)
	}
	f.has(f.tenant, 0)
}

// TestReclaim: a provider gives the notice that the order demands, and is paid while it lasts.
func TestReclaim(t *testing.T) {
	f := newFixture(t)
	s := seconds()
	s.ReclaimSeconds, s.Standing = 300, true
	order, lease := f.leased(s, 10_000)
	closes := &compute.MsgCloseLease{Sender: text(f.ann), Lease: lease, Reason: compute.ReasonMaintenance}
	f.refused("without notice", closes, compute.ErrNotice)
	f.ok(&compute.MsgReclaim{Provider: text(f.ann), Lease: lease})
	f.refused("twice", &compute.MsgReclaim{Provider: text(f.ann), Lease: lease}, compute.ErrState)
	f.pass(3, 299*time.Second)
	f.refused("too early", closes, compute.ErrNotice)
	f.settle(f.ann, lease)
	f.pass(1, time.Second)
	f.ok(closes)
	f.next()
	f.ended(lease, compute.ReasonMaintenance, compute.OrderOpen)
	f.has(f.ann, provided+1_200)

	second := f.bid(f.bert, order, 4).Lease
	f.ok(&compute.MsgStart{Provider: text(f.bert), Lease: second})
	f.ok(&compute.MsgReclaim{Provider: text(f.bert), Lease: second})
	f.next()
	f.pass(1, 10*time.Second)
	f.ok(&compute.MsgCloseLease{Sender: text(f.tenant), Lease: second}) // the tenant is faster
	f.refused("after the tenant", &compute.MsgCloseLease{Sender: text(f.bert), Lease: second}, compute.ErrState)
	f.next()
	f.ended(second, compute.ReasonTenant, compute.OrderOpen)
	if a := f.bid(f.bert, order, 4); a.Refused != compute.ReasonShunned {
		t.Fatalf("the tenant left %s, which bids again: %v", text(f.bert), a)
	}
	f.has(f.bert, provided+40)
}

// TestExit: only an order that ends with its program does.
func TestExit(t *testing.T) {
	f := newFixture(t)
	s := seconds()
	s.ReclaimSeconds, s.Standing = 300, true
	_, lease := f.leased(s, 10_000)
	f.refused("exit", &compute.MsgCloseLease{Sender: text(f.ann), Lease: lease, Reason: compute.ReasonExited}, compute.ErrNotice)
	f.refused("a reason that is none", &compute.MsgCloseLease{Sender: text(f.ann), Lease: lease, Reason: compute.ReasonDone}, compute.ErrInvalid)
	s.UntilExit = true
	_, lease = f.leased(s, 10_000)
	f.pass(1, time.Second)
	f.ok(&compute.MsgCloseLease{Sender: text(f.ann), Lease: lease, Reason: compute.ReasonExited})
	f.next()
	f.ended(lease, compute.ReasonExited, compute.OrderClosed)
	f.has(f.ann, provided+4)
}

// TestProviderGoes: a provider that is suspended or leaves keeps its leases, and gets no new one.
func TestProviderGoes(t *testing.T) {
	f := newFixture(t)
	_, lease := f.leased(seconds(), 10_000)
	open := f.order(seconds(), 1_000)
	f.ok(&provider.MsgSuspend{Sender: text(ledgertest.Account("admin")), Address: text(f.ann), Reason: "looked at"})
	bids := &compute.MsgBids{Provider: text(f.ann), Offers: []compute.Offer{{Order: open, Price: sdkmath.OneInt()}}}
	f.refused("bid of one that is suspended", bids, compute.ErrProvider)
	f.pass(1, 10*time.Second)
	if s := f.settle(f.ann, lease); !s[0].Amount.Equal(sdkmath.NewInt(40)) {
		t.Fatalf("settled %v", s)
	}
	f.ok(&provider.MsgResume{Sender: text(ledgertest.Account("admin")), Address: text(f.ann)})
	f.ok(&provider.MsgLeave{Address: text(f.ann)})
	f.refused("bid of one that leaves", bids, compute.ErrProvider)
	withdraw := f.announcement(f.ann)
	withdraw.Inventory, withdraw.Collateral = compute.Inventory{}, sdkmath.ZeroInt()
	f.refused("collateral that a lease holds", withdraw, compute.ErrCollateral)
	f.ok(&compute.MsgCloseLease{Sender: text(f.ann), Lease: lease})
	f.refused("collateral of a lease that ends", withdraw, compute.ErrCollateral)
	f.next()
	f.ok(withdraw)
	f.has(f.ann, 40-1)
}

func (f *fixture) leases(order []byte) []compute.Lease {
	f.tb.Helper()
	var list []compute.Lease
	for n := uint32(1); n <= f.is(order).Leases; n++ {
		list = append(list, f.leaseIs(compute.LeaseID(order, n)))
	}
	return list
}
