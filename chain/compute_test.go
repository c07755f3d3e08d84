package chain_test

import (
	"bytes"
	"errors"
	"testing"
	"time"

	"cosmossdk.io/math"

	"ayni.example/chain"
	"ayni.example/client"
	"ayni.example/internal/testchain"
	"ayni.example/x/compute"
	"ayni.example/x/provider"
)

// announce makes an account a provider of one core.
func announce(t *testing.T, c *client.Client, address string) {
	t.Helper()
	submit(t, c, &provider.MsgRegister{
		Address: address, Name: "machine", ReceiptKey: bytes.Repeat([]byte{5}, 32), PeerId: peerID, Bond: testchain.Credits(1),
	})
	submit(t, c, &compute.MsgAnnounce{Provider: address, Collateral: testchain.Credits(1), Inventory: compute.Inventory{
		Resources: compute.Resources{CPU: 1_000, Memory: 1 << 30}, Units: []compute.Unit{compute.UnitSecond},
	}})
}

func container(address string, number uint64) *compute.MsgPlaceOrder {
	return &compute.MsgPlaceOrder{Tenant: address, Number: number, Deposit: testchain.Credits(1), Spec: compute.Spec{
		Unit: compute.UnitSecond, Resources: compute.Resources{CPU: 1_000, Memory: 1 << 29}, PriceMax: math.NewInt(1_000_000),
		Manifest: bytes.Repeat([]byte{9}, 32),
	}}
}

// TestMarketComesWithRelease: a ledger of release 3 changes to the release that has a market.
func TestMarketComesWithRelease(t *testing.T) {
	a := age(t, 3)
	me := accountAddress(0)
	old, c, done := a.start(t, 3)
	if _, err := c.Submit(a.ctx, container(me, 1)); err == nil {
		t.Fatal("a ledger without a market took an order")
	}
	plan(t, old, c, 4)
	if err := <-done; !errors.Is(err, chain.ErrUpgradeDue) {
		t.Fatalf("the old program ends with %v", err)
	}
	old.Close()

	node, c, done := a.start(t, 4)
	submit(t, c, container(me, 1))
	announce(t, c, me)
	order, err := c.Orders(a.ctx, "")
	if err != nil || len(order) != 1 {
		t.Fatalf("open orders %v: %v", order, err)
	}
	answers, err := c.Bid(a.ctx, me, []compute.Offer{{Order: order[0].ID, Price: math.NewInt(1_000)}})
	if err != nil || answers[0].Refused != compute.ReasonOwn {
		t.Fatalf("bid on its own order: %v, %v", answers, err)
	}
	if err := node.App().Invariants(); err != nil {
		t.Fatal(err)
	}
	a.cancel()
	if err := <-done; err != nil {
		t.Fatal(err)
	}
}

// TestOrderToLease: from the block of an order to that of the lease that runs there are no more than three blocks, where the
// provider bids as soon as it sees the order.
func TestOrderToLease(t *testing.T) {
	l := testchain.New(t, testchain.Config{Accounts: 3, TimeoutCommit: 400 * time.Millisecond})
	machine, tenant := l.Client(1), l.Client(2)
	announce(t, machine, l.Address(1))
	submit(t, tenant, container(l.Address(2), 7))
	order, err := machine.Orders(t.Context(), "")
	if err != nil || len(order) != 1 {
		t.Fatalf("open orders %v: %v", order, err)
	}
	answers, err := machine.Bid(t.Context(), l.Address(1), []compute.Offer{{Order: order[0].ID, Price: math.NewInt(1_000)}})
	if err != nil || len(answers) != 1 || len(answers[0].Lease) == 0 {
		t.Fatalf("bid %v: %v", answers, err)
	}
	submit(t, machine, &compute.MsgStart{Provider: l.Address(1), Lease: answers[0].Lease})
	lease, err := machine.Lease(t.Context(), answers[0].Lease)
	if err != nil || lease.State != compute.LeaseActive {
		t.Fatalf("lease %+v: %v", lease, err)
	}
	if blocks := lease.StartedHeight - order[0].OpenedHeight; blocks > 3 {
		t.Fatalf("%d blocks from the order to the lease that runs", blocks)
	}
	time.Sleep(2 * time.Second)
	submit(t, tenant, &compute.MsgCloseOrder{Tenant: l.Address(2), Order: lease.Order})
	for range 100 { // the next block pays the last seconds
		if lease, err = machine.Lease(t.Context(), lease.ID); err != nil || lease.State == compute.LeaseClosed {
			break
		}
		time.Sleep(20 * time.Millisecond)
	}
	if err != nil || lease.State != compute.LeaseClosed || !lease.Paid.Equal(math.NewInt(1_000).MulRaw(lease.ClosedTime-lease.StartedTime)) {
		t.Fatalf("lease %+v: %v", lease, err)
	}
	if err := l.Node.App().Invariants(); err != nil {
		t.Fatal(err)
	}
}
