package keeper_test

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"testing"
	"time"

	"cosmossdk.io/collections"
	"cosmossdk.io/math"

	sdk "github.com/cosmos/cosmos-sdk/types"
	sdkerrors "github.com/cosmos/cosmos-sdk/types/errors"
	authtypes "github.com/cosmos/cosmos-sdk/x/auth/types"

	"ayni.example/internal/prooftest"
	"ayni.example/x/council"
	"ayni.example/x/internal/ledgertest"
	"ayni.example/x/payout"
	"ayni.example/x/payout/keeper"
	"ayni.example/x/zkml"
)

const start = 1_000

// fixture is a ledger on which alice has promised bob 3 acredit a unit of what the oracle's model says of an item, at most 500.
type fixture struct {
	*ledgertest.Ledger
	alice, bob, oracle sdk.AccAddress
	model              *prooftest.Model
}

func newFixture(tb testing.TB) *fixture {
	tb.Helper()
	f := &fixture{
		Ledger: ledgertest.Start(tb), alice: ledgertest.Account("alice"), bob: ledgertest.Account("bob"), oracle: ledgertest.Account("oracle"),
	}
	f.Fund(tb, f.alice, start)
	f.model = prooftest.New(tb, 1)
	f.ok(tb, f.model.Registration(f.oracle))
	f.ok(tb, f.promise(1))
	return f
}

// plantValue writes a value as if it had been verified, where a test needs one that the model would not give.
func (f *fixture) plantValue(tb testing.TB, by sdk.AccAddress, output ...int32) {
	tb.Helper()
	v := zkml.Verified{
		Model: f.model.ID(), Submitter: ledgertest.Text(by), Context: []byte("item"), Input: zkml.InputDigest([]int32{1}), Output: output,
		Nonce: 1, Proof: bytes.Repeat([]byte{9}, zkml.DigestSize), Height: f.Ctx.BlockHeight(), Time: f.Ctx.BlockTime().Unix(),
	}
	ledgertest.Must(tb, f.Zkml.Values.Set(f.Ctx, collections.Join(v.Model, zkml.Slot(by, v.Context)), v))
	ledgertest.Must(tb, f.Zkml.Provers.Set(f.Ctx, collections.Join(v.Model, []byte(by)),
		zkml.Prover{Model: v.Model, Submitter: v.Submitter, Nonce: 1, Values: 1}))
}

func (f *fixture) promise(number uint64) *payout.MsgPromise {
	return &payout.MsgPromise{
		Payer: ledgertest.Text(f.alice), Number: number, Blocks: 10, Seconds: 3600,
		Terms: payout.Terms{
			Beneficiary: ledgertest.Text(f.bob), Model: f.model.ID(), Submitter: ledgertest.Text(f.oracle), Context: []byte("item"),
			FreshBlocks: 5, FreshSeconds: 600, Index: 1, Unit: math.NewInt(3), Most: math.NewInt(500),
		},
	}
}

func (f *fixture) collect(who sdk.AccAddress) *payout.MsgCollect {
	return &payout.MsgCollect{Beneficiary: ledgertest.Text(who), Payer: ledgertest.Text(f.alice), Number: 1}
}

func (f *fixture) ok(tb testing.TB, msg sdk.Msg) {
	tb.Helper()
	_, err := f.Send(msg)
	ledgertest.Must(tb, err)
}

func (f *fixture) refused(tb testing.TB, name string, msg sdk.Msg, want error) {
	tb.Helper()
	if _, err := f.Send(msg); !errors.Is(err, want) {
		tb.Errorf("%s: %v, want %v", name, err, want)
	}
}

func (f *fixture) have(tb testing.TB, alice, bob int64) {
	tb.Helper()
	for name, who := range map[string]struct {
		account sdk.AccAddress
		want    int64
	}{"alice": {f.alice, alice}, "bob": {f.bob, bob}} {
		if got := f.Balance(who.account); !got.Equal(math.NewInt(who.want)) {
			tb.Errorf("%s has %s, want %d", name, got, who.want)
		}
	}
}

// TestCollect: the value pays, once, the beneficiary alone, and only while it is fresh and the trusted submitter's.
func TestCollect(t *testing.T) {
	f := newFixture(t)
	f.have(t, start-500, 0)
	var stored payout.Promise
	ledgertest.Must(t, stored.Unmarshal(f.Raw(payout.StoreKey, payout.PromiseKey(f.alice, 1))))
	if stored.Payer != ledgertest.Text(f.alice) {
		t.Fatalf("another promise under PromiseKey: %+v", stored)
	}
	f.refused(t, "nothing verified", f.collect(f.bob), zkml.ErrNotFound)
	f.plantValue(t, f.bob, 7, 100)
	f.refused(t, "the beneficiary's own value", f.collect(f.bob), zkml.ErrNotFound)
	f.plantValue(t, f.oracle, 7, 100)
	f.refused(t, "somebody else", f.collect(f.oracle), payout.ErrUnauthorised)
	f.refused(t, "the payer", f.collect(f.alice), payout.ErrUnauthorised)
	f.Advance(6, time.Minute)
	f.refused(t, "six blocks old", f.collect(f.bob), zkml.ErrStale)
	f.plantValue(t, f.oracle, 7, 100)
	f.Advance(1, 601*time.Second)
	f.refused(t, "too many seconds old", f.collect(f.bob), zkml.ErrStale)
	f.plantValue(t, f.oracle, 7)
	f.refused(t, "no such integer", f.collect(f.bob), payout.ErrNothing)
	f.plantValue(t, f.oracle, 7, -100)
	f.refused(t, "a negative value", f.collect(f.bob), payout.ErrNothing)
	f.plantValue(t, f.oracle, 7, 100)
	f.CheckReload(t)
	f.ok(t, f.collect(f.bob))
	f.have(t, start-300, 300)
	f.refused(t, "twice", f.collect(f.bob), payout.ErrNotFound)
	f.Advance(10, time.Hour)
	f.Schedule.EndBlock(f.Ctx) // nothing is left to return
	f.have(t, start-300, 300)
}

// TestProvedValuePays goes the whole way: the model is run and proved, the ledger verifies, the beneficiary collects.
func TestProvedValuePays(t *testing.T) {
	f := newFixture(t)
	random := rand.New(rand.NewPCG(3, 4))
	msg := f.promise(2)
	msg.Terms.Index = 0
	proof := f.model.Submission(ledgertest.ChainID, f.oracle, "item", 1, 0, 0, 0, 0)
	for nonce := uint64(2); proof.Output[0] <= 0; nonce++ {
		proof = f.model.Submission(ledgertest.ChainID, f.oracle, "item", nonce,
			random.Int32N(1<<16), random.Int32N(1<<16), random.Int32N(1<<16), random.Int32N(1<<16))
	}
	msg.Terms.Unit, msg.Terms.Most = math.NewInt(10), math.NewInt(10_000_000)
	f.Fund(t, f.alice, 10_000_000)
	f.ok(t, msg)
	f.refused(t, "before it is proved", &payout.MsgCollect{Beneficiary: msg.Terms.Beneficiary, Payer: msg.Payer, Number: 2}, zkml.ErrNotFound)
	f.ok(t, proof)
	f.ok(t, &payout.MsgCollect{Beneficiary: msg.Terms.Beneficiary, Payer: msg.Payer, Number: 2})
	worth := 10 * int64(proof.Output[0])
	f.have(t, 10_000_000+start-500-worth, worth)
}

func TestCollectIsBounded(t *testing.T) {
	f := newFixture(t)
	f.plantValue(t, f.oracle, 0, 1<<30)
	f.ok(t, f.collect(f.bob))
	f.have(t, start-500, 500)
}

func TestInputIsHeld(t *testing.T) {
	f := newFixture(t)
	msg := f.promise(2)
	msg.Terms.Input = zkml.InputDigest([]int32{2})
	f.ok(t, msg)
	f.plantValue(t, f.oracle, 0, 1)
	second := f.collect(f.bob)
	second.Number = 2
	f.refused(t, "another input", second, zkml.ErrInput)
}

// TestReturn: what nobody collected comes back when both blocks and seconds have passed, and not before.
func TestReturn(t *testing.T) {
	f := newFixture(t)
	back := &payout.MsgReturn{Sender: ledgertest.Text(f.bob), Payer: ledgertest.Text(f.alice), Number: 1}
	f.Advance(20, time.Minute)
	f.Schedule.EndBlock(f.Ctx)
	f.refused(t, "before its time", back, payout.ErrTerm)
	f.have(t, start-500, 0)
	for range 12 { // no gap in time, or the promise would be prolonged
		f.Advance(1, 5*time.Minute)
		f.Schedule.EndBlock(f.Ctx)
	}
	f.have(t, start, 0)
	f.refused(t, "returned twice", back, payout.ErrNotFound)

	f.ok(t, f.promise(1)) // the number is free again
	f.Advance(20, 2*time.Hour)
	f.ok(t, back) // by anyone, before the schedule comes to it
	f.have(t, start, 0)
	f.Advance(1, time.Hour)
	f.Schedule.EndBlock(f.Ctx)
}

func TestPromiseRefuses(t *testing.T) {
	f := newFixture(t)
	for name, test := range map[string]struct {
		spoil func(*payout.MsgPromise)
		want  error
	}{
		"number in use":     {func(m *payout.MsgPromise) { m.Number = 1 }, payout.ErrExists},
		"too long":          {func(m *payout.MsgPromise) { m.Seconds = 1 << 31 }, payout.ErrTerm},
		"too many blocks":   {func(m *payout.MsgPromise) { m.Blocks = 1 << 31 }, payout.ErrTerm},
		"more than it has":  {func(m *payout.MsgPromise) { m.Terms.Most = math.NewInt(start) }, sdkerrors.ErrInsufficientFunds},
		"no submitter":      {func(m *payout.MsgPromise) { m.Terms.Submitter = "" }, zkml.ErrInvalid},
		"submitter's form":  {func(m *payout.MsgPromise) { m.Terms.Submitter = "oracle" }, payout.ErrInvalid},
		"beneficiary":       {func(m *payout.MsgPromise) { m.Terms.Beneficiary = "bob" }, payout.ErrInvalid},
		"no model":          {func(m *payout.MsgPromise) { m.Terms.Model = nil }, zkml.ErrInvalid},
		"index":             {func(m *payout.MsgPromise) { m.Terms.Index = zkml.OutputMax }, payout.ErrInvalid},
		"context":           {func(m *payout.MsgPromise) { m.Terms.Context = make([]byte, 65) }, payout.ErrInvalid},
		"paid to a module":  {func(m *payout.MsgPromise) { m.Terms.Beneficiary = account(payout.ModuleName) }, payout.ErrInvalid},
		"paid by a module":  {func(m *payout.MsgPromise) { m.Payer = account(council.ModuleName) }, payout.ErrInvalid},
		"short input":       {func(m *payout.MsgPromise) { m.Terms.Input = []byte{1} }, zkml.ErrInvalid},
		"payer's own form":  {func(m *payout.MsgPromise) { m.Payer = "alice" }, payout.ErrInvalid},
		"number of another": {func(m *payout.MsgPromise) { m.Payer = ledgertest.Text(f.bob) }, sdkerrors.ErrInsufficientFunds},
	} {
		msg := f.promise(2)
		test.spoil(msg)
		f.refused(t, name, msg, test.want)
	}
	for _, spoil := range []func(*payout.Terms){
		func(m *payout.Terms) { m.Unit = math.ZeroInt() }, func(m *payout.Terms) { m.Most = math.Int{} },
	} {
		msg := f.promise(2)
		spoil(&msg.Terms)
		if _, err := f.Send(msg); err == nil {
			t.Errorf("accepted %+v", msg)
		}
	}
	f.have(t, start-500, 0)
}

func account(module string) string { return ledgertest.Text(authtypes.NewModuleAddress(module)) }

func TestQueries(t *testing.T) {
	f := newFixture(t)
	queries := keeper.NewQueryServer(f.Payout)
	for payer, want := range map[string]int{"": 1, ledgertest.Text(f.alice): 1, ledgertest.Text(f.bob): 0} {
		got, err := queries.Promises(f.Ctx, &payout.QueryPromisesRequest{Payer: payer})
		ledgertest.Must(t, err)
		if len(got.Promises) != want {
			t.Errorf("%d promises of %q, want %d", len(got.Promises), payer, want)
		}
	}
}

func TestUpdateParams(t *testing.T) {
	f := newFixture(t)
	params := payout.Params{BlocksMax: 3, SecondsMax: 4}
	f.refused(t, "anybody", &payout.MsgUpdateParams{Authority: ledgertest.Text(f.alice), Params: params}, payout.ErrUnauthorised)
	f.ok(t, &payout.MsgUpdateParams{Authority: ledgertest.Text(ledgertest.Account("authority")), Params: params})
	f.refused(t, "longer than that", f.promise(3), payout.ErrTerm)
	if err := (payout.Params{}).Validate(); !errors.Is(err, payout.ErrInvalid) {
		t.Errorf("parameters of nothing: %v", err)
	}
}
