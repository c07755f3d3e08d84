package provider_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"cosmossdk.io/math"

	"ayni.example/compute/provider"
	"ayni.example/x/compute"
)

// TestTrade: the machine is announced once, what fits is bid for once, and what does not fit is left to those who look at the ledger.
func TestTrade(t *testing.T) {
	w := newWorld(t, nil)
	small, large := w.order(1, nil), w.order(9, nil)
	for range 3 {
		w.trade(t)
	}
	if w.ledger.sent["*compute.MsgAnnounce"] != 1 || w.ledger.sent["offers"] != 1 || w.ledger.sent["*compute.MsgDecline"] != 0 {
		t.Errorf("sent %v", w.ledger.sent)
	}
	if w.ledger.order(small.ID).State != compute.OrderLeased || w.ledger.order(large.ID).State != compute.OrderOpen {
		t.Errorf("orders %v", w.ledger.orders)
	}
	if got := w.ledger.leases[0].Price; !got.Equal(math.NewInt(5)) {
		t.Errorf("price %s", got)
	}
	if units := w.ledger.host.Inventory.Units; len(units) != 2 {
		t.Errorf("units %v", units)
	}
}

// TestReservation: bids hold what they ask for, but only for seconds; then the rest of the orders gets its chance.
func TestReservation(t *testing.T) {
	w := newWorld(t, nil)
	windowed := func(o *compute.Order) { o.MatchesHeight = 100 }
	for range 3 {
		w.order(4, windowed)
	}
	w.trade(t)
	if w.ledger.sent["offers"] != 2 {
		t.Fatalf("%d offers for 8 cores in fours", w.ledger.sent["offers"])
	}
	w.trade(t)
	if w.ledger.sent["offers"] != 2 {
		t.Fatalf("%d offers while both are held", w.ledger.sent["offers"])
	}
	w.now = w.now.Add(21 * time.Second)
	w.trade(t)
	if w.ledger.sent["offers"] != 3 {
		t.Errorf("%d offers after the hold", w.ledger.sent["offers"])
	}
	w.ledger.orders[0].MatchesHeight = 0 // its window ended and gave it to nobody
	w.now = w.now.Add(21 * time.Second)
	w.trade(t)
	if w.ledger.sent["offers"] != 4 || len(w.ledger.leases) != 1 {
		t.Errorf("%d offers, %d leases after the window", w.ledger.sent["offers"], len(w.ledger.leases))
	}
}

// TestDeclines: each reason that only the provider knows is told, once.
func TestDeclines(t *testing.T) {
	for name, c := range map[string]struct {
		config func(*provider.Config)
		order  func(*compute.Order)
		want   compute.Reason
	}{
		"price": {order: func(o *compute.Order) { o.Spec.PriceMax = math.NewInt(4) }, want: compute.ReasonPrice},
		"notice": {config: func(c *provider.Config) {
			c.Policy = func() provider.Policy { return provider.Policy{NoticeMax: time.Hour} }
		}, order: func(o *compute.Order) { o.Spec.ReclaimSeconds = 3601 }, want: compute.ReasonNotice},
		"paused":     {config: func(c *provider.Config) { c.Policy = func() provider.Policy { return provider.Policy{Paused: true} } }, want: compute.ReasonMaintenance},
		"collateral": {config: func(c *provider.Config) { c.Collateral = math.OneInt }, want: compute.ReasonCollateral},
		"policy":     {config: func(c *provider.Config) { c.Pricer = provider.Fixed{compute.UnitTask: math.OneInt()} }, want: compute.ReasonPolicy},
		"fault":      {config: func(c *provider.Config) { c.Pricer = failing{} }, want: compute.ReasonMaintenance},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, c.config)
			o := w.order(1, c.order)
			w.trade(t)
			w.trade(t)
			if got := w.reason(o); got != c.want || w.ledger.sent["*compute.MsgDecline"] != 1 || w.ledger.sent["offers"] != 0 {
				t.Errorf("declined for %s, sent %v", got, w.ledger.sent)
			}
		})
	}
	w := newWorld(t, nil)
	w.worker.declines = compute.ReasonGPU
	if o := w.order(1, nil); true {
		w.trade(t)
		if got := w.reason(o); got != compute.ReasonGPU {
			t.Errorf("the worker's reason is %s", got)
		}
	}
}

type failing struct{}

func (failing) Price(context.Context, compute.Order, compute.Host) (math.Int, error) {
	return math.Int{}, errors.New("no price today")
}

// TestRetry: what could not be sent is sent later, also by a process that was started again.
func TestRetry(t *testing.T) {
	w := newWorld(t, nil)
	w.trade(t)
	w.order(1, nil)
	w.order(1, func(o *compute.Order) { o.Spec.PriceMax = math.NewInt(1) })
	w.ledger.refuse = errors.New("the ledger is out of reach")
	if err := w.Trade(t.Context()); err == nil {
		t.Fatal("no error")
	}
	w.ledger.refuse = nil
	w.restart(t)
	w.trade(t)
	if len(w.ledger.leases) != 1 || w.ledger.sent["*compute.MsgDecline"] != 1 {
		t.Errorf("%d leases, sent %v", len(w.ledger.leases), w.ledger.sent)
	}
}

// TestReopened: an order whose lease ended is new to the market.
func TestReopened(t *testing.T) {
	w := newWorld(t, nil)
	w.order(1, nil)
	w.trade(t)
	w.ledger.orders[0].State, w.ledger.leases[0].State = compute.OrderOpen, compute.LeaseClosed
	w.trade(t)
	if len(w.ledger.leases) != 2 {
		t.Errorf("%d leases", len(w.ledger.leases))
	}
}

// TestThousandOrders: one look decides about all orders that a block may hold, in few transactions.
func TestThousandOrders(t *testing.T) {
	w := newWorld(t, func(c *provider.Config) {
		c.Collateral = stake(1000)
		c.Inventory = func(context.Context) (compute.Inventory, error) {
			return compute.Inventory{Resources: compute.Resources{CPU: 1_000_000, Memory: 1 << 42, Disk: 1 << 42}}, nil
		}
	})
	for range 1000 {
		w.order(1, func(o *compute.Order) { o.MatchesHeight = 9 })
	}
	began := time.Now()
	w.trade(t)
	t.Logf("1000 orders in %s", time.Since(began))
	if w.ledger.sent["offers"] != 1000 || w.ledger.sent["bids"] != 5 {
		t.Errorf("sent %v", w.ledger.sent)
	}
}
