package keeper_test

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	sdkmath "cosmossdk.io/math"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"ayni.example/tensor/trace"
	"ayni.example/x/compute"
	"ayni.example/x/internal/ledgertest"
	"ayni.example/x/provider"
)

const (
	gib        = 1 << 30
	start      = 1_000_000 // of each account
	collateral = 10_000
	bond       = 100
)

// fixture is a ledger with a tenant and two machines that have announced themselves.
type fixture struct {
	*ledgertest.Ledger
	tb                testing.TB
	tenant, ann, bert sdk.AccAddress
	number            uint64
}

func newFixture(tb testing.TB) *fixture {
	tb.Helper()
	f := &fixture{
		Ledger: ledgertest.Start(tb), tb: tb, tenant: ledgertest.Account("tenant"), ann: ledgertest.Account("ann"), bert: ledgertest.Account("bert"),
	}
	f.params(func(p *compute.Params) { p.LeaseBond = sdkmath.NewInt(bond) })
	providers, err := f.Provider.Params.Get(f.Ctx)
	ledgertest.Must(tb, err)
	providers.BondMin = sdkmath.NewInt(1)
	ledgertest.Must(tb, f.Provider.Params.Set(f.Ctx, providers))
	audits, err := f.Referee.Params.Get(f.Ctx)
	ledgertest.Must(tb, err)
	audits.AuditBps = 0 // audits need the seats' draws, which a ledger of modules alone has not
	ledgertest.Must(tb, f.Referee.Params.Set(f.Ctx, audits))
	f.Fund(tb, f.tenant, start)
	f.machine("ann")
	f.machine("bert")
	return f
}

func (f *fixture) params(change func(*compute.Params)) {
	f.tb.Helper()
	p, err := f.Compute.Params.Get(f.Ctx)
	ledgertest.Must(f.tb, err)
	change(&p)
	ledgertest.Must(f.tb, f.Compute.Params.Set(f.Ctx, p))
}

// machine registers and announces a provider with money of its own.
func (f *fixture) machine(name string) sdk.AccAddress {
	f.tb.Helper()
	who := ledgertest.Account(name)
	f.Fund(f.tb, who, start)
	key := append(bytes.Clone(who), who[:12]...)
	f.ok(&provider.MsgRegister{
		Address: text(who), Name: name, ReceiptKey: key, PeerId: "12D3KooW" + strings.ReplaceAll(fmt.Sprintf("%044x", []byte(who)), "0", "z"), Bond: sdkmath.OneInt(),
		Endpoints: []string{"/ip4/192.0.2.1/tcp/4001"},
	})
	f.ok(f.announcement(who))
	return who
}

func inventory() compute.Inventory {
	return compute.Inventory{
		Resources: compute.Resources{
			CPU: 4_000, Memory: 8 * gib, Disk: 100 * gib, Volumes: []compute.Volume{{Class: "ssd", Bytes: 50 * gib}},
			GPUs: []compute.GPU{{Vendor: "nvidia", Model: "rtx4090", Memory: 24 * gib, Count: 1}},
		},
		Attributes: []compute.Attribute{{Key: "region", Value: "eu"}},
		FlopsCore:  1e9, FlopsAll: 4e9, Units: []compute.Unit{compute.UnitSecond, compute.UnitTask, compute.UnitStep},
	}
}

func (f *fixture) announcement(who sdk.AccAddress) *compute.MsgAnnounce {
	return &compute.MsgAnnounce{Provider: text(who), Inventory: inventory(), Collateral: sdkmath.NewInt(collateral)}
}

// seconds wants a container of one core at 5 acredit a second at most.
func seconds() compute.Spec {
	return compute.Spec{
		Unit: compute.UnitSecond, Resources: compute.Resources{CPU: 1_000, Memory: gib, Disk: gib},
		PriceMax: sdkmath.NewInt(5), Manifest: bytes.Repeat([]byte{7}, 32),
	}
}

func batch(tasks uint32) compute.Spec {
	s := seconds()
	s.Unit, s.Tasks, s.Retries, s.ReviewSeconds = compute.UnitTask, tasks, 1, 1_000
	return s
}

// training has a number of steps in segments of four.
func training(steps uint64) compute.Spec {
	job := trace.Job{
		Shape: trace.Shape{
			Layers: 1, Width: 32, Heads: 1, KVHeads: 1, HeadSize: 32, Inner: 32, Vocab: 32, Windows: 1, Length: 32,
			Eps: math.Float32bits(1e-5), Clip: math.Float64bits(1),
		},
		Plan: trace.Hash{1}, Initial: trace.Hash{2}, Steps: steps, Segment: 4,
	}
	s := seconds()
	s.Unit, s.Manifest = compute.UnitStep, nil
	s.Training = &compute.Training{
		Job: job.Encode(), Recipe: bytes.Repeat([]byte{3}, 32), Steps: steps, Segment: 4, AuditFee: sdkmath.NewInt(2),
	}
	return s
}

// order places an order of the tenant's.
func (f *fixture) order(s compute.Spec, deposit int64) []byte {
	f.tb.Helper()
	msg := f.orderMsg(s, deposit)
	f.ok(msg)
	return compute.OrderID(f.tenant, msg.Number)
}

func (f *fixture) orderMsg(s compute.Spec, deposit int64) *compute.MsgPlaceOrder {
	f.number++
	return &compute.MsgPlaceOrder{Tenant: text(f.tenant), Number: f.number, Spec: s, Deposit: sdkmath.NewInt(deposit)}
}

// bid makes one bid and returns what became of it.
func (f *fixture) bid(who sdk.AccAddress, order []byte, price int64) compute.Answer {
	f.tb.Helper()
	res := f.ok(&compute.MsgBids{Provider: text(who), Offers: []compute.Offer{{Order: order, Price: sdkmath.NewInt(price)}}})
	return res.MsgResponses[0].GetCachedValue().(*compute.MsgBidsResponse).Answers[0]
}

// leased places an order without a window and has ann take it at 4 and start.
func (f *fixture) leased(s compute.Spec, deposit int64) (order, lease []byte) {
	f.tb.Helper()
	order = f.order(s, deposit)
	a := f.bid(f.ann, order, 4)
	if len(a.Lease) == 0 {
		f.tb.Fatalf("no lease: refused for %s", a.Refused)
	}
	f.ok(&compute.MsgStart{Provider: text(f.ann), Lease: a.Lease})
	f.next()
	return order, a.Lease
}

func (f *fixture) settle(who sdk.AccAddress, leases ...[]byte) []compute.Settled {
	f.tb.Helper()
	res := f.ok(&compute.MsgSettle{Provider: text(who), Leases: leases})
	return res.MsgResponses[0].GetCachedValue().(*compute.MsgSettleResponse).Settled
}

func (f *fixture) ok(msg sdk.Msg) *sdk.Result {
	f.tb.Helper()
	res, err := f.Send(msg)
	ledgertest.Must(f.tb, err)
	f.sound()
	return res
}

func (f *fixture) refused(name string, msg sdk.Msg, want error) {
	f.tb.Helper()
	if _, err := f.Send(msg); !errors.Is(err, want) {
		f.tb.Fatalf("%s: error %v, want %v", name, err, want)
	}
	f.sound()
}

// sound ends the test unless the market's invariants hold.
func (f *fixture) sound() {
	f.tb.Helper()
	ledgertest.Must(f.tb, f.Compute.Invariants(f.Ctx))
}

// pass goes ahead and ends the block in between, so that what is due runs.
func (f *fixture) pass(blocks int64, d time.Duration) {
	f.tb.Helper()
	f.Advance(blocks, d)
	f.Schedule.EndBlock(f.Ctx)
	f.sound()
}

// next is a block later, in no time: what starts or ends has its time.
func (f *fixture) next() {
	f.tb.Helper()
	f.pass(1, 0)
}

func (f *fixture) is(order []byte) compute.Order {
	f.tb.Helper()
	o, err := f.Compute.Orders.Get(f.Ctx, order)
	ledgertest.Must(f.tb, err)
	return o
}

func (f *fixture) leaseIs(lease []byte) compute.Lease {
	f.tb.Helper()
	l, err := f.Compute.Leases.Get(f.Ctx, lease)
	ledgertest.Must(f.tb, err)
	return l
}

func (f *fixture) host(who sdk.AccAddress) compute.Host {
	f.tb.Helper()
	h, err := f.Compute.Hosts.Get(f.Ctx, who)
	ledgertest.Must(f.tb, err)
	return h
}

// ended checks how a lease and its order stand.
func (f *fixture) ended(lease []byte, reason compute.Reason, order compute.OrderState) {
	f.tb.Helper()
	l := f.leaseIs(lease)
	if l.State != compute.LeaseClosed || l.Reason != reason {
		f.tb.Fatalf("lease is %s for %s, want closed for %s", l.State, l.Reason, reason)
	}
	if o := f.is(l.Order); o.State != order {
		f.tb.Fatalf("order is %s, want %s", o.State, order)
	}
}

// has checks an account's money, less what it began with.
func (f *fixture) has(who sdk.AccAddress, change int64) {
	f.tb.Helper()
	if got := f.Balance(who).SubRaw(start); !got.Equal(sdkmath.NewInt(change)) {
		f.tb.Fatalf("%s has %s more than at first, want %d", text(who), got, change)
	}
}

// provided is what ann and bert have spent before any lease: bonds of registration and collateral.
const provided = -collateral - 1

func text(who sdk.AccAddress) string { return ledgertest.Text(who) }

func digest(n byte) []byte { return bytes.Repeat([]byte{n}, 32) }
