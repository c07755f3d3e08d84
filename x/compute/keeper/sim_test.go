package keeper_test

import (
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"testing"
	"time"

	"cosmossdk.io/collections"
	sdkmath "cosmossdk.io/math"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"ayni.example/x/compute"
	"ayni.example/x/internal/ledgertest"
	"ayni.example/x/provider"
)

// simulation does what people and machines may do in any order, with sleeps, deaths and lies from the seed. After each step the invariants hold,
// no money is made or lost, and no honest provider has lost collateral.
type simulation struct {
	*fixture
	rand       *rand.Rand
	tenants    []sdk.AccAddress
	providers  []sdk.AccAddress
	supply     sdkmath.Int
	collateral map[string]int64 // what each provider deposited, less the bonds of segments that were refuted
	done       map[string]int
}

func newSimulation(tb testing.TB, seed uint64) *simulation {
	tb.Helper()
	s := &simulation{fixture: newFixture(tb), rand: rand.New(rand.NewPCG(seed, 6)), collateral: map[string]int64{}, done: map[string]int{}}
	s.params(func(p *compute.Params) {
		p.OrdersMax, p.ClosedMax, p.BidsMax, p.LeasesMax, p.PendingMax = 8, 3, 3, 6, 6
	})
	s.providers = []sdk.AccAddress{s.ann, s.bert, s.machine("carl"), s.machine("dora")}
	s.tenants = []sdk.AccAddress{s.tenant, ledgertest.Account("second tenant"), s.ann}
	s.Fund(tb, s.tenants[1], start)
	for _, p := range s.providers {
		s.collateral[text(p)] = collateral
	}
	s.supply = s.Bank.GetSupply(s.Ctx, "acredit").Amount
	return s
}

// try sends a message, which may be refused for any of the module's reasons but a contradiction.
func (s *simulation) try(msg sdk.Msg) bool {
	s.tb.Helper()
	_, err := s.Send(msg)
	name := fmt.Sprintf("%T", msg)
	if err != nil {
		if errors.Is(err, compute.ErrInvariant) || errors.Is(err, compute.ErrInvalid) {
			s.tb.Fatalf("%s: %v\n%v", name, err, msg)
		}
		name += " refused"
	}
	s.done[name]++
	return err == nil
}

func pick[T any](r *rand.Rand, list []T) T { return list[r.IntN(len(list))] }

func (s *simulation) step() {
	switch n := s.rand.IntN(100); {
	case n < 10:
		s.placeOrder()
	case n < 35:
		s.bidSome()
	case n < 70:
		s.lease()
	case n < 75:
		s.orderStep()
	case n < 78:
		s.announceOther()
	case n < 80:
		s.suspend()
	default:
		s.sleep()
	}
	s.check()
}

func (s *simulation) placeOrder() {
	tenant := pick(s.rand, s.tenants)
	var spec compute.Spec
	switch s.rand.IntN(3) {
	case 0:
		spec = seconds()
		spec.UntilExit = s.rand.IntN(3) == 0
	case 1:
		spec = batch(uint32(1 + s.rand.IntN(12)))
	default:
		spec = training(uint64(1 + s.rand.IntN(30)))
	}
	spec.Window, spec.Standing = uint32(s.rand.IntN(4)), s.rand.IntN(2) == 0
	spec.ReclaimSeconds = uint32(s.rand.IntN(2) * 300)
	spec.Resources.CPU = uint64(500 * (1 + s.rand.IntN(4)))
	if s.rand.IntN(4) == 0 {
		spec.GPUs = []compute.Choice{{Count: 1, Any: []compute.GPU{{Vendor: "nvidia"}}}}
	}
	s.number++
	s.try(&compute.MsgPlaceOrder{Tenant: text(tenant), Number: s.number, Spec: spec, Deposit: sdkmath.NewInt(50 + s.rand.Int64N(3_000))})
}

// orders are those of the state that a test wants, in the order of their ids.
func (s *simulation) orders(want func(compute.Order) bool) (list []compute.Order) {
	ledgertest.Must(s.tb, s.Compute.Orders.Walk(s.Ctx, nil, func(_ []byte, o compute.Order) (bool, error) {
		if want(o) {
			list = append(list, o)
		}
		return false, nil
	}))
	return list
}

func (s *simulation) bidSome() {
	open := s.orders(func(o compute.Order) bool { return o.State == compute.OrderOpen })
	if len(open) == 0 {
		return
	}
	who := pick(s.rand, s.providers)
	if s.rand.IntN(5) == 0 {
		s.try(&compute.MsgDecline{Provider: text(who), Refusals: []compute.Refusal{{Order: pick(s.rand, open).ID, Reason: compute.ReasonImage}}})
		return
	}
	msg := &compute.MsgBids{Provider: text(who)}
	for range 1 + s.rand.IntN(4) {
		msg.Offers = append(msg.Offers, compute.Offer{Order: pick(s.rand, open).ID, Price: sdkmath.NewInt(1 + s.rand.Int64N(6))})
	}
	s.try(msg)
}

// lease does something with a lease that is not closed.
func (s *simulation) lease() {
	var list []compute.Lease
	ledgertest.Must(s.tb, s.Compute.Leases.Walk(s.Ctx, nil, func(_ []byte, l compute.Lease) (bool, error) {
		if l.State != compute.LeaseClosed {
			list = append(list, l)
		}
		return false, nil
	}))
	if len(list) == 0 {
		return
	}
	l := pick(s.rand, list)
	if l.State == compute.LeaseMatched && s.rand.IntN(4) > 0 {
		s.try(&compute.MsgStart{Provider: l.Provider, Lease: l.ID})
		return
	}
	switch n := s.rand.IntN(20); {
	case n < 6:
		s.try(&compute.MsgSettle{Provider: l.Provider, Leases: [][]byte{l.ID, pick(s.rand, list).ID}})
	case n < 7:
		s.try(&compute.MsgReclaim{Provider: l.Provider, Lease: l.ID})
	case n < 8:
		reasons := []compute.Reason{0, compute.ReasonExited, compute.ReasonImage, compute.ReasonFault}
		s.try(&compute.MsgCloseLease{Sender: l.Provider, Lease: l.ID, Reason: pick(s.rand, reasons)})
	case n < 9:
		s.try(&compute.MsgCloseLease{Sender: l.Tenant, Lease: l.ID})
	case l.Unit == compute.UnitTask:
		s.judge(l)
	case l.Unit == compute.UnitStep:
		s.train(l)
	}
}

func (s *simulation) judge(l compute.Lease) {
	r := results(byte(s.rand.IntN(2)), uint32(s.rand.IntN(int(s.is(l.Order).Spec.Tasks))))
	if task, err := s.Compute.Tasks.Get(s.Ctx, collections.Join(l.Order, uint64(r[0].Index))); err == nil && s.rand.IntN(4) > 0 {
		r[0].Digest = task.Digest
	}
	switch s.rand.IntN(5) {
	case 0:
		s.try(&compute.MsgReject{Tenant: l.Tenant, Order: l.Order, Results: r})
	case 1:
		s.try(&compute.MsgApprove{Tenant: l.Tenant, Order: l.Order, Results: r})
	default:
		s.try(&compute.MsgDeliver{Provider: l.Provider, Lease: l.ID, Results: r})
	}
}

// train commits the next segment; now and then one that waits turns out to be false.
func (s *simulation) train(l compute.Lease) {
	if s.rand.IntN(8) > 0 {
		if l.Next < s.is(l.Order).Spec.Training.Segments() {
			s.try(&compute.MsgCommit{Provider: l.Provider, Lease: l.ID, Segment: l.Next, Root: digest(byte(l.Next)), State: digest(1)})
		}
		return
	}
	if l.Waiting == 0 {
		return
	}
	segment := l.Next - 1 - s.rand.Uint64N(uint64(l.Waiting))
	s.collateral[l.Provider] -= l.Bond.Int64()
	ledgertest.Must(s.tb, s.Compute.Refuted(s.Ctx, claim(l.ID, segment), s.tenants[1]))
	s.done["refuted"]++
}

func (s *simulation) orderStep() {
	list := s.orders(func(o compute.Order) bool { return o.State != compute.OrderClosed })
	if len(list) == 0 {
		return
	}
	o := pick(s.rand, list)
	switch s.rand.IntN(3) {
	case 0:
		s.try(&compute.MsgCloseOrder{Tenant: o.Tenant, Order: o.ID})
	case 1:
		s.try(&compute.MsgDeposit{Sender: text(pick(s.rand, s.tenants)), Order: o.ID, Amount: sdkmath.NewInt(1 + s.rand.Int64N(50))})
	default:
		s.try(&compute.MsgChoose{Tenant: o.Tenant, Order: o.ID, Provider: text(pick(s.rand, s.providers))})
	}
}

func (s *simulation) announceOther() {
	who := pick(s.rand, s.providers)
	msg := s.announcement(who)
	if s.rand.IntN(3) == 0 {
		msg.Inventory.Resources.CPU, msg.Inventory.Resources.GPUs = uint64(s.rand.IntN(4_000)), nil
	}
	msg.Collateral = sdkmath.NewInt(s.rand.Int64N(collateral))
	if s.try(msg) {
		s.collateral[msg.Provider] = msg.Collateral.Int64()
	}
}

func (s *simulation) suspend() {
	who := text(pick(s.rand, s.providers))
	if !s.try(&provider.MsgSuspend{Sender: who, Address: who, Reason: "maintenance"}) {
		s.try(&provider.MsgResume{Sender: who, Address: who})
	}
}

// sleep lets blocks pass: usually some, now and then after a night.
func (s *simulation) sleep() {
	switch s.rand.IntN(12) {
	case 0:
		s.Advance(1, time.Duration(1+s.rand.IntN(12))*time.Hour)
	case 1:
		s.Advance(20, 0)
	default:
		s.Advance(int64(1+s.rand.IntN(5)), time.Duration(s.rand.IntN(700))*time.Second)
	}
	s.Schedule.EndBlock(s.Ctx)
	for _, e := range s.Ctx.EventManager().Events() {
		if e.Type == "ayni.schedule.v1.EventFailed" || e.Type == "ayni.schedule.v1.EventStalled" {
			s.tb.Fatalf("scheduled work failed: %v", e)
		}
	}
}

func (s *simulation) check() {
	s.tb.Helper()
	s.sound()
	s.stamped()
	if supply := s.Bank.GetSupply(s.Ctx, "acredit").Amount; !supply.Equal(s.supply) {
		s.tb.Fatalf("supply is %s, was %s", supply, s.supply)
	}
	for _, p := range s.providers {
		if h := s.host(p); h.Collateral.Int64() != s.collateral[h.Provider] {
			s.tb.Fatalf("host %+v, the model says %d", h, s.collateral[h.Provider])
		}
	}
}

// stamped checks that what started or ended before the last block has its time: the schedule is never behind here.
func (s *simulation) stamped() {
	s.tb.Helper()
	ledgertest.Must(s.tb, s.Compute.Leases.Walk(s.Ctx, nil, func(_ []byte, l compute.Lease) (bool, error) {
		if h := s.Ctx.BlockHeight(); l.Starts() && l.StartedHeight < h || l.Ends() && l.ClosedHeight < h {
			s.tb.Fatalf("at height %d without a time: %+v", h, l)
		}
		return false, nil
	}))
}

func setting(tb testing.TB, name string, otherwise uint64) uint64 {
	tb.Helper()
	n, err := strconv.ParseUint(os.Getenv(name), 10, 64)
	if err != nil {
		return otherwise
	}
	return n
}

// TestSimulation takes STEPS steps from SEED.
func TestSimulation(t *testing.T) {
	seed, steps := setting(t, "SEED", uint64(time.Now().UnixNano())%1_000_000), setting(t, "STEPS", 3_000)
	if testing.Short() {
		steps = setting(t, "STEPS", 400)
	}
	t.Logf("SEED=%d STEPS=%d", seed, steps)
	s := newSimulation(t, seed)
	for n := range steps {
		s.step()
		if n%250 == 249 {
			s.CheckReload(t)
		}
	}
	for _, what := range slices.Sorted(maps.Keys(s.done)) {
		t.Logf("%6d %s", s.done[what], what)
	}
}
