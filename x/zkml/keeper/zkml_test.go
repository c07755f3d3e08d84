package keeper_test

import (
	"bytes"
	"errors"
	"slices"
	"testing"
	"time"

	"cosmossdk.io/math"

	storetypes "github.com/cosmos/cosmos-sdk/store/v2/types"
	sdk "github.com/cosmos/cosmos-sdk/types"

	"ayni.example/internal/prooftest"
	"ayni.example/x/internal/ledgertest"
	"ayni.example/x/zkml"
	"ayni.example/x/zkml/keeper"
)

// fixture is a ledger on which alice owns a model, with which bob proves.
type fixture struct {
	*ledgertest.Ledger
	alice, bob sdk.AccAddress
	model      *prooftest.Model
}

func newFixture(tb testing.TB) *fixture {
	tb.Helper()
	f := &fixture{
		Ledger: ledgertest.Start(tb), alice: ledgertest.Account("alice"), bob: ledgertest.Account("bob"), model: prooftest.New(tb, 1),
	}
	f.ok(tb, f.model.Registration(f.alice))
	return f
}

func (f *fixture) ok(tb testing.TB, msg sdk.Msg) *sdk.Result {
	tb.Helper()
	res, err := f.Send(msg)
	ledgertest.Must(tb, err)
	return res
}

func (f *fixture) refused(tb testing.TB, name string, msg sdk.Msg, want error) {
	tb.Helper()
	if _, err := f.Send(msg); !errors.Is(err, want) {
		tb.Errorf("%s: %v, want %v", name, err, want)
	}
}

// proof is bob's.
func (f *fixture) proof(subject string, nonce uint64, input ...int32) *zkml.MsgSubmitProof {
	if len(input) == 0 {
		input = []int32{1, 20_000, 65_535, 7}
	}
	return f.model.Submission(ledgertest.ChainID, f.bob, subject, nonce, input...)
}

func (f *fixture) update(who sdk.AccAddress, retire bool) *zkml.MsgUpdateModel {
	return &zkml.MsgUpdateModel{Owner: ledgertest.Text(who), Model: f.model.ID(), Price: math.NewInt(7), Retire: retire}
}

func (f *fixture) requirement() zkml.Requirement {
	return zkml.Requirement{Model: f.model.ID(), Submitter: f.bob, Blocks: 5, Seconds: 60}
}

func TestRegister(t *testing.T) {
	f := newFixture(t)
	var stored zkml.Model
	ledgertest.Must(t, stored.Unmarshal(f.Raw(zkml.StoreKey, zkml.ModelKey(f.model.ID()))))
	if stored.Name != "a forest" || stored.Owner != ledgertest.Text(f.alice) {
		t.Fatalf("another model under ModelKey: %+v", stored)
	}
	f.refused(t, "registered twice, by another", f.model.Registration(f.bob), zkml.ErrExists)
	other := f.model.Registration(f.bob)
	other.Root = bytes.Repeat([]byte{2}, zkml.DigestSize)
	f.ok(t, other) // the same circuit with other weights
	for name, spoil := range map[string]func(*zkml.MsgRegisterModel){
		"a circuit cut short": func(m *zkml.MsgRegisterModel) { m.Circuit = m.Circuit[:len(m.Circuit)-1] },
		"a byte more":         func(m *zkml.MsgRegisterModel) { m.Circuit = append(m.Circuit, 0) },
		"other parameters":    func(m *zkml.MsgRegisterModel) { m.Parameters = m.Parameters[4:] },
		"few queries": func(m *zkml.MsgRegisterModel) {
			weak := f.model.Parameters()
			weak.Weights.Queries /= 2
			m.Parameters = weak.Encode()
		},
	} {
		msg := f.model.Registration(f.bob)
		spoil(msg)
		f.refused(t, name, msg, zkml.ErrCircuit)
	}
	params := zkml.DefaultParams()
	params.GasMax = 100_000
	ledgertest.Must(t, f.Zkml.Params.Set(f.Ctx, params))
	other.Root[0]++
	f.refused(t, "dear proofs", other, zkml.ErrCost)

	queries := keeper.NewQueryServer(f.Zkml)
	all, err := queries.Models(f.Ctx, &zkml.QueryModelsRequest{})
	ledgertest.Must(t, err)
	if len(all.Models) != 2 {
		t.Fatalf("%d models", len(all.Models))
	}
	got, err := queries.Circuit(f.Ctx, &zkml.QueryCircuitRequest{Model: f.model.ID()})
	ledgertest.Must(t, err)
	if !bytes.Equal(got.Circuit, f.model.Circuit().Encode()) {
		t.Fatal("another circuit")
	}
	f.CheckReload(t)
}

func TestUpdate(t *testing.T) {
	f := newFixture(t)
	f.refused(t, "updated by another", f.update(f.bob, true), zkml.ErrUnauthorised)
	unknown := f.update(f.alice, false)
	unknown.Model = bytes.Repeat([]byte{9}, zkml.DigestSize)
	f.refused(t, "unknown model", unknown, zkml.ErrNotFound)
	f.ok(t, f.update(f.alice, false))
	quote, err := keeper.NewQueryServer(f.Zkml).Quote(f.Ctx, &zkml.QueryQuoteRequest{Model: f.model.ID()})
	ledgertest.Must(t, err)
	if !quote.Price.Equal(math.NewInt(7)) || quote.Gas != quote.Cost.Gas() || quote.Gas == 0 {
		t.Fatalf("quote %+v", quote)
	}
	f.ok(t, f.update(f.alice, true))
	f.refused(t, "updated after it was retired", f.update(f.alice, false), zkml.ErrRetired)
	f.refused(t, "proved after it was retired", f.proof("item", 1), zkml.ErrRetired)
	f.CheckReload(t)
}

// TestSubmit: a proof is verified once, and its output is what another module reads.
func TestSubmit(t *testing.T) {
	f := newFixture(t)
	if _, err := f.Zkml.Check(f.Ctx, f.requirement(), []byte("item")); !errors.Is(err, zkml.ErrNotFound) {
		t.Fatalf("a value that nobody proved: %v", err)
	}
	first := f.proof("item", 5)
	names := ledgertest.Events(f.ok(t, first))
	if !slices.Contains(names, "ayni.zkml.v1.EventVerified") {
		t.Errorf("events %v", names)
	}
	v, err := f.Zkml.Check(f.Ctx, f.requirement(), []byte("item"))
	ledgertest.Must(t, err)
	if !slices.Equal(v.Output, first.Output) || !bytes.Equal(v.Input, zkml.InputDigest(first.Input)) || v.Nonce != 5 {
		t.Fatalf("value %+v", v)
	}
	var stored zkml.Verified
	ledgertest.Must(t, stored.Unmarshal(f.Raw(zkml.StoreKey, zkml.ValueKey(f.model.ID(), f.bob, []byte("item")))))
	if !slices.Equal(stored.Output, v.Output) {
		t.Fatalf("another value under ValueKey: %+v", stored)
	}
	f.refused(t, "replayed", first, zkml.ErrReplay)
	f.refused(t, "an older nonce", f.proof("item", 4), zkml.ErrReplay)
	f.ok(t, f.proof("item", 6, 65_535, 1, 2, 3))
	f.ok(t, f.proof("other item", 7))
	queries := keeper.NewQueryServer(f.Zkml)
	all, err := queries.Values(f.Ctx, &zkml.QueryValuesRequest{Model: f.model.ID()})
	ledgertest.Must(t, err)
	prover, err := queries.Prover(f.Ctx, &zkml.QueryProverRequest{Model: f.model.ID(), Submitter: ledgertest.Text(f.bob)})
	ledgertest.Must(t, err)
	if len(all.Values) != 2 || prover.Prover.Nonce != 7 || prover.Prover.Values != 2 {
		t.Fatalf("%d values, prover %+v", len(all.Values), prover.Prover)
	}
	f.CheckReload(t)

	f.Advance(6, time.Second)
	if _, err := f.Zkml.Check(f.Ctx, f.requirement(), []byte("item")); !errors.Is(err, zkml.ErrStale) {
		t.Fatalf("a value six blocks old: %v", err)
	}
	if _, err := f.Zkml.Check(f.Ctx, zkml.Requirement{}, []byte("item")); !errors.Is(err, zkml.ErrInvalid) {
		t.Fatalf("a requirement of nothing: %v", err)
	}
}

// TestPackedInput: an input in bytes is the same input, and of either the state has the digest alone.
func TestPackedInput(t *testing.T) {
	f := newFixture(t)
	input := []int32{300, 301, 302, 555}
	packed := f.proof("item", 1, input...).WithInput(input)
	if len(packed.Packed) != len(input) {
		t.Fatalf("not packed: %+v", packed)
	}
	low := *packed
	low.Low++
	f.refused(t, "with all integers one higher", &low, zkml.ErrProof)
	moved := *packed
	moved.Packed = []byte{1, 0, 2, 255}
	f.refused(t, "with two integers changed about", &moved, zkml.ErrProof)
	f.ok(t, packed)
	v, err := f.Zkml.Check(f.Ctx, f.requirement(), []byte("item"))
	ledgertest.Must(t, err)
	if !bytes.Equal(v.Input, zkml.InputDigest(input)) {
		t.Fatalf("value %+v", v)
	}
	f.CheckReload(t)
}

// TestSubmitRefuses: nothing of what a proof is bound to may be another, and a refused proof leaves nothing.
func TestSubmitRefuses(t *testing.T) {
	f := newFixture(t)
	f.ok(t, f.proof("before", 1))
	second := prooftest.New(t, 2)
	f.ok(t, second.Registration(f.alice))
	elsewhere := f.model.Submission("ayni_1-1", f.bob, "item", 2, 1, 2, 3, 4)
	f.refused(t, "for another ledger", elsewhere, zkml.ErrProof)
	before := f.Entries()
	for name, test := range map[string]struct {
		spoil func(*zkml.MsgSubmitProof)
		want  error
	}{
		"another submitter": {func(m *zkml.MsgSubmitProof) { m.Submitter = ledgertest.Text(f.alice) }, zkml.ErrProof},
		"another model":     {func(m *zkml.MsgSubmitProof) { m.Model = second.ID() }, zkml.ErrProof},
		"unknown model":     {func(m *zkml.MsgSubmitProof) { m.Model = bytes.Repeat([]byte{9}, zkml.DigestSize) }, zkml.ErrNotFound},
		"another context":   {func(m *zkml.MsgSubmitProof) { m.Context = []byte("iten") }, zkml.ErrProof},
		"no context":        {func(m *zkml.MsgSubmitProof) { m.Context = nil }, zkml.ErrProof},
		"another nonce":     {func(m *zkml.MsgSubmitProof) { m.Nonce++ }, zkml.ErrProof},
		"nonce of before":   {func(m *zkml.MsgSubmitProof) { m.Nonce = 1 }, zkml.ErrReplay},
		"another input":     {func(m *zkml.MsgSubmitProof) { m.Input[0]++ }, zkml.ErrProof},
		"another output":    {func(m *zkml.MsgSubmitProof) { m.Output[0]++ }, zkml.ErrProof},
		"out of range":      {func(m *zkml.MsgSubmitProof) { m.Input[0] = 1 << 16 }, zkml.ErrProof},
		"not in the field":  {func(m *zkml.MsgSubmitProof) { m.Output[0] = -1 << 31 }, zkml.ErrProof},
		"input too short":   {func(m *zkml.MsgSubmitProof) { m.Input = m.Input[1:] }, zkml.ErrInvalid},
		"output too long":   {func(m *zkml.MsgSubmitProof) { m.Output = append(m.Output, 0) }, zkml.ErrInvalid},
		"a bit of it":       {func(m *zkml.MsgSubmitProof) { m.Proof[len(m.Proof)/2] ^= 1 }, zkml.ErrProof},
		"a byte more":       {func(m *zkml.MsgSubmitProof) { m.Proof = append(m.Proof, 0) }, zkml.ErrProof},
		"cut short":         {func(m *zkml.MsgSubmitProof) { m.Proof = m.Proof[:len(m.Proof)-1] }, zkml.ErrProof},
		"nothing but zeros": {func(m *zkml.MsgSubmitProof) { m.Proof = make([]byte, len(m.Proof)) }, zkml.ErrProof},
		"as long as can be": {func(m *zkml.MsgSubmitProof) { m.Proof = make([]byte, zkml.ProofMax) }, zkml.ErrProof},
		"somebody's name":   {func(m *zkml.MsgSubmitProof) { m.Submitter = "bob" }, zkml.ErrInvalid},
	} {
		msg := f.proof("item", 2)
		test.spoil(msg)
		f.refused(t, name, msg, test.want)
	}
	if !slices.Equal(before, f.Entries()) {
		t.Fatal("a refused proof changed the state")
	}
	f.ok(t, f.proof("item", 2))
}

// TestGasComesFirst: whoever cannot pay for verifying has nothing verified.
func TestGasComesFirst(t *testing.T) {
	f := newFixture(t)
	msg := f.proof("item", 1)
	quote, err := keeper.NewQueryServer(f.Zkml).Quote(f.Ctx, &zkml.QueryQuoteRequest{Model: f.model.ID()})
	ledgertest.Must(t, err)
	spend := func(limit uint64) (used uint64, out bool) {
		ctx, _ := f.Ctx.CacheContext()
		ctx = ctx.WithGasMeter(storetypes.NewGasMeter(limit))
		defer func() {
			if fault := recover(); fault != nil {
				if _, ok := fault.(storetypes.ErrorOutOfGas); !ok {
					panic(fault)
				}
				used, out = ctx.GasMeter().GasConsumed(), true
			}
		}()
		ledgertest.Must(t, f.Zkml.Submit(ctx, msg))
		return ctx.GasMeter().GasConsumed(), false
	}
	if _, out := spend(quote.Cost.Gas()); !out {
		t.Error("verified for less than it costs")
	}
	limit := quote.Cost.SubmitGas(msg.Size())
	used, out := spend(limit)
	used += 10 * uint64(msg.Size()) // the transaction's bytes, which are charged before
	t.Logf("%d gas for a proof of %d bytes, of %d", used, len(msg.Proof), limit)
	if out || used > limit || used < limit/3 {
		t.Errorf("%d gas used of a limit of %d", used, limit)
	}
}

// TestForget: a value goes when both blocks and seconds have passed since it was last proved, and its proof does not count again.
func TestForget(t *testing.T) {
	f := newFixture(t)
	params := zkml.DefaultParams()
	params.RetainBlocks, params.RetainSeconds, params.ValuesMax = 3, 600, 2
	ledgertest.Must(t, f.Zkml.Params.Set(f.Ctx, params))
	pass := func(blocks int64, d time.Duration) {
		for range blocks {
			f.Advance(1, d/time.Duration(blocks))
			f.Schedule.EndBlock(f.Ctx)
		}
	}
	first := f.proof("item", 1)
	f.ok(t, first)
	f.ok(t, f.proof("other", 2))
	f.refused(t, "a third value", f.proof("third", 3), zkml.ErrFull)
	pass(4, 500*time.Second)
	f.ok(t, f.proof("other", 3)) // renewed
	pass(2, 110*time.Second)
	for subject, want := range map[string]error{"item": zkml.ErrNotFound, "other": nil} {
		if _, err := f.Zkml.Check(f.Ctx, zkml.Requirement{Model: f.model.ID(), Submitter: f.bob}, []byte(subject)); !errors.Is(err, want) {
			t.Errorf("%s: %v, want %v", subject, err, want)
		}
	}
	f.refused(t, "proof of a value that was forgotten", first, zkml.ErrReplay)
	f.ok(t, f.proof("third", 4))
	f.CheckReload(t)
	pass(10, 3*time.Hour)
	left, err := keeper.NewQueryServer(f.Zkml).Values(f.Ctx, &zkml.QueryValuesRequest{Model: f.model.ID()})
	ledgertest.Must(t, err)
	if len(left.Values) != 0 {
		t.Errorf("%d values are left", len(left.Values))
	}
	f.CheckReload(t)
}

func TestUpdateParams(t *testing.T) {
	f := newFixture(t)
	params := zkml.DefaultParams()
	params.ValuesMax = 3
	f.refused(t, "owner", &zkml.MsgUpdateParams{Authority: ledgertest.Text(f.alice), Params: params}, zkml.ErrUnauthorised)
	f.ok(t, &zkml.MsgUpdateParams{Authority: ledgertest.Text(ledgertest.Account("authority")), Params: params})
	got, err := f.Zkml.Params.Get(f.Ctx)
	ledgertest.Must(t, err)
	if got != params {
		t.Fatalf("parameters %+v", got)
	}
}
