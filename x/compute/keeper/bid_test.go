package keeper_test

import (
	"slices"
	"testing"
	"time"

	sdkmath "cosmossdk.io/math"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"ayni.example/x/compute"
	"ayni.example/x/internal/ledgertest"
)

// TestWindow: the cheapest bid wins, then the earlier; a bid binds nothing before; a fuller book keeps the cheapest.
func TestWindow(t *testing.T) {
	f := newFixture(t)
	s := seconds()
	s.Window = 3
	order := f.order(s, 1_000)
	carl, dora := f.machine("carl"), f.machine("dora")
	for _, b := range []struct {
		who   sdk.AccAddress
		price int64
	}{{f.ann, 5}, {f.bert, 4}, {carl, 4}, {f.ann, 3}, {f.ann, 5}} {
		if a := f.bid(b.who, order, b.price); a.Refused != 0 || len(a.Lease) > 0 {
			t.Fatalf("bid at %d: %+v", b.price, a)
		}
	}
	if h := f.host(f.bert); !h.Bonded.IsZero() {
		t.Fatalf("a bid holds %s", h.Bonded)
	}
	book, err := f.Compute.Books.Get(f.Ctx, order)
	ledgertest.Must(t, err)
	if got := providersOf(book.Bids); !slices.Equal(got, []string{text(f.bert), text(carl), text(f.ann)}) {
		t.Fatalf("book %v", got)
	}
	f.params(func(p *compute.Params) { p.BidsMax = 3 })
	if a := f.bid(dora, order, 5); a.Refused != compute.ReasonFull {
		t.Fatalf("a bid that cannot win: %+v", a)
	}
	if a := f.bid(dora, order, 3); a.Refused != 0 {
		t.Fatalf("a cheaper bid: %+v", a)
	}
	f.CheckReload(t)
	f.pass(2, time.Second)
	if o := f.is(order); o.State != compute.OrderOpen {
		t.Fatalf("order is %s before its window ends", o.State)
	}
	f.pass(1, time.Second)
	l := f.leaseIs(f.is(order).Lease())
	if l.Provider != text(dora) || !l.Price.Equal(sdkmath.NewInt(3)) || l.State != compute.LeaseMatched {
		t.Fatalf("lease %+v", l)
	}
	if a := f.bid(f.ann, order, 1); a.Refused != compute.ReasonNotOpen {
		t.Fatalf("bid for what is leased: %+v", a)
	}
}

func providersOf(bids []compute.Bid) (list []string) {
	for _, b := range bids {
		list = append(list, b.Provider)
	}
	return list
}

// TestWindowPasses: bidders that cannot have the order any more are passed over, and where none can, the first that fits has it later.
func TestWindowPasses(t *testing.T) {
	f := newFixture(t)
	s := seconds()
	s.Window, s.Resources.CPU = 2, 3_000
	first, second, third := f.order(s, 1_000), f.order(s, 1_000), f.order(s, 1_000)
	for _, order := range [][]byte{first, second, third} {
		f.bid(f.ann, order, 2)
		f.bid(f.bert, order, 3)
	}
	f.pass(2, time.Second)
	won := map[string]int{}
	open := []byte(nil)
	for _, order := range [][]byte{first, second, third} {
		if o := f.is(order); o.State == compute.OrderLeased {
			won[f.leaseIs(o.Lease()).Provider]++
		} else {
			open = order
		}
	}
	if won[text(f.ann)] != 1 || won[text(f.bert)] != 1 || open == nil {
		t.Fatalf("won %v: nobody can lend four cores twice to three", won)
	}
	if a := f.bid(f.ann, open, 1); a.Refused != compute.ReasonCPU {
		t.Fatalf("oversold: %+v", a)
	}
	carl := f.machine("carl")
	if a := f.bid(carl, open, 5); len(a.Lease) == 0 {
		t.Fatalf("after the window: %+v", a)
	}
}

// TestChoose: the tenant may take a bid that is not the cheapest before the window ends.
func TestChoose(t *testing.T) {
	f := newFixture(t)
	s := seconds()
	s.Window = 50
	order := f.order(s, 1_000)
	f.bid(f.ann, order, 2)
	f.bid(f.bert, order, 5)
	choose := func(sender, who sdk.AccAddress) *compute.MsgChoose {
		return &compute.MsgChoose{Tenant: text(sender), Order: order, Provider: text(who)}
	}
	f.refused("a stranger", choose(f.ann, f.ann), compute.ErrUnauthorised)
	f.refused("no bid", choose(f.tenant, f.tenant), compute.ErrNotFound)
	broke := f.announcement(f.bert)
	broke.Collateral = sdkmath.ZeroInt()
	f.ok(broke)
	f.refused("no collateral any more", choose(f.tenant, f.bert), compute.ErrFit)
	f.ok(f.announcement(f.bert))
	f.ok(choose(f.tenant, f.bert))
	f.refused("twice", choose(f.tenant, f.ann), compute.ErrNotFound)
	if l := f.leaseIs(f.is(order).Lease()); l.Provider != text(f.bert) {
		t.Fatalf("lease %+v", l)
	}
	f.pass(50, time.Second) // the end of the window finds nothing
}

// TestRefusals: each reason for which a bid is not taken, told beside those that are.
func TestRefusals(t *testing.T) {
	f := newFixture(t)
	own := &compute.MsgPlaceOrder{Tenant: text(f.ann), Number: 1, Spec: seconds(), Deposit: sdkmath.NewInt(1_000)}
	f.ok(own)
	with := func(change func(*compute.Spec)) []byte {
		s := seconds()
		s.Window = 10
		change(&s)
		return f.order(s, 1_000)
	}
	for name, test := range map[string]struct {
		order []byte
		price int64
		want  compute.Reason
	}{
		"own":       {compute.OrderID(f.ann, 1), 1, compute.ReasonOwn},
		"no such":   {make([]byte, 16), 1, compute.ReasonNotOpen},
		"price":     {with(func(*compute.Spec) {}), 6, compute.ReasonPrice},
		"cpu":       {with(func(s *compute.Spec) { s.Resources.CPU = 4_001 }), 1, compute.ReasonCPU},
		"memory":    {with(func(s *compute.Spec) { s.Resources.Memory = 9 * gib }), 1, compute.ReasonMemory},
		"disk":      {with(func(s *compute.Spec) { s.Resources.Disk = 101 * gib }), 1, compute.ReasonDisk},
		"volume":    {with(func(s *compute.Spec) { s.Resources.Volumes = []compute.Volume{{Class: "nvme", Bytes: 1}} }), 1, compute.ReasonVolume},
		"gpu":       {with(func(s *compute.Spec) { s.GPUs = []compute.Choice{{Count: 2, Any: []compute.GPU{{}}}} }), 1, compute.ReasonGPU},
		"attribute": {with(func(s *compute.Spec) { s.Placement.Attributes = []compute.Attribute{{Key: "region", Value: "us"}} }), 1, compute.ReasonAttribute},
		"score":     {with(func(s *compute.Spec) { s.Placement.FlopsAll = 5e9 }), 1, compute.ReasonScore},
		"others":    {with(func(s *compute.Spec) { s.Placement.Providers = []string{text(f.bert)} }), 1, compute.ReasonPlacement},
		"not this":  {with(func(s *compute.Spec) { s.Placement.Excluded = []string{text(f.ann)} }), 1, compute.ReasonPlacement},
		"fits":      {with(func(s *compute.Spec) { s.Placement.Providers = []string{text(f.ann)} }), 1, 0},
		"fits by gpu": {with(func(s *compute.Spec) {
			s.GPUs = []compute.Choice{{Count: 1, Any: []compute.GPU{{Model: "h100"}, {Vendor: "nvidia"}}}}
		}), 1, 0},
		"any volume": {with(func(s *compute.Spec) { s.Resources.Volumes = []compute.Volume{{Bytes: gib}} }), 1, 0},
	} {
		if a := f.bid(f.ann, test.order, test.price); a.Refused != test.want {
			t.Errorf("%s: refused for %s, want %s", name, a.Refused, test.want)
		}
	}
	f.params(func(p *compute.Params) { p.LeaseBond = sdkmath.NewInt(collateral + 1) })
	if a := f.bid(f.ann, with(func(*compute.Spec) {}), 1); a.Refused != compute.ReasonCollateral {
		t.Errorf("without collateral: %s", a.Refused)
	}
}

// TestDecline: providers say why they do not bid, once each, and take it back by a bid.
func TestDecline(t *testing.T) {
	f := newFixture(t)
	s := seconds()
	s.Window = 10
	order := f.order(s, 1_000)
	decline := func(who sdk.AccAddress, reason compute.Reason) *compute.MsgDecline {
		return &compute.MsgDecline{Provider: text(who), Refusals: []compute.Refusal{{Order: order, Reason: reason}, {Order: make([]byte, 16), Reason: reason}}}
	}
	f.refused("no reason", decline(f.ann, compute.ReasonDone), compute.ErrInvalid)
	f.refused("nobody", decline(f.tenant, compute.ReasonPrice), compute.ErrProvider)
	f.ok(decline(f.ann, compute.ReasonImage))
	f.ok(decline(f.ann, compute.ReasonPrice))
	f.ok(decline(f.bert, compute.ReasonPolicy))
	carl := f.machine("carl")
	f.params(func(p *compute.Params) { p.DeclinesMax = 2 })
	f.ok(decline(carl, compute.ReasonPolicy))
	book, err := f.Compute.Books.Get(f.Ctx, order)
	ledgertest.Must(t, err)
	if len(book.Declines) != 2 || book.Declines[0].Provider != text(f.ann) || book.Declines[0].Reason != compute.ReasonPrice {
		t.Fatalf("declines %v", book.Declines)
	}
	f.bid(f.ann, order, 1)
	f.CheckReload(t)
	book, err = f.Compute.Books.Get(f.Ctx, order)
	ledgertest.Must(t, err)
	if len(book.Declines) != 1 || len(book.Bids) != 1 {
		t.Fatalf("book %v", book)
	}
}

// TestTenants: an account has so many orders at a time, numbers them upwards, and the first closed ones are forgotten.
func TestTenants(t *testing.T) {
	f := newFixture(t)
	f.params(func(p *compute.Params) { p.OrdersMax, p.ClosedMax = 2, 2 })
	f.order(seconds(), 1_000)
	f.order(seconds(), 1_000)
	f.refused("a third", f.orderMsg(seconds(), 1_000), compute.ErrBound)
	for n := uint64(1); n <= 2; n++ {
		f.ok(&compute.MsgCloseOrder{Tenant: text(f.tenant), Order: compute.OrderID(f.tenant, n)})
	}
	f.has(f.tenant, 0)
	again := f.orderMsg(seconds(), 1_000)
	again.Number = 2
	f.refused("an old number", again, compute.ErrExists)
	for range 4 {
		f.pass(1, time.Second)
		_, lease := f.leased(seconds(), 1_000)
		f.ok(&compute.MsgCloseLease{Sender: text(f.tenant), Lease: lease})
		f.next()
	}
	if there, err := f.Compute.Orders.Has(f.Ctx, compute.OrderID(f.tenant, 1)); there || err != nil {
		t.Fatalf("the first order is still there: %v", err)
	}
	tenant, err := f.Compute.Tenants.Get(f.Ctx, f.tenant)
	ledgertest.Must(t, err)
	if tenant.Open != 0 || tenant.Closed != 3 { // one is forgotten at each new order
		t.Fatalf("tenant %+v", tenant)
	}
	f.CheckReload(t)
}

// TestSpecs: orders that make no sense, or more than the market allows.
func TestSpecs(t *testing.T) {
	f := newFixture(t)
	for name, test := range map[string]struct {
		change func(*compute.Spec)
		want   error
	}{
		"no unit":         {func(s *compute.Spec) { s.Unit = 0 }, compute.ErrInvalid},
		"no price":        {func(s *compute.Spec) { s.PriceMax = sdkmath.ZeroInt() }, compute.ErrInvalid},
		"negative price":  {func(s *compute.Spec) { s.PriceMax = sdkmath.NewInt(-1) }, compute.ErrInvalid},
		"no manifest":     {func(s *compute.Spec) { s.Manifest = nil }, compute.ErrInvalid},
		"tasks":           {func(s *compute.Spec) { s.Tasks = 1 }, compute.ErrInvalid},
		"no training":     {func(s *compute.Spec) { s.Unit = compute.UnitStep }, compute.ErrInvalid},
		"false steps":     {func(s *compute.Spec) { *s = training(8); s.Training.Steps = 9 }, compute.ErrInvalid},
		"no job":          {func(s *compute.Spec) { *s = training(8); s.Training.Job[0] = 0 }, compute.ErrInvalid},
		"window":          {func(s *compute.Spec) { s.Window = 10_001 }, compute.ErrBound},
		"notice":          {func(s *compute.Spec) { s.ReclaimSeconds = 1 << 30 }, compute.ErrBound},
		"review":          {func(s *compute.Spec) { *s = batch(1); s.ReviewSeconds = 1 << 30 }, compute.ErrBound},
		"class":           {func(s *compute.Spec) { s.Resources.Volumes = []compute.Volume{{Class: "tape", Bytes: 1}} }, compute.ErrInvalid},
		"too many cores":  {func(s *compute.Spec) { s.Resources.CPU = 1 << 40 }, compute.ErrInvalid},
		"word":            {func(s *compute.Spec) { s.GPUs = []compute.Choice{{Count: 1, Any: []compute.GPU{{Model: "A100"}}}} }, compute.ErrInvalid},
		"nobody's choice": {func(s *compute.Spec) { s.GPUs = []compute.Choice{{Count: 1}} }, compute.ErrInvalid},
		"no account":      {func(s *compute.Spec) { s.Placement.Providers = []string{"nobody"} }, compute.ErrInvalid},
	} {
		s := seconds()
		test.change(&s)
		f.refused(name, f.orderMsg(s, 100_000), test.want)
	}
}
