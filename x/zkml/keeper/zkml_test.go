package keeper_test

import (
	"bytes"
	"errors"
	"testing"

	"cosmossdk.io/math"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"ayni.example/x/internal/ledgertest"
	"ayni.example/x/zkml"
	"ayni.example/x/zkml/keeper"
)

// fixture is a ledger on which alice owns a model.
type fixture struct {
	*ledgertest.Ledger
	alice, bob sdk.AccAddress
	model      []byte
}

func newFixture(tb testing.TB) *fixture {
	tb.Helper()
	f := &fixture{Ledger: ledgertest.Start(tb), alice: ledgertest.Account("alice"), bob: ledgertest.Account("bob")}
	msg := registration(f.alice)
	f.ok(tb, msg)
	f.model = zkml.ModelID(zkml.CircuitDigest(msg.Circuit), msg.Root, msg.Parameters)
	return f
}

func registration(owner sdk.AccAddress) *zkml.MsgRegisterModel {
	return &zkml.MsgRegisterModel{
		Owner: ledgertest.Text(owner), Name: "appraiser", Circuit: []byte("circuit"), Root: bytes.Repeat([]byte{1}, zkml.DigestSize),
		Parameters: []byte{1}, Price: math.NewInt(5),
	}
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

func (f *fixture) update(who sdk.AccAddress, retire bool) *zkml.MsgUpdateModel {
	return &zkml.MsgUpdateModel{Owner: ledgertest.Text(who), Model: f.model, Price: math.NewInt(7), Retire: retire}
}

func TestRegister(t *testing.T) {
	f := newFixture(t)
	var stored zkml.Model
	ledgertest.Must(t, stored.Unmarshal(f.Raw(zkml.StoreKey, zkml.ModelKey(f.model))))
	if stored.Name != "appraiser" || stored.Owner != ledgertest.Text(f.alice) {
		t.Fatalf("another model under ModelKey: %+v", stored)
	}
	f.refused(t, "registered twice, by another", registration(f.bob), zkml.ErrExists)
	other := registration(f.bob)
	other.Root = bytes.Repeat([]byte{2}, zkml.DigestSize)
	f.ok(t, other) // the same circuit with other weights
	queries := keeper.NewQueryServer(f.Zkml)
	all, err := queries.Models(f.Ctx, &zkml.QueryModelsRequest{})
	ledgertest.Must(t, err)
	if len(all.Models) != 2 {
		t.Fatalf("%d models", len(all.Models))
	}
	circuit, err := queries.Circuit(f.Ctx, &zkml.QueryCircuitRequest{Model: f.model})
	ledgertest.Must(t, err)
	if string(circuit.Circuit) != "circuit" {
		t.Fatalf("circuit %q", circuit.Circuit)
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
	quote, err := keeper.NewQueryServer(f.Zkml).Quote(f.Ctx, &zkml.QueryQuoteRequest{Model: f.model})
	ledgertest.Must(t, err)
	if !quote.Price.Equal(math.NewInt(7)) {
		t.Fatalf("price %s after the update", quote.Price)
	}
	f.ok(t, f.update(f.alice, true))
	f.refused(t, "updated after it was retired", f.update(f.alice, false), zkml.ErrRetired)
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
