package keeper_test

import (
	"encoding/hex"
	"errors"
	"testing"
	"time"

	"cosmossdk.io/math"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"ayni.example/x/internal/ledgertest"
	"ayni.example/x/provenance"
)

// pooled is a pool of keeper's with its first epoch open; judge is its checker.
func (w *world) pooled(name string, share uint32) []byte {
	w.t.Helper()
	return w.pooledOn(name, terms(share))
}

func (w *world) pooledOn(name string, on provenance.Terms) []byte {
	w.t.Helper()
	m := provenance.Manifest{Kind: provenance.KindPool, Name: name, Content: digest(name)}
	res, err := w.Send(&provenance.MsgCreatePool{
		Owner: account("keeper"), Manifest: encode(w.t, m), Terms: on, Schema: word("schema"), Reference: word("reference"), Checkers: []string{account("judge")},
	})
	ledgertest.Must(w.t, err)
	id := res.MsgResponses[0].GetCachedValue().(*provenance.MsgCreatePoolResponse).Pool
	w.must(&provenance.MsgOpenEpoch{Owner: account("keeper"), Pool: id})
	return id
}

func word(text string) []byte {
	b, _ := hex.DecodeString(digest(text))
	return b
}

func (w *world) must(msg sdk.Msg) {
	w.t.Helper()
	_, err := w.Send(msg)
	ledgertest.Must(w.t, err)
}

func (w *world) contribute(pool []byte, who, file string, epoch uint64) []byte {
	w.t.Helper()
	res, err := w.Send(&provenance.MsgContribute{Contributor: account(who), Pool: pool, Epoch: epoch, Commitment: word(file), Bytes: 10})
	ledgertest.Must(w.t, err)
	return res.MsgResponses[0].GetCachedValue().(*provenance.MsgContributeResponse).Contribution
}

func accept(contribution []byte, points uint64) provenance.Verdict {
	return provenance.Verdict{Contribution: contribution, Accept: true, Points: points}
}

func (w *world) judge(pool []byte, verdicts ...provenance.Verdict) {
	w.t.Helper()
	w.must(&provenance.MsgJudge{Checker: account("judge"), Pool: pool, Verdicts: verdicts})
}

func (w *world) holds() {
	w.t.Helper()
	ledgertest.Must(w.t, w.Invariants())
}

// TestPoolPaysContributors: the answer of a model that was trained on a pool pays everyone who gave to it, by points.
func TestPoolPaysContributors(t *testing.T) {
	w := start(t)
	pool := w.pooled("verses", 2_000)
	a, b, c := w.contribute(pool, "ana", "a.txt", 1), w.contribute(pool, "bela", "b.txt", 1), w.contribute(pool, "caro", "c.txt", 1)
	w.judge(pool, accept(a, 1), accept(b, 2), provenance.Verdict{Contribution: c, Reason: "quality"})
	m := w.register("maker", model("poet", pool), terms(1_000))
	if cut := w.serve(w.content(m), 1_000); cut != 300 {
		t.Fatalf("%d of 1,000 are divided, want the pool's 200 and the maker's 100", cut)
	}
	if paid := w.claim(m, pool, m); paid != 300 {
		t.Fatalf("%d are paid", paid)
	}
	w.holds()
	if paid := w.claim(pool, ledgertest.Account("ana"), ledgertest.Account("bela")); paid != 199 { // one cannot be divided by three points
		t.Errorf("contributors are paid %d", paid)
	}
	if w.balance("ana") != 66 || w.balance("bela") != 133 || w.balance("maker") != 100 || w.balance("caro") != 0 {
		t.Errorf("ana has %d, bela %d, maker %d, caro %d", w.balance("ana"), w.balance("bela"), w.balance("maker"), w.balance("caro"))
	}
	w.must(&provenance.MsgWithdraw{Contributor: account("bela"), Contribution: b})
	w.serve(w.content(m), 1_000)
	w.claim(m, pool)
	if w.claim(pool, ledgertest.Account("ana"), ledgertest.Account("bela")); w.balance("bela") != 133 || w.balance("ana") != 267 {
		t.Errorf("after bela left, ana has %d and bela %d", w.balance("ana"), w.balance("bela"))
	}
	w.holds()
}

// TestPoolSweepsItself: nobody does anything, and contributors are paid, more of them than one item looks at.
func TestPoolSweepsItself(t *testing.T) {
	w := start(t)
	pool := w.pooled("verses", 5_000)
	names := make([]string, 70)
	verdicts := make([]provenance.Verdict, 70)
	for i := range names {
		names[i] = string(rune('a'+i%26)) + string(rune('a'+i/26))
		verdicts[i] = accept(w.contribute(pool, names[i], names[i]+".txt", 1), 1)
	}
	w.judge(pool, verdicts...)
	m := w.register("maker", model("poet", pool), terms(0))
	each := math.NewInt(2_000_000_000_000_000) // above the least that is swept
	w.serveInt(w.content(m), each.MulRaw(140))
	for range 40 {
		w.Advance(1, time.Minute)
		w.Schedule.EndBlock(w.Ctx)
	}
	for _, name := range names {
		if got := w.Balance(ledgertest.Account(name)); !got.Equal(each) {
			t.Fatalf("%s has %s, want %s", name, got, each)
		}
	}
	w.holds()
}

// TestProofOfOnePoolPaysInNoOther is Vana's PR 76: one proof, payable once in each sibling pool.
func TestProofOfOnePoolPaysInNoOther(t *testing.T) {
	w := start(t)
	one, other := w.pooled("one", 1_000), w.pooled("other", 1_000)
	a := w.contribute(one, "ana", "a.txt", 1)
	refuse := func(msg sdk.Msg, want error) {
		t.Helper()
		if _, err := w.Send(msg); !errors.Is(err, want) {
			t.Errorf("%v, want %v", err, want)
		}
	}
	judge := func(checker string, pool []byte, v provenance.Verdict) sdk.Msg {
		return &provenance.MsgJudge{Checker: account(checker), Pool: pool, Verdicts: []provenance.Verdict{v}}
	}
	refuse(judge("judge", other, accept(a, 9)), provenance.ErrPool)           // another pool
	refuse(judge("ana", one, accept(a, 9)), provenance.ErrUnauthorised)       // oneself
	refuse(judge("keeper", one, accept(a, 9)), provenance.ErrUnauthorised)    // the owner, who is no checker here
	refuse(judge("judge", one, accept(word("x"), 9)), provenance.ErrNotFound) // nothing
	w.judge(one, accept(a, 9))
	refuse(judge("judge", one, accept(a, 9)), provenance.ErrPool) // twice
	again := &provenance.MsgContribute{Contributor: account("ana"), Pool: one, Epoch: 1, Commitment: word("a.txt"), Bytes: 10}
	refuse(again, provenance.ErrExists)
	copied := *again
	copied.Contributor = account("thief") // who does not know the salt: it stands, and no checker gets the file from it
	w.must(&copied)
	refuse(&copied, provenance.ErrExists)
	w.must(&provenance.MsgOpenEpoch{Owner: account("keeper"), Pool: one})
	refuse(again, provenance.ErrPool) // an epoch that is over
	again.Epoch = 2
	refuse(again, provenance.ErrExists) // the same file in another epoch
	if id := provenance.ContributionID("other-1", one, 1, account("ana"), word("a.txt")); hex.EncodeToString(id) == hex.EncodeToString(a) {
		t.Error("another ledger has the same contribution")
	}
	refuse(&provenance.MsgOpenEpoch{Owner: account("ana"), Pool: one}, provenance.ErrUnauthorised)
	refuse(&provenance.MsgWithdraw{Contributor: account("thief"), Contribution: a}, provenance.ErrUnauthorised)
	w.must(&provenance.MsgWithdraw{Contributor: account("ana"), Contribution: a})
	refuse(&provenance.MsgWithdraw{Contributor: account("ana"), Contribution: a}, provenance.ErrPool)
	w.holds()
}

// TestPoolGenesis: export and import of pools with everything in them give the same.
func TestPoolGenesis(t *testing.T) {
	w := start(t)
	pool := w.pooled("verses", 2_000)
	a := w.contribute(pool, "ana", "a.txt", 1)
	w.contribute(pool, "bela", "b.txt", 1)
	w.judge(pool, accept(a, 3))
	m := w.register("maker", model("poet", pool), terms(0))
	w.serve(w.content(m), 1_000)
	w.claim(m, pool)
	g, err := w.Provenance.ExportGenesis(w.Ctx)
	ledgertest.Must(t, err)
	ledgertest.Must(t, g.Validate())
	w.CheckReload(t)
	for name, spoil := range map[string]func(*provenance.GenesisState){
		"points of nobody": func(g *provenance.GenesisState) { g.Pools[0].Points = g.Pools[0].Points.AddRaw(1) },
		"money of nobody":  func(g *provenance.GenesisState) { g.Pools[0].Held = g.Pools[0].Held.AddRaw(1) },
		"no contribution":  func(g *provenance.GenesisState) { g.Contributions = g.Contributions[:0] },
		"no pool":          func(g *provenance.GenesisState) { g.Pools = nil },
	} {
		text, err := g.Marshal()
		ledgertest.Must(t, err)
		var bad provenance.GenesisState
		ledgertest.Must(t, bad.Unmarshal(text))
		if spoil(&bad); bad.Validate() == nil {
			t.Errorf("a genesis with %s is valid", name)
		}
	}
}

// TestKeeperPaysThePrice: the price of a training on a pool is its contributors', so who keeps the pool pays it like anybody else.
func TestKeeperPaysThePrice(t *testing.T) {
	w := start(t)
	on := terms(0)
	on.Price = math.NewInt(1000)
	pool := w.pooledOn("verses", on)
	w.judge(pool, accept(w.contribute(pool, "ann", "a", 1), 3), accept(w.contribute(pool, "bob", "b", 1), 1))
	w.Fund(t, ledgertest.Account("keeper"), 5000)
	for range 2 {
		if got, err := w.Provenance.ChargeUse(w.Ctx, ledgertest.Account("keeper"), w.content(pool), math.NewInt(5000)); err != nil || got.Int64() != 1000 {
			t.Fatalf("the keeper pays %s, %v", got, err)
		}
	}
	w.claim(pool, pool)
	w.must(&provenance.MsgClaimRoyalty{Sender: account("ann"), Asset: pool, Payees: [][]byte{ledgertest.Account("ann"), ledgertest.Account("bob")}})
	if a, b := w.balance("ann"), w.balance("bob"); a != 1500 || b != 500 {
		t.Errorf("ann has %d, bob %d", a, b)
	}
	w.holds()
}
