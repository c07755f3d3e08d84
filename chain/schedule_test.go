package chain_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"testing"
	"time"

	cmttypes "github.com/cometbft/cometbft/types"

	"cosmossdk.io/log/v2"
	"cosmossdk.io/math"

	dbm "github.com/cosmos/cosmos-db"
	"github.com/cosmos/cosmos-sdk/store/v2"
	storetypes "github.com/cosmos/cosmos-sdk/store/v2/types"
	sdk "github.com/cosmos/cosmos-sdk/types"

	"ayni.example/chain"
	"ayni.example/internal/testchain"
	"ayni.example/x/credit"
	"ayni.example/x/schedule"
)

// newScheduled is an application with a kind of item that pays from the second account to the third; the one named panic pays
// first and fails then.
func newScheduled(tb testing.TB, genesis *cmttypes.GenesisDoc) *bare {
	tb.Helper()
	b := newBare(tb, genesis)
	from, to := accountOf(1), accountOf(2)
	if err := b.Keepers.Schedule.Register(schedule.Kind{
		Name: "test/pay", Gas: 200_000, Attempts: 2,
		Run: func(ctx context.Context, due schedule.Due) error {
			if err := b.Keepers.Bank.SendCoins(ctx, from, to, credit.Coins(math.OneInt())); err != nil {
				return err
			}
			if string(due.Item.Name) == "panic" {
				panic(errors.New("on purpose"))
			}
			return nil
		},
	}); err != nil {
		tb.Fatal(err)
	}
	return b
}

func accountOf(i int) sdk.AccAddress { return sdk.AccAddress(testchain.Keys(3)[i].PubKey().Address()) }

// TestSchedule: in whole blocks items run at their height and time, one that panics stops nobody, two machines agree, and the
// rest goes on after an export.
func TestSchedule(t *testing.T) {
	genesis := testGenesis(t, 3)
	var state map[string]json.RawMessage
	if err := json.Unmarshal(genesis.AppState, &state); err != nil {
		t.Fatal(err)
	}
	start := genesis.GenesisTime.Unix()
	items := schedule.DefaultGenesis()
	items.Items = []schedule.Item{
		{Kind: "test/pay", Name: []byte("both"), Height: 3, Time: start + 5},
		{Kind: "test/pay", Name: []byte("often"), Height: 2, EveryBlocks: 2},
		{Kind: "test/pay", Name: []byte("panic"), Height: 2},
	}
	apps := [2]*bare{}
	for i := range apps {
		fresh := *genesis
		b := newBare(t, &fresh)
		state[schedule.ModuleName] = b.Encoding.Codec.MustMarshalJSON(items)
		raw, err := json.Marshal(state)
		if err != nil {
			t.Fatal(err)
		}
		fresh.AppState = raw
		apps[i] = newScheduled(t, &fresh)
	}
	had := testchain.Credits(100)
	for height, paid := range []int64{0, 0, 1, 1, 2, 3, 4, 4, 5} { // often at 2, 4, 6 and 8; both at height 5, with its time
		if height == 0 {
			continue
		}
		apps[0].block(t)
		apps[1].block(t)
		if got := apps[0].balance(t, 2).Sub(had).Int64(); got != paid {
			t.Fatalf("paid %d by height %d, want %d", got, height, paid)
		}
		if !bytes.Equal(apps[0].hash(), apps[1].hash()) {
			t.Fatalf("states differ at height %d", height)
		}
		if err := apps[0].Invariants(); err != nil {
			t.Fatal(err)
		}
	}
	doc, err := apps[0].Export(genesis.ChainID, apps[0].now)
	if err != nil {
		t.Fatal(err)
	}
	again := newScheduled(t, doc)
	for range 70 { // the second attempt of panic, a minute after the first, is its last
		again.block(t)
		apps[0].block(t)
	}
	if a, b := again.scheduled(t), apps[0].scheduled(t); len(a) != 1 || len(b) != 1 || a[0].String() != b[0].String() {
		t.Fatalf("after the export %v is scheduled, without it %v", a, b)
	}
	if a, b := again.balance(t, 2), apps[0].balance(t, 2); !a.Equal(b) {
		t.Fatalf("after the export %s is paid, without it %s", a, b)
	}
}

func (b *bare) balance(tb testing.TB, account int) math.Int {
	tb.Helper()
	ctx, err := b.CreateQueryContext(b.LastBlockHeight(), false)
	if err != nil {
		tb.Fatal(err)
	}
	return b.Keepers.Bank.GetBalance(ctx, accountOf(account), credit.Denom).Amount
}

func (b *bare) scheduled(tb testing.TB) []schedule.Item {
	tb.Helper()
	ctx, err := b.CreateQueryContext(b.LastBlockHeight(), false)
	if err != nil {
		tb.Fatal(err)
	}
	g, err := b.Keepers.Schedule.ExportGenesis(ctx)
	if err != nil {
		tb.Fatal(err)
	}
	return g.Items
}

// TestOlderLedger: state without one of the stores is refused with a hint, and not taken for damage.
func TestOlderLedger(t *testing.T) {
	db := dbm.NewMemDB()
	old := store.NewCommitMultiStore(db, log.NewNopLogger())
	old.MountStoreWithDB(storetypes.NewKVStoreKey(credit.StoreKey), storetypes.StoreTypeIAVL, db)
	if err := old.LoadLatestVersion(); err != nil {
		t.Fatal(err)
	}
	old.Commit()
	if _, err := chain.NewApp(chain.AppConfig{ChainID: testchain.ChainID, DB: db}); !errors.Is(err, chain.ErrOlderLedger) {
		t.Fatalf("error %v, want ErrOlderLedger", err)
	}
}

// TestSleepWithManyDeadlines: a ledger that slept for eight hours over thousands of deadlines wakes with blocks of bounded work,
// gives everybody the grace and forgets nobody.
func TestSleepWithManyDeadlines(t *testing.T) {
	if testing.Short() {
		t.Skip("makes some hundred blocks")
	}
	const deadlines = 5_000
	genesis := testGenesis(t, 3)
	var state map[string]json.RawMessage
	if err := json.Unmarshal(genesis.AppState, &state); err != nil {
		t.Fatal(err)
	}
	items := schedule.DefaultGenesis()
	for i := range deadlines {
		items.Items = append(items.Items, schedule.Item{
			Kind: "test/human", Name: fmt.Append(nil, i), Height: 2, Time: genesis.GenesisTime.Unix() + 3600 + int64(i)*4,
		})
	}
	state[schedule.ModuleName] = newBare(t, genesis).Encoding.Codec.MustMarshalJSON(items)
	var err error
	if genesis.AppState, err = json.Marshal(state); err != nil {
		t.Fatal(err)
	}
	b := newBare(t, genesis)
	ran := 0
	if err := b.Keepers.Schedule.Register(schedule.Kind{
		Name: "test/human", Gas: 50_000, Attempts: 1, Grace: true,
		Run: func(context.Context, schedule.Due) error { ran++; return nil },
	}); err != nil {
		t.Fatal(err)
	}
	b.block(t)
	b.now = b.now.Add(8 * time.Hour)
	woke, longest := b.now, time.Duration(0)
	for ran < deadlines && b.now.Before(woke.Add(time.Hour)) {
		before, began := ran, time.Now()
		b.now = b.now.Add(4 * time.Second)
		b.block(t)
		longest = max(longest, time.Since(began))
		if ran-before > int(items.Params.ItemsMax) || ran > 0 && b.now.Before(woke.Add(600*time.Second)) {
			t.Fatalf("%d items ran in one block, %s after waking", ran-before, b.now.Sub(woke))
		}
	}
	if err := b.Invariants(); err != nil {
		t.Fatal(err)
	}
	if left := len(b.scheduled(t)); ran != deadlines || left != 0 {
		t.Fatalf("%d of %d ran, %d are left", ran, deadlines, left)
	}
	t.Logf("all ran %s after waking; the longest block took %s", b.now.Sub(woke), longest)
}
