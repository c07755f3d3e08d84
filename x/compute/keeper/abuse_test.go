package keeper_test

import (
	"testing"
	"time"

	sdkmath "cosmossdk.io/math"

	sdk "github.com/cosmos/cosmos-sdk/types"
	sdkerrors "github.com/cosmos/cosmos-sdk/types/errors"
	authtypes "github.com/cosmos/cosmos-sdk/x/auth/types"

	"ayni.example/x/compute"
	"ayni.example/x/internal/ledgertest"
)

// TestSenders: every message from somebody who may not send it.
func TestSenders(t *testing.T) {
	f := newFixture(t)
	stranger := ledgertest.Account("stranger")
	f.Fund(t, stranger, 10)
	order, lease := f.leased(seconds(), 1_000)
	tasks, work := f.leased(batch(3), 15)
	_, steps := f.leased(training(8), 100)
	open := f.order(seconds(), 1_000)
	f.ok(&compute.MsgDeliver{Provider: text(f.ann), Lease: work, Results: results(1, 0)})
	for name, test := range map[string]struct {
		msg  sdk.Msg
		want error
	}{
		"announce":         {f.announcement(stranger), compute.ErrProvider},
		"order":            {&compute.MsgPlaceOrder{Tenant: text(stranger), Number: 1, Spec: seconds(), Deposit: sdkmath.NewInt(1_000)}, sdkerrors.ErrInsufficientFunds},
		"deposit":          {&compute.MsgDeposit{Sender: text(stranger), Order: order, Amount: sdkmath.NewInt(11)}, sdkerrors.ErrInsufficientFunds},
		"bids":             {&compute.MsgBids{Provider: text(stranger), Offers: []compute.Offer{{Order: open, Price: sdkmath.OneInt()}}}, compute.ErrProvider},
		"decline":          {&compute.MsgDecline{Provider: text(stranger), Refusals: []compute.Refusal{{Order: open, Reason: compute.ReasonPrice}}}, compute.ErrProvider},
		"choose":           {&compute.MsgChoose{Tenant: text(stranger), Order: open, Provider: text(f.ann)}, compute.ErrUnauthorised},
		"start":            {&compute.MsgStart{Provider: text(f.bert), Lease: lease}, compute.ErrUnauthorised},
		"settle":           {&compute.MsgSettle{Provider: text(f.bert), Leases: [][]byte{lease}}, compute.ErrUnauthorised},
		"settle by tenant": {&compute.MsgSettle{Provider: text(f.tenant), Leases: [][]byte{lease}}, compute.ErrUnauthorised},
		"deliver":          {&compute.MsgDeliver{Provider: text(f.bert), Lease: work, Results: results(1, 1)}, compute.ErrUnauthorised},
		"approve":          {&compute.MsgApprove{Tenant: text(f.ann), Order: tasks, Results: results(1, 0)}, compute.ErrUnauthorised},
		"reject":           {&compute.MsgReject{Tenant: text(f.bert), Order: tasks, Results: results(1, 0)}, compute.ErrUnauthorised},
		"commit":           {f.commit(f.bert, steps, 0), compute.ErrUnauthorised},
		"reclaim":          {&compute.MsgReclaim{Provider: text(f.bert), Lease: lease}, compute.ErrUnauthorised},
		"close lease":      {&compute.MsgCloseLease{Sender: text(f.bert), Lease: lease}, compute.ErrUnauthorised},
		"close order":      {&compute.MsgCloseOrder{Tenant: text(f.ann), Order: order}, compute.ErrUnauthorised},
		"params":           {&compute.MsgUpdateParams{Authority: text(f.ann), Params: compute.DefaultParams()}, compute.ErrUnauthorised},
	} {
		t.Run(name, func(*testing.T) { f.refused(name, test.msg, test.want) })
	}
	f.ok(&compute.MsgUpdateParams{Authority: text(ledgertest.Account("authority")), Params: compute.DefaultParams()})
	f.refused("bad params", &compute.MsgUpdateParams{Authority: text(ledgertest.Account("authority"))}, compute.ErrInvalid)
}

// TestModulesAreNoPeople: money could not leave a module's account again.
func TestModulesAreNoPeople(t *testing.T) {
	f := newFixture(t)
	self := authtypes.NewModuleAddress(compute.ModuleName)
	f.refused("order", &compute.MsgPlaceOrder{Tenant: text(self), Number: 1, Spec: seconds(), Deposit: sdkmath.NewInt(1_000)}, compute.ErrInvalid)
	f.refused("announce", f.announcement(self), compute.ErrInvalid)
}

// TestWrongKinds: messages of one unit for a lease of another, and before or after its time.
func TestWrongKinds(t *testing.T) {
	f := newFixture(t)
	order, lease := f.leased(seconds(), 1_000)
	f.refused("deliver", &compute.MsgDeliver{Provider: text(f.ann), Lease: lease, Results: results(1, 0)}, compute.ErrState)
	f.refused("commit", f.commit(f.ann, lease, 0), compute.ErrState)
	f.refused("approve", &compute.MsgApprove{Tenant: text(f.tenant), Order: order, Results: results(1, 0)}, compute.ErrState)
	f.refused("start twice", &compute.MsgStart{Provider: text(f.ann), Lease: lease}, compute.ErrState)
	f.refused("no lease", &compute.MsgStart{Provider: text(f.ann), Lease: make([]byte, 20)}, compute.ErrNotFound)
	f.refused("no order", &compute.MsgCloseOrder{Tenant: text(f.tenant), Order: make([]byte, 16)}, compute.ErrNotFound)
	f.refused("short id", &compute.MsgSettle{Provider: text(f.ann), Leases: [][]byte{{1}}}, compute.ErrInvalid)
	matched := f.bid(f.ann, f.order(seconds(), 1_000), 4).Lease
	f.refused("reclaim what was not started", &compute.MsgReclaim{Provider: text(f.ann), Lease: matched}, compute.ErrState)
	f.pass(1, time.Minute)
	if s := f.settle(f.ann, matched); !s[0].Amount.IsZero() || s[0].State != compute.LeaseMatched {
		t.Fatalf("settled before its start: %v", s)
	}
	f.ok(&compute.MsgCloseLease{Sender: text(f.tenant), Lease: matched})
	f.ended(matched, compute.ReasonTenant, compute.OrderClosed)
	f.has(f.ann, provided)
}

// TestClosesBeforeSettle: a tenant that closes just before a settlement pays the seconds up to then, within the bound.
func TestClosesBeforeSettle(t *testing.T) {
	f := newFixture(t)
	order, _ := f.leased(seconds(), 100_000)
	f.pass(1, 599*time.Second)
	f.ok(&compute.MsgCloseOrder{Tenant: text(f.tenant), Order: order})
	f.next()
	f.has(f.ann, provided+4*599)
	_, lease := f.leased(seconds(), 100_000)
	f.pass(1, 20*time.Minute)
	f.ok(&compute.MsgCloseLease{Sender: text(f.tenant), Lease: lease})
	f.next()
	f.has(f.ann, provided+4*599+4*600)
	f.refused("and settles", &compute.MsgReclaim{Provider: text(f.ann), Lease: lease}, compute.ErrState)
}

// TestRound: 200 leases in one message, each exact, one of them ended and one used up.
func TestRound(t *testing.T) {
	f := newFixture(t)
	f.params(func(p *compute.Params) { p.LeaseBond = sdkmath.OneInt() })
	big := f.announcement(f.ann)
	big.Inventory.Resources = compute.Resources{CPU: 1 << 20, Memory: 1 << 40, Disk: 1 << 40}
	f.ok(big)
	leases := make([][]byte, 0, 201)
	for range 200 {
		_, lease := f.leased(seconds(), 400)
		leases = append(leases, lease)
	}
	f.pass(1, 90*time.Second)
	f.ok(&compute.MsgCloseLease{Sender: text(f.tenant), Lease: leases[7]})
	f.next()
	f.pass(1, 9*time.Second)
	f.settle(f.ann, leases...)
	f.has(f.ann, provided+199*99*4+90*4)
	f.pass(1, 9*time.Second)
	for _, s := range f.settle(f.ann, leases...) {
		if s.State != compute.LeaseClosed {
			t.Fatalf("settled %+v", s)
		}
	}
	f.has(f.ann, provided+199*400+90*4)
	if h := f.host(f.ann); h.Used.CPU != 0 || h.Leases != 0 || !h.Bonded.IsZero() || h.Served != 200 {
		t.Fatalf("host %+v", h)
	}
	f.refused("201 in a message", &compute.MsgSettle{Provider: text(f.ann), Leases: append(leases, leases[0])}, compute.ErrBound)
}

// TestShrinks: a provider that announces less than its leases take keeps them and gets nothing new.
func TestShrinks(t *testing.T) {
	f := newFixture(t)
	_, lease := f.leased(seconds(), 10_000)
	small := f.announcement(f.ann)
	small.Inventory.Resources.CPU, small.Inventory.Resources.GPUs = 500, nil
	f.ok(small)
	f.pass(1, time.Second)
	f.settle(f.ann, lease)
	s := seconds()
	s.Resources.CPU = 1
	if a := f.bid(f.ann, f.order(s, 1_000), 1); a.Refused != compute.ReasonCPU {
		t.Fatalf("bid %+v", a)
	}
	f.ok(&compute.MsgCloseLease{Sender: text(f.ann), Lease: lease})
	if h := f.host(f.ann); h.Used.CPU != 0 {
		t.Fatalf("host %+v", h)
	}
}
