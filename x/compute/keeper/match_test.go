package keeper_test

import (
	"fmt"
	"testing"
	"time"

	sdkmath "cosmossdk.io/math"

	storetypes "github.com/cosmos/cosmos-sdk/store/v2/types"
	sdk "github.com/cosmos/cosmos-sdk/types"

	"ayni.example/x/compute"
	"ayni.example/x/internal/ledgertest"
)

// crowd is a market of orders that wait for the end of their windows, which is in the next block, with a full book each.
func crowd(tb testing.TB, orders, providers int) *fixture {
	tb.Helper()
	f := newFixture(tb)
	send := func(msg sdk.Msg) {
		tb.Helper()
		_, err := f.Send(msg)
		ledgertest.Must(tb, err)
	}
	machines := make([]sdk.AccAddress, providers)
	for i := range machines {
		machines[i] = f.machine(fmt.Sprint("machine ", i))
		big := f.announcement(machines[i])
		big.Inventory.Resources.CPU, big.Inventory.Resources.Memory = 64_000, 1<<40
		send(big)
	}
	tenants := make([]sdk.AccAddress, (orders+249)/250)
	for i := range tenants {
		tenants[i] = ledgertest.Account(fmt.Sprint("tenant ", i))
		f.Fund(tb, tenants[i], 1_000_000)
	}
	s := seconds()
	s.Window = 5
	offers := make([]*compute.MsgBids, providers)
	for i := range orders {
		tenant := tenants[i%len(tenants)]
		send(&compute.MsgPlaceOrder{Tenant: text(tenant), Number: uint64(i + 1), Spec: s, Deposit: sdkmath.NewInt(1_000)})
		for n := range 8 { // each provider bids for some eighty
			at := (i*8 + n*7) % providers
			if offers[at] == nil {
				offers[at] = &compute.MsgBids{Provider: text(machines[at])}
			}
			offers[at].Offers = append(offers[at].Offers, compute.Offer{
				Order: compute.OrderID(tenant, uint64(i+1)), Price: sdkmath.NewInt(int64(1 + (i+n)%5)),
			})
		}
	}
	for _, msg := range offers {
		if msg != nil {
			send(msg)
		}
	}
	f.Advance(4, time.Second)
	f.Schedule.EndBlock(f.Ctx)
	return f
}

// matched counts the orders that are leased.
func (f *fixture) matched() (n int) {
	f.tb.Helper()
	ledgertest.Must(f.tb, f.Compute.Orders.Walk(f.Ctx, nil, func(_ []byte, o compute.Order) (bool, error) {
		if o.State == compute.OrderLeased {
			n++
		}
		return false, nil
	}))
	return n
}

// TestThousand: a thousand orders, with the bids of a hundred providers, are matched in the block in which their windows end.
func TestThousand(t *testing.T) {
	f := crowd(t, 1_000, 100)
	if n := f.matched(); n != 0 {
		t.Fatalf("%d are matched before", n)
	}
	began := time.Now()
	f.pass(1, time.Second)
	t.Logf("matched and checked in %v", time.Since(began))
	if n := f.matched(); n != 1_000 {
		t.Fatalf("%d of 1000 are matched", n)
	}
	f.CheckReload(t)
}

// TestMoreThanABlock: what is too much for one block goes on in the next.
func TestMoreThanABlock(t *testing.T) {
	if testing.Short() {
		t.Skip("a thousand orders are matched by another test")
	}
	f := crowd(t, 1_500, 60)
	f.pass(1, time.Second)
	some := f.matched()
	for range 5 {
		f.pass(1, time.Second)
	}
	if all := f.matched(); some == 0 || some == 1_500 || all != 1_500 {
		t.Fatalf("%d orders are matched in a block and %d in the end", some, all)
	}
}

// TestGasIsFlat: what a bid costs does not hang on what becomes of it.
func TestGasIsFlat(t *testing.T) {
	f := newFixture(t)
	s := seconds()
	won := f.order(s, 1_000)
	s.Window = 5
	entered := f.order(s, 1_000)
	used := make([]uint64, 0, 3)
	for _, order := range [][]byte{won, entered, make([]byte, 16)} {
		meter := storetypes.NewGasMeter(10_000_000)
		was := f.Ctx
		f.Ctx = was.WithGasMeter(meter)
		_, err := f.Send(&compute.MsgBids{Provider: text(f.ann), Offers: []compute.Offer{{Order: order, Price: sdkmath.OneInt()}}})
		ledgertest.Must(t, err)
		f.Ctx, used = was, append(used, meter.GasConsumed())
	}
	if used[0] != used[1] || used[1] != used[2] {
		t.Fatalf("gas %v", used)
	}
}

// BenchmarkMatch is the match of a thousand orders with eight bids each of a hundred providers.
func BenchmarkMatch(b *testing.B) {
	f := crowd(b, 1_000, 100)
	f.Advance(1, time.Second)
	was := f.Ctx
	var gas uint64
	b.ReportAllocs()
	for b.Loop() {
		f.Ctx, _ = was.CacheContext()
		meter := storetypes.NewInfiniteGasMeter()
		f.Ctx = f.Ctx.WithGasMeter(meter)
		f.Schedule.EndBlock(f.Ctx)
		gas = meter.GasConsumed()
	}
	if n := f.matched(); n != 1_000 {
		b.Fatalf("%d are matched", n)
	}
	f.Ctx = was
	b.ReportMetric(float64(gas), "gas-of-the-schedule")
}
