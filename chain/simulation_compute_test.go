package chain_test

import (
	"bytes"
	"testing"

	"cosmossdk.io/math"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"ayni.example/x/compute"
	"ayni.example/x/provider"
)

// market is what the simulation sees of the state.
type market struct {
	open, mine []compute.Order // open ones, and the sender's that are not closed
	leases     []compute.Lease // the sender's as a provider, not closed
}

func (s *simulation) market(tb testing.TB, me string) (m market) {
	tb.Helper()
	ctx, err := s.apps[0].CreateQueryContext(s.apps[0].height, false)
	if err != nil {
		tb.Fatal(err)
	}
	k := s.apps[0].Keepers.Compute
	if err := k.Orders.Walk(ctx, nil, func(_ []byte, o compute.Order) (bool, error) {
		if o.State == compute.OrderOpen {
			m.open = append(m.open, o)
		}
		if o.Tenant == me && o.State != compute.OrderClosed {
			m.mine = append(m.mine, o)
		}
		return false, nil
	}); err != nil {
		tb.Fatal(err)
	}
	if err := k.Leases.Walk(ctx, nil, func(_ []byte, l compute.Lease) (bool, error) {
		if l.Provider == me && l.State != compute.LeaseClosed {
			m.leases = append(m.leases, l)
		}
		return false, nil
	}); err != nil {
		tb.Fatal(err)
	}
	return m
}

// computeMessage is one of the market of compute, for what there is; where there is nothing, an order.
func (s *simulation) computeMessage(tb testing.TB, sender int) sdk.Msg {
	tb.Helper()
	me := s.address(sender)
	m := s.market(tb, me)
	switch n := s.random.IntN(20); {
	case n < 6 && !s.registered(tb, sender):
		return &provider.MsgRegister{
			Address: me, Name: "machine", ReceiptKey: bytes.Repeat([]byte{byte(sender*40 + 39)}, 32), PeerId: peerID + string(rune('A'+sender)),
			Bond: math.NewIntWithDecimal(2, 18),
		}
	case n < 3:
		return &compute.MsgAnnounce{Provider: me, Collateral: s.amount(3), Inventory: compute.Inventory{
			Resources: compute.Resources{CPU: 4_000, Memory: 1 << 33}, Units: []compute.Unit{compute.UnitSecond, compute.UnitTask},
		}}
	case n < 8 && len(m.open) > 0:
		msg := &compute.MsgBids{Provider: me}
		for _, o := range m.open[:min(len(m.open), 40)] {
			msg.Offers = append(msg.Offers, compute.Offer{Order: o.ID, Price: math.NewInt(1 + s.random.Int64N(1e12))})
		}
		return msg
	case n < 14 && len(m.leases) > 0:
		return s.leaseMessage(me, m.leases)
	case n < 16 && len(m.mine) > 0:
		return s.orderMessage(me, m.mine[s.random.IntN(len(m.mine))])
	case n < 17 && len(m.open) > 0:
		return &compute.MsgDecline{Provider: me, Refusals: []compute.Refusal{{Order: m.open[0].ID, Reason: compute.ReasonPolicy}}}
	}
	spec := compute.Spec{
		Unit: compute.UnitSecond, Resources: compute.Resources{CPU: 1_000, Memory: 1 << 30}, PriceMax: math.NewInt(1e12), Manifest: bytes.Repeat([]byte{1}, 32),
		Window: s.random.Uint32N(4), Standing: s.random.IntN(2) == 0,
	}
	if s.random.IntN(2) == 0 {
		spec.Unit, spec.Tasks, spec.ReviewSeconds = compute.UnitTask, 3, 20
	}
	return &compute.MsgPlaceOrder{
		Tenant: me, Number: uint64(s.apps[0].height)*2 + s.random.Uint64N(2), Spec: spec, Deposit: math.NewInt(s.random.Int64N(2e14)),
	}
}

func (s *simulation) registered(tb testing.TB, sender int) bool {
	tb.Helper()
	ctx, err := s.apps[0].CreateQueryContext(s.apps[0].height, false)
	if err != nil {
		tb.Fatal(err)
	}
	there, err := s.apps[0].Keepers.Provider.Providers.Has(ctx, s.keys[sender].PubKey().Address())
	if err != nil {
		tb.Fatal(err)
	}
	return there
}

func (s *simulation) leaseMessage(me string, leases []compute.Lease) sdk.Msg {
	l := leases[s.random.IntN(len(leases))]
	if l.State == compute.LeaseMatched && s.random.IntN(4) > 0 {
		return &compute.MsgStart{Provider: me, Lease: l.ID}
	}
	switch s.random.IntN(6) {
	case 0:
		return &compute.MsgCloseLease{Sender: me, Lease: l.ID}
	case 1:
		return &compute.MsgReclaim{Provider: me, Lease: l.ID}
	case 2, 3:
		return &compute.MsgDeliver{Provider: me, Lease: l.ID, Results: s.result()}
	}
	msg := &compute.MsgSettle{Provider: me}
	for _, l := range leases {
		msg.Leases = append(msg.Leases, l.ID)
	}
	return msg
}

func (s *simulation) orderMessage(me string, o compute.Order) sdk.Msg {
	switch s.random.IntN(6) {
	case 0:
		return &compute.MsgCloseOrder{Tenant: me, Order: o.ID}
	case 1:
		return &compute.MsgDeposit{Sender: me, Order: o.ID, Amount: s.amount(1).AddRaw(1)}
	case 2:
		return &compute.MsgChoose{Tenant: me, Order: o.ID, Provider: s.anyone()}
	case 3:
		return &compute.MsgReject{Tenant: me, Order: o.ID, Results: s.result()}
	case 4:
		return &compute.MsgCloseLease{Sender: me, Lease: o.Lease()}
	default:
		return &compute.MsgApprove{Tenant: me, Order: o.ID, Results: s.result()}
	}
}

func (s *simulation) result() []compute.Result {
	return []compute.Result{{Index: s.random.Uint32N(3), Digest: bytes.Repeat([]byte{7}, 32)}}
}
