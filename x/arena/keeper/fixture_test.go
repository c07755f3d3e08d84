package keeper_test

import (
	"crypto/sha256"
	"errors"
	"testing"
	"time"

	"cosmossdk.io/collections"
	"cosmossdk.io/math"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"ayni.example/x/arena"
	"ayni.example/x/internal/ledgertest"
)

const (
	purse = 1_000_000
	bond  = 1_000 // least of evaluators
	chain = ledgertest.ChainID
)

// fixture is a ledger with a beacon of one seat and people with money; olga opens arenas.
type fixture struct {
	*ledgertest.Ledger
	tb   testing.TB
	seat *ledgertest.Seat
}

func start(tb testing.TB, people ...string) *fixture {
	tb.Helper()
	f := &fixture{Ledger: ledgertest.Start(tb), tb: tb}
	f.seat = f.Seat(tb)
	params := arena.DefaultParams()
	params.CreateFee, params.EpochFee = math.NewInt(10), math.NewInt(10)
	params.PeriodMin, params.UnbondMin = 10, arena.Span{Blocks: 1, Seconds: 60}
	f.ok(&arena.MsgUpdateParams{Authority: ledgertest.Text(ledgertest.Account("authority")), Params: params})
	for _, name := range append(people, "olga", "mallory") {
		f.Fund(tb, ledgertest.Account(name), purse)
	}
	f.block(time.Second)
	return f
}

func text(name string) string { return ledgertest.Text(ledgertest.Account(name)) }

func hash(word string) []byte {
	d := sha256.Sum256([]byte(word))
	return d[:]
}

// rules are of a small anchored arena.
func rules(change ...func(*arena.Rules)) arena.Rules {
	n, span := math.NewInt, arena.Span{Blocks: 2, Seconds: 10}
	r := arena.Rules{
		Anchored: &arena.Anchored{
			Tasks: 16, Overlap: 3, Deal: span, Challenge: span, Vote: span, TaskFee: n(10), CanaryFee: n(5), ChallengeBond: n(100),
			QualityBps: 2000,
		},
		Contestants: 3, Evaluators: 4, Authors: 4, Price: arena.Price{Least: n(100), Most: n(10_000), HalfLife: 3600, RiseBps: 12_600},
		Immunity: 1, OwnerBps: 500, ContestantBond: n(100), EvaluatorBond: n(bond), AuthorBond: n(500), Prize: n(1000), Evaluation: n(1000),
		Period: 60, Work: span, Reveal: span, Unbond: arena.Span{Blocks: 20, Seconds: 600},
	}
	for _, f := range change {
		f(&r)
	}
	return r
}

func (f *fixture) ok(msg sdk.Msg) *sdk.Result {
	f.tb.Helper()
	res, err := f.Send(msg)
	if err != nil {
		f.tb.Fatalf("%T: %v", msg, err)
	}
	return res
}

func (f *fixture) refused(msg sdk.Msg, want error) {
	f.tb.Helper()
	if _, err := f.Send(msg); !errors.Is(err, want) {
		f.tb.Errorf("%T: %v, want %v", msg, err, want)
	}
}

// create opens an arena of olga's.
func (f *fixture) create(r arena.Rules, deposit int64) []byte {
	f.tb.Helper()
	f.ok(&arena.MsgCreate{Sender: text("olga"), Label: "go", Task: hash("task"), Rules: r, Deposit: math.NewInt(deposit)})
	return arena.ID(chain, ledgertest.Account("olga"), "go")
}

// join takes a seat with the least bond, at whatever price.
func (f *fixture) join(id []byte, name string, role arena.Role, change ...func(*arena.MsgJoin)) {
	f.tb.Helper()
	f.ok(f.joining(id, name, role, change...))
}

func (f *fixture) joining(id []byte, name string, role arena.Role, change ...func(*arena.MsgJoin)) *arena.MsgJoin {
	f.tb.Helper()
	m := &arena.MsgJoin{
		Sender: text(name), Arena: id, Role: role, Bond: f.arena(id).Rules.BondOf(role), PriceMax: math.NewInt(purse),
	}
	for _, c := range change {
		c(m)
	}
	return m
}

// block is one in which the seat contributes to the beacon; then the next begins.
func (f *fixture) block(d time.Duration) {
	f.tb.Helper()
	f.Beacon.PreBlock(f.Ctx, f.seat.Entry(f.tb))
	f.Schedule.EndBlock(f.Ctx)
	f.Advance(1, d)
}

func (f *fixture) pass(blocks int, d time.Duration) {
	f.tb.Helper()
	for range blocks {
		f.block(d)
	}
}

func (f *fixture) arena(id []byte) arena.Arena {
	f.tb.Helper()
	a, err := f.Arena.Arenas.Get(f.Ctx, id)
	ledgertest.Must(f.tb, err)
	return a
}

func (f *fixture) member(id []byte, name string) arena.Member {
	f.tb.Helper()
	m, err := f.Arena.Members.Get(f.Ctx, collections.Join[[]byte, []byte](id, ledgertest.Account(name)))
	ledgertest.Must(f.tb, err)
	return m
}

func (f *fixture) balance(name string) int64 { return f.Balance(ledgertest.Account(name)).Int64() }
