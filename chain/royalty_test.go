package chain_test

import (
	"crypto/ed25519"
	"encoding/hex"
	"errors"
	"testing"
	"time"

	"cosmossdk.io/math"

	"ayni.example/chain"
	"ayni.example/client"
	"ayni.example/internal/testchain"
	"ayni.example/receipt"
	"ayni.example/x/credit"
	"ayni.example/x/provenance"
)

// lineage is a ledger with a model of three ancestors, each of another owner: a base, data, and an adapter of the base.
type lineage struct {
	*testchain.Chain
	t     *testing.T
	model receipt.Digest
	asset []byte
	owner map[string]int // account by asset
}

// Accounts of a lineage.
const (
	payerAt = iota + 1
	payeeAt // who owns the model, too, and asks nothing for it
	baseAt
	dataAt
	adapterAt
	accountsAt
)

func newLineage(t *testing.T) *lineage {
	t.Helper()
	params := provenance.DefaultParams()
	params.SweepBlocks, params.SweepSeconds, params.SweepMin = 1, 1, math.OneInt()
	l := &lineage{
		Chain: testchain.New(t, testchain.Config{Accounts: accountsAt, Provenance: &params, IdleInterval: 200 * time.Millisecond}),
		t:     t, model: receipt.Digest{7}, owner: map[string]int{},
	}
	base := l.register(baseAt, "base", receipt.Digest{1}, 1_000)
	data := l.register(dataAt, "data", receipt.Digest{2}, 333)
	adapter := l.register(adapterAt, "adapter", receipt.Digest{3}, 250, base)
	l.asset = l.register(payeeAt, "model", l.model, 0, adapter, base, data)
	return l
}

func (l *lineage) register(owner int, name string, content receipt.Digest, share uint32, parents ...[]byte) []byte {
	l.t.Helper()
	m := provenance.Manifest{Kind: provenance.KindModel, Name: name, Content: content.String()}
	for _, p := range parents {
		m.Parents = append(m.Parents, provenance.Parent{Asset: hex.EncodeToString(p), Relation: provenance.Finetune})
	}
	manifest, err := m.Encode()
	if err != nil {
		l.t.Fatal(err)
	}
	terms := provenance.FreeTerms()
	terms.Share = share
	msg, err := client.RegisterAsset(l.Address(owner), manifest, terms, nil)
	if err != nil {
		l.t.Fatal(err)
	}
	submit(l.t, l.Client(owner), msg)
	a, err := l.Client(owner).AssetByContent(l.t.Context(), content[:])
	if err != nil {
		l.t.Fatal(err)
	}
	l.owner[name] = owner
	return a.ID
}

func (l *lineage) balance(account int) math.Int {
	l.t.Helper()
	b, err := l.Client(0).Balance(l.t.Context(), l.Address(account))
	if err != nil {
		l.t.Fatal(err)
	}
	return b
}

// TestAnswerPaysAncestors: vouchers that name a model are claimed, the ledger sets the ancestors' part aside, and a sweep that
// nobody asks for pays each of them, and the model's owner the rest, to the unit.
func TestAnswerPaysAncestors(t *testing.T) {
	l := newLineage(t)
	payer, session := l.Client(payerAt), ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize))
	submit(t, payer, &credit.MsgOpenChannel{
		Payer: l.Address(payerAt), Payee: l.Address(payeeAt), Signer: session.Public().(ed25519.PublicKey),
		Deposit: testchain.Credits(1), ChallengeBlocks: 10, ChallengeSeconds: 600,
	})
	channels, err := payer.Channels(t.Context(), l.Address(payerAt), "")
	if err != nil || len(channels) != 1 {
		t.Fatalf("%d channels: %v", len(channels), err)
	}
	before := map[int]math.Int{}
	for account := payeeAt; account < accountsAt; account++ {
		before[account] = l.balance(account)
	}
	for nonce, cumulative := range []int64{1_000_003, 1_000_007, 2_345_677} { // odd sums, so that every share is rounded
		v := receipt.Voucher{
			ChainID: testchain.ChainID, Channel: receipt.Digest(channels[0].Id), Nonce: uint64(nonce + 1), Cumulative: math.NewInt(cumulative), Model: l.model,
		}
		if err := v.Sign(session); err != nil {
			t.Fatal(err)
		}
		submit(t, payer, &credit.MsgClaim{Claimer: l.Address(payerAt), Vouchers: []credit.Voucher{credit.NewVoucher(v)}})
	}
	const paid = 2_345_677
	want := map[int]int64{baseAt: paid * 100_000 / 1_000_000, dataAt: paid * 33_300 / 1_000_000, adapterAt: paid * 25_000 / 1_000_000}
	want[payeeAt] = paid - paid*158_300/1_000_000 // what is left of the cut are fractions, the ancestors' once they are whole
	for account, amount := range want {
		var got math.Int
		for range 300 {
			if got = l.balance(account).Sub(before[account]); got.Equal(math.NewInt(amount)) {
				break
			}
			time.Sleep(50 * time.Millisecond)
		}
		if !got.Equal(math.NewInt(amount)) {
			t.Errorf("account %d has %s, want %d", account, got, amount)
		}
	}
	if err := l.Node.App().Invariants(); err != nil {
		t.Fatal(err)
	}
}

// TestRoyaltiesComeWithRelease: a channel that a ledger of release 4 opened goes on under release 5; before, a voucher that names a
// model is refused, and what was promised without one is still paid.
func TestRoyaltiesComeWithRelease(t *testing.T) {
	a := age(t, 4)
	old, c, done := a.start(t, 4)
	me, other := accountAddress(0), accountAddress(1)
	session := ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize))
	submit(t, c, &credit.MsgOpenChannel{
		Payer: me, Payee: other, Signer: session.Public().(ed25519.PublicKey), Deposit: testchain.Credits(1), ChallengeBlocks: 10, ChallengeSeconds: 600,
	})
	channels, err := c.Channels(a.ctx, me, "")
	if err != nil || len(channels) != 1 {
		t.Fatalf("%d channels: %v", len(channels), err)
	}
	claim := func(nonce uint64, cumulative int64, model receipt.Digest) *credit.MsgClaim {
		v := receipt.Voucher{
			ChainID: testchain.ChainID, Channel: receipt.Digest(channels[0].Id), Nonce: nonce, Cumulative: math.NewInt(cumulative), Model: model,
		}
		if err := v.Sign(session); err != nil {
			t.Fatal(err)
		}
		return &credit.MsgClaim{Claimer: me, Vouchers: []credit.Voucher{credit.NewVoucher(v)}}
	}
	format := func(want uint32) {
		t.Helper()
		if got, err := c.VoucherFormat(a.ctx); err != nil || got != want {
			t.Fatalf("format %d, %v, want %d", got, err, want)
		}
	}
	format(1)
	submit(t, c, claim(1, 100, receipt.Digest{}))
	if _, err := c.Submit(a.ctx, claim(2, 200, receipt.Digest{7})); err == nil {
		t.Fatal("release 4 took a voucher that names a model")
	}
	plan(t, old, c, 5)
	if err := <-done; !errors.Is(err, chain.ErrUpgradeDue) {
		t.Fatalf("the old program ends with %v", err)
	}
	old.Close()

	var node *chain.Node
	node, c, done = a.start(t, 5)
	format(2)
	submit(t, c, claim(2, 150, receipt.Digest{}))
	submit(t, c, claim(3, 200, receipt.Digest{7}))
	if on, _, err := c.Channel(a.ctx, channels[0].Id); err != nil || !on.Claimed.Equal(math.NewInt(200)) {
		t.Fatalf("channel %+v: %v", on, err)
	}
	if err := node.App().Invariants(); err != nil {
		t.Fatal(err)
	}
	a.cancel()
	if err := <-done; err != nil {
		t.Fatal(err)
	}
}
