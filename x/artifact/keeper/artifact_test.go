package keeper_test

import (
	"crypto/ed25519"
	"crypto/sha256"
	"errors"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"cosmossdk.io/math"

	sdk "github.com/cosmos/cosmos-sdk/types"
	sdkerrors "github.com/cosmos/cosmos-sdk/types/errors"
	authtypes "github.com/cosmos/cosmos-sdk/x/auth/types"

	"ayni.example/internal/ethkey"
	"ayni.example/x/artifact"
	"ayni.example/x/artifact/keeper"
	"ayni.example/x/internal/ledgertest"
	"ayni.example/x/provider"
)

const (
	credits = 1_000_000_000_000_000_000
	deposit = credits / 100
	month   = 30 * 24 * time.Hour
	size    = 5*artifact.LeafSize + 9
)

// fixture is a ledger on which alice, a provider, has pledged two credits for an artifact, for a month.
type fixture struct {
	*ledgertest.Ledger
	alice, bob, carol sdk.AccAddress
	digest            []byte
	parts             [][]byte
	leaves            [][artifact.DigestSize]byte
}

func newFixture(tb testing.TB) *fixture {
	tb.Helper()
	f := &fixture{Ledger: ledgertest.Start(tb), alice: ledgertest.Account("alice"), bob: ledgertest.Account("bob"), carol: ledgertest.Account("carol")}
	data := make([]byte, size)
	_, _ = rand.NewChaCha8([32]byte{1}).Read(data)
	digest := sha256.Sum256(data)
	f.digest = digest[:]
	for rest := data; len(rest) > 0; {
		n := min(len(rest), artifact.LeafSize)
		f.parts, f.leaves = append(f.parts, rest[:n]), append(f.leaves, artifact.LeafHash(rest[:n]))
		rest = rest[n:]
	}
	for _, who := range []sdk.AccAddress{f.alice, f.bob, f.carol} {
		f.Fund(tb, who, 7*credits)
	}
	seed := sha256.Sum256([]byte("alice"))
	f.ok(tb, &provider.MsgRegister{
		Address: ledgertest.Text(f.alice), Name: "alice", ReceiptKey: ed25519.NewKeyFromSeed(seed[:]).Public().(ed25519.PublicKey),
		PeerId: "12D3KooW" + strings.Repeat("a", 44), Bond: math.NewInt(credits),
	})
	f.ok(tb, f.pledge(f.alice))
	return f
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

func (f *fixture) pledge(who sdk.AccAddress) *artifact.MsgPledge {
	root := artifact.Root(f.leaves)
	return &artifact.MsgPledge{
		Holder: ledgertest.Text(who), Digest: f.digest, Size_: size, Root: root[:], Bond: math.NewInt(2 * credits),
		Until: f.Ctx.BlockTime().Add(month).Unix(),
	}
}

func (f *fixture) challenge(who sdk.AccAddress, leaf uint64) *artifact.MsgChallenge {
	return &artifact.MsgChallenge{Challenger: ledgertest.Text(who), Holder: ledgertest.Text(f.alice), Digest: f.digest, Leaf: leaf}
}

func (f *fixture) answer(who sdk.AccAddress, leaf uint64) *artifact.MsgAnswer {
	return &artifact.MsgAnswer{
		Sender: ledgertest.Text(who), Holder: ethkey.Hex(f.alice), Digest: f.digest, Leaf: leaf, Data: f.parts[leaf],
		Path: artifact.Path(f.leaves, leaf),
	}
}

func (f *fixture) release(who sdk.AccAddress) *artifact.MsgRelease {
	return &artifact.MsgRelease{Holder: ledgertest.Text(who), Digest: f.digest}
}

// pass lets blocks and time go by, each block with its end.
func (f *fixture) pass(blocks int64, d time.Duration) {
	for range blocks {
		f.Advance(1, d/time.Duration(blocks))
		f.Schedule.EndBlock(f.Ctx)
	}
}

func (f *fixture) balance(tb testing.TB, name string, who sdk.AccAddress, want int64) {
	tb.Helper()
	if got := f.Balance(who); !got.Equal(math.NewInt(want)) {
		tb.Errorf("%s has %s, want %d", name, got, want)
	}
}

func (f *fixture) record(tb testing.TB) artifact.Record {
	tb.Helper()
	got, err := keeper.NewQueryServer(f.Artifact).Record(f.Ctx, &artifact.QueryRecordRequest{Holder: ledgertest.Text(f.alice)})
	ledgertest.Must(tb, err)
	return got.Record
}

// TestAnswered has the holder show what it was asked for and keep its pledge to the end.
func TestAnswered(t *testing.T) {
	f := newFixture(t)
	f.balance(t, "alice", f.alice, 4*credits)
	var stored artifact.Pledge
	ledgertest.Must(t, stored.Unmarshal(f.Raw(artifact.StoreKey, artifact.PledgeKey(f.alice, f.digest))))
	if stored.Holder != ledgertest.Text(f.alice) {
		t.Fatalf("another pledge under PledgeKey: %+v", stored)
	}
	f.ok(t, f.challenge(f.bob, 5))
	f.refused(t, "released while a challenge waits", f.release(f.alice), artifact.ErrBusy)
	f.ok(t, f.answer(f.alice, 5))
	f.refused(t, "answered twice", f.answer(f.alice, 5), artifact.ErrNotFound)
	f.ok(t, f.challenge(f.bob, 5)) // the same leaf may be asked for again
	f.ok(t, f.answer(f.carol, 5))  // by whoever has it
	f.balance(t, "bob", f.bob, 7*credits-2*deposit)
	f.balance(t, "fees", authtypes.NewModuleAddress(authtypes.FeeCollectorName), deposit)
	f.balance(t, "alice", f.alice, 4*credits+deposit)
	f.pass(50, time.Hour)
	f.refused(t, "released before its time", f.release(f.alice), artifact.ErrTerm)
	until := f.Ctx.BlockTime().Add(2 * month).Unix()
	f.ok(t, &artifact.MsgExtend{Holder: ledgertest.Text(f.alice), Digest: f.digest, Until: until})
	f.pass(50, month)
	f.refused(t, "released before its new time", f.release(f.alice), artifact.ErrTerm)
	f.pass(50, 2*month)
	f.CheckReload(t)
	f.ok(t, f.release(f.alice))
	f.balance(t, "alice", f.alice, 6*credits+deposit)
	if r := f.record(t); r.Answered != 2 || r.Kept != 1 || r.Broken != 0 {
		t.Errorf("record %+v", r)
	}
	f.refused(t, "challenged after its end", f.challenge(f.bob, 5), artifact.ErrNotFound)
}

// TestBroken lets a deadline pass: by blocks alone or time alone nothing happens, by both the bond is gone.
func TestBroken(t *testing.T) {
	f := newFixture(t)
	fees := authtypes.NewModuleAddress(authtypes.FeeCollectorName)
	f.ok(t, f.challenge(f.bob, 0))
	f.ok(t, f.challenge(f.carol, 1))
	f.pass(20, 10*time.Second)
	f.CheckReload(t)
	f.ok(t, f.challenge(f.carol, 2))
	f.balance(t, "bob", f.bob, 7*credits-deposit)
	f.pass(1, 5*time.Minute)
	f.balance(t, "fees before", fees, 0)
	f.pass(10, 6*time.Minute)
	f.balance(t, "bob", f.bob, 8*credits) // his deposit and half of the bond
	f.balance(t, "carol", f.carol, 7*credits)
	f.balance(t, "fees", fees, credits)
	f.balance(t, "alice", f.alice, 4*credits)
	if r := f.record(t); r.Broken != 1 {
		t.Errorf("record %+v", r)
	}
	f.refused(t, "answered too late", f.answer(f.alice, 0), artifact.ErrNotFound)
	f.pass(20, time.Hour) // carol's challenges are not run
	f.ok(t, f.pledge(f.alice))
	f.CheckReload(t)
}

// TestSleepForgives postpones a deadline that fell into a time without blocks.
func TestSleepForgives(t *testing.T) {
	f := newFixture(t)
	f.ok(t, f.challenge(f.bob, 0))
	f.pass(20, time.Minute)
	f.pass(1, 8*time.Hour) // the ledger stood still
	f.ok(t, f.answer(f.alice, 0))
}

func TestPledgeRefuses(t *testing.T) {
	f := newFixture(t)
	for _, test := range []struct {
		name   string
		change func(*artifact.MsgPledge)
		want   error
	}{
		{"no provider", func(m *artifact.MsgPledge) { m.Holder = ledgertest.Text(f.bob) }, artifact.ErrUnauthorised},
		{"twice", func(*artifact.MsgPledge) {}, artifact.ErrExists},
		{"twice in another text form", func(m *artifact.MsgPledge) { m.Holder = ethkey.Hex(f.alice) }, artifact.ErrExists},
		{"bond", func(m *artifact.MsgPledge) { m.Bond = math.NewInt(credits - 1) }, artifact.ErrBond},
		{"no money", func(m *artifact.MsgPledge) { m.Digest, m.Bond = make([]byte, 32), math.NewInt(5*credits) }, sdkerrors.ErrInsufficientFunds},
		{"digest", func(m *artifact.MsgPledge) { m.Digest = m.Digest[1:] }, artifact.ErrInvalid},
		{"root", func(m *artifact.MsgPledge) { m.Root = nil }, artifact.ErrInvalid},
		{"size", func(m *artifact.MsgPledge) { m.Size_ = 0 }, artifact.ErrInvalid},
		{"size beyond all", func(m *artifact.MsgPledge) { m.Size_ = artifact.SizeMax + 1 }, artifact.ErrInvalid},
		{"until now", func(m *artifact.MsgPledge) { m.Until = f.Ctx.BlockTime().Unix() }, artifact.ErrTerm},
		{"until for ever", func(m *artifact.MsgPledge) { m.Until = 1 << 62 }, artifact.ErrTerm},
		{"nobody", func(m *artifact.MsgPledge) { m.Holder = "" }, artifact.ErrInvalid},
	} {
		msg := f.pledge(f.alice)
		test.change(msg)
		f.refused(t, test.name, msg, test.want)
	}
	f.refused(t, "extended by another", &artifact.MsgExtend{Holder: ledgertest.Text(f.bob), Digest: f.digest, Until: 1 << 40}, artifact.ErrNotFound)
	f.refused(t, "extended backwards", &artifact.MsgExtend{Holder: ledgertest.Text(f.alice), Digest: f.digest, Until: 5}, artifact.ErrTerm)
	f.refused(t, "released by another", f.release(f.bob), artifact.ErrNotFound)
	params := artifact.DefaultParams()
	f.refused(t, "parameters by another", &artifact.MsgUpdateParams{Authority: ledgertest.Text(f.bob), Params: params}, artifact.ErrUnauthorised)
	params.RewardBps = 6_000
	council := ledgertest.Text(ledgertest.Account("authority"))
	f.refused(t, "reward that pays for one's own challenge", &artifact.MsgUpdateParams{Authority: council, Params: params}, artifact.ErrInvalid)
	params.RewardBps = 1_000
	f.ok(t, &artifact.MsgUpdateParams{Authority: council, Params: params})
}

func TestChallengeRefuses(t *testing.T) {
	f := newFixture(t)
	f.refused(t, "no pledge", &artifact.MsgChallenge{Challenger: ledgertest.Text(f.bob), Holder: ledgertest.Text(f.carol), Digest: f.digest}, artifact.ErrNotFound)
	f.refused(t, "beyond the end", f.challenge(f.bob, 6), artifact.ErrInvalid)
	f.refused(t, "far beyond the end", f.challenge(f.bob, 1<<63), artifact.ErrInvalid)
	f.refused(t, "no money", f.challenge(ledgertest.Account("poor"), 1), sdkerrors.ErrInsufficientFunds)
	f.ok(t, f.challenge(f.bob, 1))
	f.refused(t, "the same leaf by another", f.challenge(f.carol, 1), artifact.ErrExists)
	for leaf := range uint64(3) {
		f.ok(t, f.challenge(f.carol, 2+leaf))
	}
	f.refused(t, "too many at once", f.challenge(f.carol, 0), artifact.ErrBusy)
	wrong := f.answer(f.alice, 1)
	wrong.Data = f.parts[2]
	f.refused(t, "another leaf", wrong, artifact.ErrProof)
	wrong = f.answer(f.alice, 1)
	wrong.Leaf = 0
	f.refused(t, "not asked for", wrong, artifact.ErrNotFound)
	wrong = f.answer(f.alice, 1)
	wrong.Path = make([][]byte, 31)
	f.refused(t, "endless path", wrong, artifact.ErrInvalid)
	wrong = f.answer(f.alice, 1)
	wrong.Data = make([]byte, artifact.LeafSize+1)
	f.refused(t, "endless leaf", wrong, artifact.ErrInvalid)
	q := keeper.NewQueryServer(f.Artifact)
	for holder, want := range map[string]int{"": 4, ledgertest.Text(f.alice): 4, ledgertest.Text(f.bob): 0} {
		got, err := q.Challenges(f.Ctx, &artifact.QueryChallengesRequest{Holder: holder})
		if err != nil || len(got.Challenges) != want {
			t.Errorf("%d challenges of %q, want %d (%v)", len(got.Challenges), holder, want, err)
		}
		pledges, err := q.Pledges(f.Ctx, &artifact.QueryPledgesRequest{Holder: holder})
		if err != nil || len(pledges.Pledges) != min(want, 1) {
			t.Errorf("%d pledges of %q (%v)", len(pledges.Pledges), holder, err)
		}
	}
	if got, err := q.Holders(f.Ctx, &artifact.QueryHoldersRequest{Digest: f.digest}); err != nil || len(got.Pledges) != 1 {
		t.Errorf("holders %v (%v)", got, err)
	}
	f.CheckReload(t)
}

// TestOwnChallengeLoses shows that a holder cannot take its bond back before time by letting its own challenge pass.
func TestOwnChallengeLoses(t *testing.T) {
	f := newFixture(t)
	f.ok(t, f.challenge(f.alice, 0))
	f.pass(20, time.Hour)
	f.balance(t, "alice", f.alice, 5*credits) // of six that she had with the bond
}
