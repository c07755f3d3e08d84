package provider_test

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"cosmossdk.io/math"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"ayni.example/client"
	"ayni.example/x/compute"
)

const me = "0x52908400098527886E0F7030069857D2E4169EE7"

// fakeLedger is a ledger of one host in memory. It judges bids and leases with x/compute's own rules, makes no blocks, and counts
// what was sent. Faults make its answers fail.
type fakeLedger struct {
	mu     sync.Mutex
	now    func() time.Time
	params compute.Params
	host   *compute.Host
	orders []compute.Order
	books  map[string]*compute.Book
	leases []compute.Lease
	tasks  []compute.Task
	sent   map[string]int
	fault  error // of every read
	refuse error // of every message
}

func newFakeLedger(now func() time.Time) *fakeLedger {
	return &fakeLedger{now: now, params: compute.DefaultParams(), books: make(map[string]*compute.Book), sent: make(map[string]int)}
}

func (f *fakeLedger) WatchBlocks(context.Context) <-chan client.Block { return make(chan client.Block) }

func (f *fakeLedger) ComputeParams(context.Context) (compute.Params, error) { return f.params, f.fault }

func (f *fakeLedger) Host(context.Context, string) (compute.Host, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.host == nil && f.fault == nil {
		return compute.Host{}, client.ErrNotFound
	}
	if f.fault != nil {
		return compute.Host{}, f.fault
	}
	return *f.host, nil
}

func (f *fakeLedger) Orders(context.Context, string) ([]compute.Order, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	open := slices.DeleteFunc(slices.Clone(f.orders), func(o compute.Order) bool { return o.State != compute.OrderOpen })
	return open, f.fault
}

func (f *fakeLedger) Order(_ context.Context, id []byte) (compute.Order, compute.Book, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if o := f.order(id); o != nil && f.fault == nil {
		return *o, compute.Book{}, nil
	}
	return compute.Order{}, compute.Book{}, cmpErr(f.fault)
}

func cmpErr(fault error) error {
	if fault != nil {
		return fault
	}
	return client.ErrNotFound
}

func (f *fakeLedger) order(id []byte) *compute.Order {
	at := slices.IndexFunc(f.orders, func(o compute.Order) bool { return string(o.ID) == string(id) })
	if at < 0 {
		return nil
	}
	return &f.orders[at]
}

func (f *fakeLedger) lease(id []byte) *compute.Lease {
	at := slices.IndexFunc(f.leases, func(l compute.Lease) bool { return string(l.ID) == string(id) })
	if at < 0 {
		return nil
	}
	return &f.leases[at]
}

func (f *fakeLedger) HostLeases(context.Context, string) ([]compute.Lease, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(f.leases), func(l compute.Lease) bool { return l.State == compute.LeaseClosed }), f.fault
}

func (f *fakeLedger) Lease(_ context.Context, id []byte) (compute.Lease, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if l := f.lease(id); l != nil && f.fault == nil {
		return *l, nil
	}
	return compute.Lease{}, cmpErr(f.fault)
}

func (f *fakeLedger) Tasks(context.Context, []byte) ([]compute.Task, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.tasks), f.fault
}

func (f *fakeLedger) Bid(_ context.Context, _ string, offers []compute.Offer) ([]compute.Answer, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.sent["bids"]++
	f.sent["offers"] += len(offers)
	if f.refuse != nil {
		return nil, f.refuse
	}
	var answers []compute.Answer
	for _, offer := range offers {
		a := compute.Answer{Order: offer.Order}
		o := f.order(offer.Order)
		misfits := compute.Fit(*o, *f.host)
		switch {
		case o.State != compute.OrderOpen:
			a.Refused = compute.ReasonNotOpen
		case len(misfits) > 0:
			a.Refused = misfits[0].Reason
		case offer.Price.GT(o.Spec.PriceMax):
			a.Refused = compute.ReasonPrice
		case o.MatchesHeight == 0:
			f.lend(o, offer.Price)
			a.Lease = f.leases[len(f.leases)-1].ID
		default:
			book := f.books[string(o.ID)]
			if book == nil {
				book = &compute.Book{Order: o.ID}
				f.books[string(o.ID)] = book
			}
			if !book.Put(compute.Bid{Provider: me, Price: offer.Price}, int(f.params.BidsMax)) {
				a.Refused = compute.ReasonFull
			}
		}
		answers = append(answers, a)
	}
	return answers, nil
}

// lend gives an order to the host.
func (f *fakeLedger) lend(o *compute.Order, price math.Int) {
	taken, _ := compute.Allot(o.Spec, f.host.Inventory.Resources.Minus(f.host.Used))
	o.Leases, o.State = o.Leases+1, compute.OrderLeased
	f.host.Used, f.host.Leases = f.host.Used.Plus(taken), f.host.Leases+1
	f.leases = append(f.leases, compute.Lease{
		ID: compute.LeaseID(o.ID, o.Leases), Order: o.ID, Tenant: o.Tenant, Provider: me, Unit: o.Spec.Unit, Price: price, Taken: taken,
		State: compute.LeaseMatched, Bond: f.params.LeaseBond, Escrow: math.NewIntWithDecimal(1, 18), Paid: math.ZeroInt(),
	})
}

func (f *fakeLedger) Submit(_ context.Context, msgs ...sdk.Msg) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.sent["transactions"]++
	if f.refuse != nil {
		return f.refuse
	}
	for _, msg := range msgs {
		if v, ok := msg.(interface{ ValidateBasic() error }); ok {
			if err := v.ValidateBasic(); err != nil {
				return fmt.Errorf("%w: %w", client.ErrRejected, err)
			}
		}
		f.sent[fmt.Sprintf("%T", msg)]++
		if err := f.take(msg); err != nil {
			return fmt.Errorf("%w: %w", client.ErrRejected, err)
		}
	}
	return nil
}

func (f *fakeLedger) take(msg sdk.Msg) error {
	now := f.now().Unix()
	switch m := msg.(type) {
	case *compute.MsgAnnounce:
		f.host = &compute.Host{Provider: me, Inventory: m.Inventory, Collateral: m.Collateral, Bonded: math.ZeroInt()}
	case *compute.MsgDecline:
		for _, r := range m.Refusals {
			book := f.books[string(r.Order)]
			if book == nil {
				book = &compute.Book{Order: r.Order}
				f.books[string(r.Order)] = book
			}
			book.Refuse(compute.Decline{Provider: me, Reason: r.Reason}, int(f.params.DeclinesMax))
		}
	case *compute.MsgStart:
		l := f.lease(m.Lease)
		if l.State != compute.LeaseMatched {
			return compute.ErrState
		}
		l.State, l.StartedTime, l.SettledTime = compute.LeaseActive, now, now
	case *compute.MsgSettle:
		for _, id := range m.Leases {
			if l := f.lease(id); l.Runs() {
				l.Settle(1, now, f.params.DowntimeSeconds)
			}
		}
	case *compute.MsgReclaim:
		l := f.lease(m.Lease)
		l.State, l.ReclaimTime = compute.LeaseReclaiming, now+int64(f.order(l.Order).Spec.ReclaimSeconds)
	case *compute.MsgCloseLease:
		l := f.lease(m.Lease)
		if !l.Works() {
			return compute.ErrState
		}
		l.State, l.Reason = compute.LeaseClosed, m.Reason
	case *compute.MsgDeliver:
		for _, r := range m.Results {
			f.tasks = slices.DeleteFunc(f.tasks, func(t compute.Task) bool { return t.Index == r.Index })
			f.tasks = append(f.tasks, compute.Task{Order: f.lease(m.Lease).Order, Index: r.Index, State: compute.TaskDelivered, Digest: r.Digest})
		}
	case *compute.MsgCommit:
		l := f.lease(m.Lease)
		if m.Segment != l.Next {
			return compute.ErrState
		}
		l.Next++
		l.Waiting++
	default:
		return fmt.Errorf("unknown %T", msg)
	}
	return nil
}
