package keeper_test

import (
	"bytes"
	"crypto/ed25519"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"cosmossdk.io/math"

	sdk "github.com/cosmos/cosmos-sdk/types"
	"github.com/cosmos/cosmos-sdk/types/query"

	"ayni.example/internal/ethkey"
	"ayni.example/x/inference"
	"ayni.example/x/inference/keeper"
	"ayni.example/x/internal/ledgertest"
	"ayni.example/x/provider"
)

// fixture is a ledger with the active provider alice, an open model and an opaque one.
type fixture struct {
	*ledgertest.Ledger
	alice, bob   sdk.AccAddress
	open, opaque inference.Model
}

func newFixture(tb testing.TB) *fixture {
	tb.Helper()
	f := &fixture{
		Ledger: ledgertest.Start(tb), alice: ledgertest.Account("alice"), bob: ledgertest.Account("bob"),
		open:   model(1),
		opaque: model(2),
	}
	f.opaque.Opaque = true
	bond := provider.DefaultParams().BondMin
	f.Fund(tb, f.alice, bond.Int64())
	f.register(tb)
	ledgertest.Must(tb, f.enter(f.bob, f.open))
	ledgertest.Must(tb, f.enter(f.bob, f.opaque))
	return f
}

func (f *fixture) register(tb testing.TB) {
	tb.Helper()
	key := ed25519.NewKeyFromSeed(bytes.Repeat([]byte{5}, ed25519.SeedSize)).Public().(ed25519.PublicKey)
	_, err := f.Send(&provider.MsgRegister{
		Address: ledgertest.Text(f.alice), Name: "alice", ReceiptKey: key, PeerId: strings.Repeat("A", 52),
		Bond: provider.DefaultParams().BondMin,
	})
	ledgertest.Must(tb, err)
}

func model(n byte) inference.Model {
	return inference.Model{
		Digest: bytes.Repeat([]byte{n}, inference.DigestSize), Name: "llama3.2:1b", Family: "llama", Format: "gguf",
		Quantisation: "Q4_K_M", License: "llama3.2", Parameters: 1_235_814_432, SizeBytes: 807_694_464, Context: 131_072,
	}
}

func offer(m inference.Model) inference.Offer {
	return inference.Offer{
		Model: m.Digest, Name: m.Name, PriceInput: math.NewInt(10), PriceOutput: math.NewInt(30), Context: 8192,
		Capabilities: []string{"completion", "chat"}, Assurances: []string{"signed"}, Engine: "ollama 0.30",
	}
}

func (f *fixture) enter(sender sdk.AccAddress, m inference.Model) error {
	_, err := f.Send(&inference.MsgRegisterModel{Registrant: ethkey.Hex(sender), Model: m})
	return err
}

func (f *fixture) set(sender sdk.AccAddress, o inference.Offer) error {
	_, err := f.Send(&inference.MsgSetOffer{Provider: ethkey.Hex(sender), Offer: o})
	return err
}

func (f *fixture) remove(sender sdk.AccAddress, m inference.Model) error {
	_, err := f.Send(&inference.MsgRemoveOffer{Provider: ledgertest.Text(sender), Model: m.Digest})
	return err
}

// offers asks for offers and returns how many there are.
func (f *fixture) offers(tb testing.TB, req inference.QueryOffersRequest) int {
	tb.Helper()
	res, err := keeper.NewQueryServer(f.Inference).Offers(f.Ctx, &req)
	ledgertest.Must(tb, err)
	return len(res.Offers)
}

func page(limit uint64, key []byte) *query.PageRequest {
	return &query.PageRequest{Limit: limit, Key: key}
}

func TestRegisterModel(t *testing.T) {
	f := newFixture(t)
	registered := f.Ctx.BlockHeight()
	f.Advance(3, time.Minute)
	ledgertest.Must(t, f.enter(f.alice, f.open)) // the same entry again, by another
	stored, err := f.Inference.Models.Get(f.Ctx, f.open.Digest)
	ledgertest.Must(t, err)
	if stored.Registrant != ledgertest.Text(f.bob) || stored.RegisteredHeight != registered {
		t.Fatalf("the first registrant stays: %+v", stored)
	}
	var raw inference.Model
	ledgertest.Must(t, raw.Unmarshal(f.Raw(inference.StoreKey, inference.ModelKey(f.open.Digest))))
	if !raw.Equal(stored) {
		t.Fatalf("another model under ModelKey: %+v", raw)
	}
	changes := map[string]func(*inference.Model){
		"name":         func(m *inference.Model) { m.Name = "other" },
		"family":       func(m *inference.Model) { m.Family = "other" },
		"format":       func(m *inference.Model) { m.Format = "other" },
		"quantisation": func(m *inference.Model) { m.Quantisation = "Q8_0" },
		"license":      func(m *inference.Model) { m.License = "other" },
		"parameters":   func(m *inference.Model) { m.Parameters++ },
		"size":         func(m *inference.Model) { m.SizeBytes++ },
		"context":      func(m *inference.Model) { m.Context++ },
		"opaque":       func(m *inference.Model) { m.Opaque = true },
	}
	for name, change := range changes {
		other := f.open
		change(&other)
		if err := f.enter(f.bob, other); !errors.Is(err, inference.ErrConflict) {
			t.Fatalf("another %s under the same digest: %v", name, err)
		}
	}
	if _, err := f.Send(&inference.MsgRegisterModel{Registrant: "nobody", Model: model(9)}); !errors.Is(err, inference.ErrInvalid) {
		t.Fatalf("registered by nobody: %v", err)
	}
}

func TestSetOffer(t *testing.T) {
	f := newFixture(t)
	ledgertest.Must(t, f.set(f.alice, offer(f.open)))
	ledgertest.Must(t, f.set(f.alice, offer(f.opaque)))
	f.Advance(2, time.Minute)
	dearer := offer(f.open)
	dearer.PriceOutput = math.NewInt(31)
	ledgertest.Must(t, f.set(f.alice, dearer))
	var raw inference.Offer
	ledgertest.Must(t, raw.Unmarshal(f.Raw(inference.StoreKey, inference.OfferKey(f.alice, f.open.Digest))))
	if raw.Provider != ledgertest.Text(f.alice) || raw.UpdatedHeight != f.Ctx.BlockHeight() || !raw.PriceOutput.Equal(math.NewInt(31)) {
		t.Fatalf("stored %+v", raw)
	}
	for _, tt := range []struct {
		req  inference.QueryOffersRequest
		want int
	}{
		{inference.QueryOffersRequest{}, 2},
		{inference.QueryOffersRequest{Provider: ethkey.Hex(f.alice)}, 2},
		{inference.QueryOffersRequest{Provider: ledgertest.Text(f.bob)}, 0},
		{inference.QueryOffersRequest{Model: f.open.Digest}, 1},
		{inference.QueryOffersRequest{Model: bytes.Repeat([]byte{9}, 32)}, 0},
	} {
		if got := f.offers(t, tt.req); got != tt.want {
			t.Fatalf("%+v: %d offers, want %d", tt.req, got, tt.want)
		}
	}
	f.CheckReload(t)
}

func TestSetOfferRefuses(t *testing.T) {
	f := newFixture(t)
	unknown := offer(model(9))
	exact := offer(f.opaque)
	exact.Assurances = []string{"signed", "exact"}
	for _, tt := range []struct {
		name   string
		sender sdk.AccAddress
		offer  inference.Offer
		want   error
	}{
		{"by one who is not a provider", f.bob, offer(f.open), inference.ErrProvider},
		{"of an unknown model", f.alice, unknown, inference.ErrNotFound},
		{"exact answers of an opaque model", f.alice, exact, inference.ErrInvalid},
	} {
		if err := f.set(tt.sender, tt.offer); !errors.Is(err, tt.want) {
			t.Fatalf("%s: error %v, want %v", tt.name, err, tt.want)
		}
	}
	_, err := f.Send(&provider.MsgSuspend{Sender: ledgertest.Text(f.alice), Address: ledgertest.Text(f.alice), Reason: "disk"})
	ledgertest.Must(t, err)
	if err := f.set(f.alice, offer(f.open)); !errors.Is(err, inference.ErrProvider) {
		t.Fatalf("offer while suspended: %v", err)
	}
	ledgertest.Must(t, f.Inference.Params.Set(f.Ctx, inference.Params{OffersMax: 1}))
	_, err = f.Send(&provider.MsgResume{Sender: ledgertest.Text(f.alice), Address: ledgertest.Text(f.alice)})
	ledgertest.Must(t, err)
	ledgertest.Must(t, f.set(f.alice, offer(f.open)))
	if err := f.set(f.alice, offer(f.opaque)); !errors.Is(err, inference.ErrFull) {
		t.Fatalf("a second offer of one: %v", err)
	}
	ledgertest.Must(t, f.set(f.alice, offer(f.open))) // changing one is not a second
}

func TestRemoveOffer(t *testing.T) {
	f := newFixture(t)
	ledgertest.Must(t, f.set(f.alice, offer(f.open)))
	if err := f.remove(f.bob, f.open); !errors.Is(err, inference.ErrNotFound) {
		t.Fatalf("removed by another: %v", err)
	}
	ledgertest.Must(t, f.remove(f.alice, f.open))
	if err := f.remove(f.alice, f.open); !errors.Is(err, inference.ErrNotFound) {
		t.Fatalf("removed twice: %v", err)
	}
	if got := f.offers(t, inference.QueryOffersRequest{Model: f.open.Digest}); got != 0 {
		t.Fatalf("%d offers left in the index", got)
	}
}

func TestWithdrawnProviderLeavesNoOffer(t *testing.T) {
	f := newFixture(t)
	ledgertest.Must(t, f.set(f.alice, offer(f.open)))
	ledgertest.Must(t, f.set(f.alice, offer(f.opaque)))
	_, err := f.Send(&provider.MsgLeave{Address: ledgertest.Text(f.alice)})
	ledgertest.Must(t, err)
	f.Advance(1000, 24*time.Hour)
	_, err = f.Send(&provider.MsgWithdraw{Address: ledgertest.Text(f.alice)})
	ledgertest.Must(t, err)
	if got := f.offers(t, inference.QueryOffersRequest{}); got != 0 {
		t.Fatalf("%d offers of a provider that is gone", got)
	}
	f.register(t)
	if got := f.offers(t, inference.QueryOffersRequest{Provider: ledgertest.Text(f.alice)}); got != 0 {
		t.Fatalf("%d offers came back", got)
	}
}

func TestQueryOffersPages(t *testing.T) {
	f := newFixture(t)
	ledgertest.Must(t, f.set(f.alice, offer(f.open)))
	ledgertest.Must(t, f.set(f.alice, offer(f.opaque)))
	queries := keeper.NewQueryServer(f.Inference)
	var digests []byte
	req := &inference.QueryOffersRequest{Provider: ledgertest.Text(f.alice), Pagination: page(1, nil)}
	for {
		res, err := queries.Offers(f.Ctx, req)
		ledgertest.Must(t, err)
		if len(res.Offers) != 1 {
			t.Fatalf("page of %d", len(res.Offers))
		}
		digests = append(digests, res.Offers[0].Model[0])
		if len(res.Pagination.NextKey) == 0 {
			break
		}
		req.Pagination = page(1, res.Pagination.NextKey)
	}
	if !slices.Equal(digests, []byte{1, 2}) {
		t.Fatalf("pages hold %v", digests)
	}
	if _, err := queries.Offers(f.Ctx, &inference.QueryOffersRequest{
		Provider: ledgertest.Text(f.alice), Model: f.open.Digest,
	}); !errors.Is(err, inference.ErrInvalid) {
		t.Fatalf("provider and model: %v", err)
	}
	one, err := queries.Offer(f.Ctx, &inference.QueryOfferRequest{Provider: ethkey.Hex(f.alice), Model: f.open.Digest})
	ledgertest.Must(t, err)
	if one.Offer.Name != f.open.Name {
		t.Fatalf("offer %+v", one.Offer)
	}
	models, err := queries.Models(f.Ctx, &inference.QueryModelsRequest{})
	ledgertest.Must(t, err)
	if len(models.Models) != 2 {
		t.Fatalf("%d models", len(models.Models))
	}
	if _, err := queries.Model(f.Ctx, &inference.QueryModelRequest{}); !errors.Is(err, inference.ErrNotFound) {
		t.Fatalf("no model: %v", err)
	}
}

func TestInvariantsNotice(t *testing.T) {
	f := newFixture(t)
	ledgertest.Must(t, f.set(f.alice, offer(f.open)))
	sound := f.Ctx
	for name, wound := range map[string]func() error{
		"provider gone": func() error { return f.Provider.Providers.Remove(f.Ctx, f.alice) },
		"model gone":    func() error { return f.Inference.Models.Remove(f.Ctx, f.open.Digest) },
		"too many":      func() error { return f.Inference.Params.Set(f.Ctx, inference.Params{}) },
	} {
		f.Ctx, _ = sound.CacheContext()
		ledgertest.Must(t, wound())
		if err := f.Inference.Invariants(f.Ctx); err == nil {
			t.Fatalf("%s: not noticed", name)
		}
	}
	f.Ctx = sound
}

func TestInitGenesisNeedsProviders(t *testing.T) {
	f := newFixture(t)
	ledgertest.Must(t, f.set(f.alice, offer(f.open)))
	state, err := f.Inference.ExportGenesis(f.Ctx)
	ledgertest.Must(t, err)
	empty := ledgertest.New(t)
	if err := empty.Inference.InitGenesis(empty.Ctx, state); !errors.Is(err, provider.ErrNotFound) {
		t.Fatalf("offers without their provider: %v", err)
	}
	state.Models[0].Registrant = ethkey.Hex(f.bob)
	if err := empty.Inference.InitGenesis(empty.Ctx, state); !errors.Is(err, inference.ErrInvalid) {
		t.Fatalf("another text form: %v", err)
	}
}
