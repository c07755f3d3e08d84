package keeper_test

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"cosmossdk.io/math"

	storetypes "github.com/cosmos/cosmos-sdk/store/v2/types"
	sdk "github.com/cosmos/cosmos-sdk/types"
	authtypes "github.com/cosmos/cosmos-sdk/x/auth/types"

	"ayni.example/internal/ethkey"
	"ayni.example/x/credit"
	"ayni.example/x/credit/keeper"
	"ayni.example/x/internal/ledgertest"
)

const chainNumber = 424242

// signed is a fixture with a payer who signs, a payee and a facilitator.
type signed struct {
	*fixture
	wallet           *ethkey.PrivKey
	from, to, settle sdk.AccAddress
}

func newSigned(tb testing.TB) *signed {
	tb.Helper()
	key, err := ethkey.NewPrivKey(bytes.Repeat([]byte{7}, 32))
	ledgertest.Must(tb, err)
	s := &signed{
		fixture: newFixture(tb), wallet: key, from: sdk.AccAddress(key.PubKey().Address()),
		to: ledgertest.Account("seller"), settle: ledgertest.Account("facilitator"),
	}
	s.Fund(tb, s.from, 1_000)
	return s
}

func nonce(n byte) []byte { return bytes.Repeat([]byte{n}, credit.NonceSize) }

func (s *signed) now() int64 { return s.Ctx.BlockTime().Unix() }

// transfer is an authorisation of the payer over 100 for five minutes, signed after change.
func (s *signed) transfer(tb testing.TB, n byte, change func(*credit.Authorization)) *credit.MsgTransferAuthorized {
	tb.Helper()
	a := credit.Authorization{From: s.from, To: s.to, Value: math.NewInt(100), ValidBefore: s.now() + 300, Nonce: nonce(n)}
	if change != nil {
		change(&a)
	}
	signature, err := s.wallet.SignDigest(a.Digest(chainNumber))
	ledgertest.Must(tb, err)
	return &credit.MsgTransferAuthorized{
		Carrier: ledgertest.Text(s.stranger), From: ledgertest.Text(a.From), To: ledgertest.Text(a.To), Value: a.Value,
		ValidAfter: a.ValidAfter, ValidBefore: a.ValidBefore, Nonce: a.Nonce, Signature: signature,
	}
}

// holding is a permit of the payer over 100 for five minutes, signed after change.
func (s *signed) holding(tb testing.TB, n byte, change func(*credit.Permit)) *credit.MsgHold {
	tb.Helper()
	p := credit.Permit{From: s.from, To: s.to, Facilitator: s.settle, Amount: math.NewInt(100), Deadline: s.now() + 300, Nonce: nonce(n)}
	if change != nil {
		change(&p)
	}
	signature, err := s.wallet.SignDigest(p.Digest(chainNumber))
	ledgertest.Must(tb, err)
	return &credit.MsgHold{
		Facilitator: ledgertest.Text(p.Facilitator), From: ledgertest.Text(p.From), To: ledgertest.Text(p.To), Amount: p.Amount,
		ValidAfter: p.ValidAfter, Deadline: p.Deadline, Nonce: p.Nonce, Signature: signature,
	}
}

func (s *signed) cancellation(tb testing.TB, n byte) *credit.MsgCancelAuthorization {
	tb.Helper()
	signature, err := s.wallet.SignDigest(credit.CancellationDigest(s.from, nonce(n), chainNumber))
	ledgertest.Must(tb, err)
	return &credit.MsgCancelAuthorization{
		Carrier: ledgertest.Text(s.stranger), Authorizer: ledgertest.Text(s.from), Nonce: nonce(n), Signature: signature,
	}
}

func (s *signed) must(tb testing.TB, msg sdk.Msg) {
	tb.Helper()
	_, err := s.Send(msg)
	ledgertest.Must(tb, err)
}

func TestTransferAuthorized(t *testing.T) {
	s := newSigned(t)
	msg := s.transfer(t, 1, nil)
	s.must(t, msg)
	s.checkBalance(t, s.to, 100)
	s.checkBalance(t, s.from, 900)
	// again, by another carrier, and another one of the same nonce: of an exact payment and of a hold
	again := *msg
	again.Carrier = ledgertest.Text(s.payee)
	for _, replay := range []sdk.Msg{
		msg, &again, s.transfer(t, 1, func(a *credit.Authorization) { a.ValidBefore += 60 }), s.holding(t, 1, nil), s.cancellation(t, 1),
	} {
		if _, err := s.Send(replay); !errors.Is(err, credit.ErrBurnt) {
			t.Fatalf("%T: error %v, want %v", replay, err, credit.ErrBurnt)
		}
	}
	s.checkBalance(t, s.to, 100)
	s.CheckReload(t)
}

func TestTransferAuthorizedRefuses(t *testing.T) {
	s := newSigned(t)
	signed := func(change func(*credit.Authorization)) *credit.MsgTransferAuthorized {
		return s.transfer(t, 1, change)
	}
	altered := func(change func(*credit.MsgTransferAuthorized)) *credit.MsgTransferAuthorized {
		msg := s.transfer(t, 1, nil)
		change(msg)
		return msg
	}
	for name, tt := range map[string]struct {
		msg  *credit.MsgTransferAuthorized
		want error
	}{
		"another payee":   {altered(func(m *credit.MsgTransferAuthorized) { m.To = ledgertest.Text(s.stranger) }), credit.ErrAuthorizer},
		"another payer":   {altered(func(m *credit.MsgTransferAuthorized) { m.From = ledgertest.Text(s.payer) }), credit.ErrAuthorizer},
		"another amount":  {altered(func(m *credit.MsgTransferAuthorized) { m.Value = math.NewInt(101) }), credit.ErrAuthorizer},
		"another nonce":   {altered(func(m *credit.MsgTransferAuthorized) { m.Nonce = nonce(2) }), credit.ErrAuthorizer},
		"another end":     {altered(func(m *credit.MsgTransferAuthorized) { m.ValidBefore++ }), credit.ErrAuthorizer},
		"no signature":    {altered(func(m *credit.MsgTransferAuthorized) { m.Signature = nil }), credit.ErrInvalid},
		"zero signature":  {altered(func(m *credit.MsgTransferAuthorized) { m.Signature = make([]byte, 65) }), credit.ErrAuthorizer},
		"nothing":         {altered(func(m *credit.MsgTransferAuthorized) { m.Value = math.ZeroInt() }), credit.ErrInvalid},
		"expired":         {signed(func(a *credit.Authorization) { a.ValidBefore = s.now() }), credit.ErrWindow},
		"not yet":         {signed(func(a *credit.Authorization) { a.ValidAfter = s.now() }), credit.ErrWindow},
		"too far ahead":   {signed(func(a *credit.Authorization) { a.ValidBefore = s.now() + 24*3600 + 1 }), credit.ErrWindow},
		"more than owned": {signed(func(a *credit.Authorization) { a.Value = math.NewInt(1_001) }), nil},
		"to oneself":      {signed(func(a *credit.Authorization) { a.To = s.from }), credit.ErrRecipient},
		"to the escrow":   {signed(func(a *credit.Authorization) { a.To = authtypes.NewModuleAddress(credit.ModuleName) }), credit.ErrRecipient},
		// a wallet's signature for another ledger
		"another ledger": {altered(func(m *credit.MsgTransferAuthorized) {
			a := credit.Authorization{From: s.from, To: s.to, Value: m.Value, ValidBefore: m.ValidBefore, Nonce: m.Nonce}
			m.Signature, _ = s.wallet.SignDigest(a.Digest(chainNumber + 1))
		}), credit.ErrAuthorizer},
	} {
		if _, err := s.Send(tt.msg); err == nil || tt.want != nil && !errors.Is(err, tt.want) {
			t.Errorf("%s: error %v, want %v", name, err, tt.want)
		}
	}
	s.checkBalance(t, s.from, 1_000)
	s.checkBalance(t, s.to, 0)
}

func TestCancelAuthorization(t *testing.T) {
	s := newSigned(t)
	forged := s.cancellation(t, 1)
	forged.Authorizer = ledgertest.Text(s.payer)
	if _, err := s.Send(forged); !errors.Is(err, credit.ErrAuthorizer) {
		t.Fatalf("somebody else's nonce: error %v", err)
	}
	s.must(t, s.cancellation(t, 1))
	s.Advance(1000, 48*time.Hour) // a cancelled nonce stays burnt
	s.runSchedule(t)
	if _, err := s.Send(s.transfer(t, 1, nil)); !errors.Is(err, credit.ErrBurnt) {
		t.Fatalf("error %v, want %v", err, credit.ErrBurnt)
	}
}

// runSchedule makes a block, in which the schedule does what is due.
func (s *signed) runSchedule(tb testing.TB) {
	tb.Helper()
	s.Schedule.EndBlock(s.Ctx)
}

// What payments leave in the state is gone a day later, however many there were.
func TestNoncesAreForgotten(t *testing.T) {
	const payments = 450
	s := newSigned(t)
	s.Fund(t, s.from, payments*100)
	before := len(s.Entries())
	for n := range payments {
		s.must(t, s.transfer(t, 0, func(a *credit.Authorization) {
			a.Nonce = append(bytes.Repeat([]byte{9}, 30), byte(n>>8), byte(n))
			a.Value = math.OneInt()
		}))
	}
	s.Advance(1, 10*time.Minute)
	for range 5 {
		s.Advance(1, 10*time.Minute)
		s.runSchedule(t)
	}
	ledgertest.Must(t, s.Invariants())
	state, err := s.Credit.ExportGenesis(s.Ctx)
	ledgertest.Must(t, err)
	// the seller's account and the schedule's clock are new
	if got := len(s.Entries()); len(state.Nonces) != 0 || got > before+4 {
		t.Fatalf("%d nonces and %d entries are left of %d before", len(state.Nonces), got, before)
	}
}

// purse stands in for x/agent: it has one reservation.
type purse struct {
	bank interface {
		SendCoinsFromAccountToModule(context.Context, sdk.AccAddress, string, sdk.Coins) error
	}
	treasury, payee, session sdk.AccAddress
	nonce                    []byte
	value                    math.Int
}

var errPurse = errors.New("no such reservation")

func (p *purse) Spend(ctx context.Context, from, to sdk.AccAddress, value math.Int, nonce []byte, signer sdk.AccAddress) error {
	if !from.Equals(p.treasury) || !to.Equals(p.payee) || !signer.Equals(p.session) || !bytes.Equal(nonce, p.nonce) || value.GT(p.value) {
		return errPurse
	}
	return p.bank.SendCoinsFromAccountToModule(ctx, from, credit.ModuleName, credit.Coins(value))
}

func TestReservationPays(t *testing.T) {
	s := newSigned(t)
	p := &purse{bank: s.Bank, treasury: ledgertest.Account("treasury"), payee: s.to, session: s.from, nonce: nonce(1), value: math.NewInt(100)}
	s.Fund(t, p.treasury, 500)
	s.Credit.SetAuthorizations(s.Schedule, p)
	of := func(n byte, value int64) *credit.MsgTransferAuthorized {
		return s.transfer(t, n, func(a *credit.Authorization) { a.From, a.Value = p.treasury, math.NewInt(value) })
	}
	for name, msg := range map[string]sdk.Msg{"more than reserved": of(1, 101), "not reserved": of(2, 1)} {
		if _, err := s.Send(msg); !errors.Is(err, credit.ErrAuthorizer) {
			t.Fatalf("%s: error %v", name, err)
		}
	}
	s.must(t, of(1, 100))
	if _, err := s.Send(of(1, 100)); !errors.Is(err, credit.ErrBurnt) {
		t.Fatalf("twice: error %v", err)
	}
	s.checkBalance(t, p.treasury, 400)
	s.checkBalance(t, s.to, 100)
	// a hold's rest goes back to the treasury
	p.nonce = nonce(3)
	s.must(t, s.holding(t, 3, func(h *credit.Permit) { h.From = p.treasury }))
	s.must(t, &credit.MsgSettle{Facilitator: ledgertest.Text(s.settle), Payer: ledgertest.Text(p.treasury), Nonce: nonce(3), Amount: math.NewInt(30)})
	s.checkBalance(t, p.treasury, 370)
	s.checkBalance(t, s.to, 130)
}

func TestAuthorizationsComeWithRelease(t *testing.T) {
	s := newSigned(t)
	s.Credit.SetAuthorizations(nil, nil)
	for _, msg := range []sdk.Msg{s.transfer(t, 1, nil), s.holding(t, 1, nil), s.cancellation(t, 1)} {
		if _, err := s.Send(msg); !errors.Is(err, credit.ErrRelease) {
			t.Errorf("%T: error %v, want %v", msg, err, credit.ErrRelease)
		}
	}
	res, err := keeper.NewQueryServer(s.Credit).Params(s.Ctx, &credit.QueryParamsRequest{})
	if err != nil || res.Authorizations {
		t.Fatalf("params %+v, %v", res, err)
	}
}

// payment is what one costs: gas, and bytes of state that it leaves, without the transaction around it.
type payment struct {
	name  string
	gas   uint64
	bytes int
}

func payments(tb testing.TB) []payment {
	tb.Helper()
	s := newSigned(tb)
	s.must(tb, s.transfer(tb, 9, nil)) // the seller's account and the slot are there
	size := func() (sum int) {
		for _, e := range s.Entries() {
			sum += len(e.Key) + len(e.Value)
		}
		return sum
	}
	cost := func(name string, msg sdk.Msg) payment {
		before := size()
		meter := storetypes.NewInfiniteGasMeter()
		whole := s.Ctx
		s.Ctx = s.Ctx.WithGasMeter(meter).WithKVGasConfig(storetypes.KVGasConfig())
		s.must(tb, msg)
		s.Ctx = whole
		return payment{name, meter.GasConsumed(), size() - before}
	}
	settle := &credit.MsgSettle{
		Facilitator: ledgertest.Text(s.settle), Payer: ledgertest.Text(s.from), Nonce: nonce(2), Amount: math.NewInt(30),
	}
	return []payment{
		cost("exact", s.transfer(tb, 1, nil)), cost("hold", s.holding(tb, 2, nil)), cost("settle", settle),
	}
}

// The figures of the guide.
func TestPaymentCost(t *testing.T) {
	want := []payment{{"exact", 50_707, 156}, {"hold", 154_863, 606}, {"settle", 38_816, -450}}
	if got := payments(t); !slices.Equal(got, want) {
		t.Errorf("%+v, want %+v", got, want)
	}
}

// BenchmarkPaymentCost tells the figures; its time means nothing.
func BenchmarkPaymentCost(b *testing.B) {
	var all []payment
	for b.Loop() {
		all = payments(b)
	}
	for _, p := range all {
		b.ReportMetric(float64(p.gas), "gas/"+p.name)
		b.ReportMetric(float64(p.bytes), "B/"+p.name)
	}
}
