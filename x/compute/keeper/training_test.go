package keeper_test

import (
	"encoding/binary"
	"testing"
	"time"

	sdkmath "cosmossdk.io/math"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"ayni.example/x/compute"
	"ayni.example/x/internal/ledgertest"
	"ayni.example/x/referee"
)

func (f *fixture) commit(who sdk.AccAddress, lease []byte, segment uint64) *compute.MsgCommit {
	return &compute.MsgCommit{Provider: text(who), Lease: lease, Segment: segment, Root: digest(byte(10 + segment)), State: digest(byte(50 + segment))}
}

func claim(lease []byte, segment uint64) []byte {
	return binary.BigEndian.AppendUint64(append([]byte{}, lease...), segment)
}

// windowsEnd lets the referee's windows pass, with signs of a provider for its leases.
func (f *fixture) windowsEnd(who sdk.AccAddress, leases ...[]byte) {
	f.tb.Helper()
	for range 8 {
		f.pass(5, 10*time.Minute)
		if len(leases) > 0 {
			f.settle(who, leases...)
		}
	}
}

// TestTraining: segments are paid in their order once their windows are over; the last one ends the order, and the rest returns.
func TestTraining(t *testing.T) {
	f := newFixture(t)
	order, lease := f.leased(training(10), 60) // three segments: 4, 4 and 2 steps at 4 each, and audits at 2 each
	if l := f.leaseIs(lease); !l.Bond.Equal(sdkmath.NewInt(bond)) {
		t.Fatalf("bond %s", l.Bond)
	}
	f.refused("not the next", f.commit(f.ann, lease, 1), compute.ErrState)
	early := f.commit(f.ann, lease, 0)
	early.Results = [][]byte{digest(71)}
	f.refused("results before the end", early, compute.ErrInvalid)
	f.ok(f.commit(f.ann, lease, 0))
	f.refused("again", f.commit(f.ann, lease, 0), compute.ErrState)
	f.ok(f.commit(f.ann, lease, 1))
	first, err := f.Referee.Claims.Get(f.Ctx, referee.ClaimID(compute.KindSegment, claim(lease, 0)))
	ledgertest.Must(t, err)
	second, err := f.Referee.Claims.Get(f.Ctx, referee.ClaimID(compute.KindSegment, claim(lease, 1)))
	ledgertest.Must(t, err)
	if first.Before[0] != 2 || first.From != 0 || first.To != 4 || second.From != 4 || second.To != 8 || string(second.Before) != string(first.After) {
		t.Fatalf("claims %+v and %+v", first, second)
	}
	f.CheckReload(t)
	f.windowsEnd(f.ann, lease)
	f.has(f.ann, provided+32)
	o := f.is(order)
	if o.Progress.Segments != 2 || string(o.Progress.Root) != string(digest(11)) || string(o.Progress.State) != string(digest(51)) {
		t.Fatalf("progress %+v", o.Progress)
	}
	last := f.commit(f.ann, lease, 2)
	early = f.commit(f.ann, lease, 2)
	last.Results = [][]byte{digest(71), digest(72)}
	early.Results = make([][]byte, 17)
	f.refused("results without end", early, compute.ErrInvalid)
	f.ok(last)
	if h := f.host(f.ann); h.Used.CPU != 0 || !h.Bonded.Equal(sdkmath.NewInt(bond)) {
		t.Fatalf("after the last commitment the host is %+v", h)
	}
	f.windowsEnd(f.ann)
	f.ended(lease, compute.ReasonDone, compute.OrderClosed)
	if o := f.is(order); len(o.Progress.Results) != 2 || string(o.Progress.Results[1]) != string(digest(72)) {
		t.Fatalf("results %x", o.Progress.Results)
	}
	f.has(f.ann, provided+40)
	f.has(f.tenant, -40) // nobody audited: the fees came back
	if n := f.jobs(); n != 0 {
		t.Fatalf("%d jobs are left at the referee", n)
	}
	f.CheckReload(t)
}

func (f *fixture) jobs() (n int) {
	f.tb.Helper()
	g, err := f.Referee.ExportGenesis(f.Ctx)
	ledgertest.Must(f.tb, err)
	return len(g.Jobs)
}

// TestRefuted: a false segment costs its provider the bond; what stands before it is paid, what stands on it is dropped, and the job
// is repaired by another provider from the last segment that stands.
func TestRefuted(t *testing.T) {
	f := newFixture(t)
	order, lease := f.leased(training(16), 1_000)
	for segment := range uint64(3) {
		f.ok(f.commit(f.ann, lease, segment))
	}
	carl := ledgertest.Account("carl")
	ledgertest.Must(t, f.Compute.Refuted(f.Ctx, claim(lease, 1), carl))
	f.sound()
	l := f.leaseIs(lease)
	if l.State != compute.LeaseClosing || l.Reason != compute.ReasonRefuted || l.Waiting != 1 || !l.Bond.IsZero() {
		t.Fatalf("lease %+v", l)
	}
	if got := f.Balance(carl); !got.Equal(sdkmath.NewInt(bond / 2)) {
		t.Fatalf("challenger got %s", got)
	}
	if there, err := f.Referee.Claims.Has(f.Ctx, referee.ClaimID(compute.KindSegment, claim(lease, 2))); there || err != nil {
		t.Fatalf("the claim on what was dropped: %v, %v", there, err)
	}
	ledgertest.Must(t, f.Compute.Refuted(f.Ctx, claim(lease, 1), carl)) // once more: nothing
	ledgertest.Must(t, f.Compute.Accepted(f.Ctx, claim(lease, 2)))      // dropped: nothing
	f.refused("commit of a refuted one", f.commit(f.ann, lease, 1), compute.ErrState)
	f.windowsEnd(f.ann)
	f.ended(lease, compute.ReasonRefuted, compute.OrderOpen)
	f.has(f.ann, provided+16) // its first segment was true; the bond comes out of the collateral
	if h := f.host(f.ann); h.Refuted != 1 || !h.Collateral.Equal(sdkmath.NewInt(collateral-bond)) || !h.Bonded.IsZero() {
		t.Fatalf("host %+v", h)
	}
	if a := f.bid(f.ann, order, 1); a.Refused != compute.ReasonShunned {
		t.Fatalf("bid again: %v", a)
	}
	second := f.bid(f.bert, order, 4).Lease
	f.ok(&compute.MsgStart{Provider: text(f.bert), Lease: second})
	if l := f.leaseIs(second); l.Begins != 1 || l.Next != 1 {
		t.Fatalf("it begins at %d", l.Begins)
	}
	for segment := uint64(1); segment < 4; segment++ {
		f.ok(f.commit(f.bert, second, segment))
	}
	repaired, err := f.Referee.Claims.Get(f.Ctx, referee.ClaimID(compute.KindSegment, claim(second, 1)))
	ledgertest.Must(t, err)
	if string(repaired.Before) != string(digest(10)) {
		t.Fatalf("repair begins at %x", repaired.Before)
	}
	f.windowsEnd(f.bert)
	f.ended(second, compute.ReasonDone, compute.OrderClosed)
	f.has(f.bert, provided+48)
	f.has(f.tenant, -64+bond/2)
	f.CheckReload(t)
}

// TestRefutedAfterAccepted: a later segment whose window ended first is not paid before an earlier one is judged, and falls with it.
func TestRefutedAfterAccepted(t *testing.T) {
	f := newFixture(t)
	order, lease := f.leased(training(16), 1_000)
	f.ok(f.commit(f.ann, lease, 0))
	f.ok(f.commit(f.ann, lease, 1))
	ledgertest.Must(t, f.Compute.Accepted(f.Ctx, claim(lease, 1)))
	f.sound()
	f.has(f.ann, provided)
	ledgertest.Must(t, f.Compute.Refuted(f.Ctx, claim(lease, 0), nil)) // nobody to reward
	f.sound()
	f.ended(lease, compute.ReasonRefuted, compute.OrderOpen)
	f.has(f.ann, provided)
	if o := f.is(order); o.Progress.Segments != 0 || !o.Paid.IsZero() {
		t.Fatalf("order %+v", o)
	}
}

// TestTrainingResumes: a worker that dies is paid for what it committed and another one goes on from there; the order need not be standing for the
// repair of a lie, but for that.
func TestTrainingResumes(t *testing.T) {
	f := newFixture(t)
	s := training(16)
	s.Standing = true
	order, lease := f.leased(s, 1_000)
	f.ok(f.commit(f.ann, lease, 0))
	f.ok(f.commit(f.ann, lease, 1))
	f.windowsEnd(f.ann)
	f.ended(lease, compute.ReasonSilence, compute.OrderOpen)
	f.has(f.ann, provided+32)
	second := f.bid(f.bert, order, 5).Lease
	f.ok(&compute.MsgStart{Provider: text(f.bert), Lease: second})
	f.ok(f.commit(f.bert, second, 2))
	f.ok(&compute.MsgCloseOrder{Tenant: text(f.tenant), Order: order}) // what was committed is still judged, and paid
	if l := f.leaseIs(second); l.State != compute.LeaseClosing {
		t.Fatalf("lease is %s", l.State)
	}
	f.refused("close twice", &compute.MsgCloseOrder{Tenant: text(f.tenant), Order: order}, compute.ErrState)
	f.windowsEnd(f.bert)
	f.ended(second, compute.ReasonTenant, compute.OrderClosed)
	f.has(f.bert, provided+20)
	f.has(f.tenant, -52)
}

// TestTrainingBond: the bond grows with the order, and a provider without it cannot have it.
func TestTrainingBond(t *testing.T) {
	f := newFixture(t)
	s := training(12_000)
	order := f.order(s, 12_000*5+6_000)
	if a := f.bid(f.ann, order, 5); a.Refused != compute.ReasonCollateral { // 20 % of 60,000
		t.Fatalf("bid: %+v", a)
	}
	a := f.bid(f.ann, order, 4)
	if l := f.leaseIs(a.Lease); !l.Bond.Equal(sdkmath.NewInt(9_600)) {
		t.Fatalf("bond %s", l.Bond)
	}
	f.params(func(p *compute.Params) { p.PendingMax = 1 })
	f.ok(&compute.MsgStart{Provider: text(f.ann), Lease: a.Lease})
	f.ok(f.commit(f.ann, a.Lease, 0))
	f.refused("too many wait", f.commit(f.ann, a.Lease, 1), compute.ErrBound)
}

// TestFewerMayWait: what was committed while more might wait is paid in full, also when the first is accepted last.
func TestFewerMayWait(t *testing.T) {
	f := newFixture(t)
	_, lease := f.leased(training(16), 80)
	for segment := range uint64(4) {
		f.ok(f.commit(f.ann, lease, segment))
	}
	f.params(func(p *compute.Params) { p.PendingMax = 1 })
	for _, segment := range []uint64{3, 2, 1, 0} {
		ledgertest.Must(t, f.Referee.WithdrawClaim(f.Ctx, compute.KindSegment, claim(lease, segment)))
		ledgertest.Must(t, f.Compute.Accepted(f.Ctx, claim(lease, segment)))
	}
	f.ended(lease, compute.ReasonDone, compute.OrderClosed)
	f.has(f.ann, provided+64)
}

// TestFeesLeaveTheJob: audits take nothing of what another provider may need who repairs the job.
func TestFeesLeaveTheJob(t *testing.T) {
	f := newFixture(t)
	order, lease := f.leased(training(16), 81)
	f.ok(f.commit(f.ann, lease, 0))
	if l := f.leaseIs(lease); !l.Fees.Equal(sdkmath.OneInt()) {
		t.Fatalf("fees %s", l.Fees)
	}
	ledgertest.Must(t, f.Compute.Refuted(f.Ctx, claim(lease, 0), ledgertest.Account("carl")))
	f.ended(lease, compute.ReasonRefuted, compute.OrderOpen)
	if o := f.is(order); !o.Escrow.Equal(sdkmath.NewInt(80)) {
		t.Fatalf("escrow %s", o.Escrow)
	}
}
