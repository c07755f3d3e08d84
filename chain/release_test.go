package chain

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	abci "github.com/cometbft/cometbft/abci/types"
	cmted25519 "github.com/cometbft/cometbft/crypto/ed25519"
	cmtproto "github.com/cometbft/cometbft/proto/tendermint/types"
	cmttypes "github.com/cometbft/cometbft/types"

	"cosmossdk.io/math"

	dbm "github.com/cosmos/cosmos-db"
	"github.com/cosmos/cosmos-sdk/store/v2/rootmulti"
	storetypes "github.com/cosmos/cosmos-sdk/store/v2/types"
	sdk "github.com/cosmos/cosmos-sdk/types"
	upgradetypes "github.com/cosmos/cosmos-sdk/x/upgrade/types"

	"ayni.example/internal/ethkey"
	"ayni.example/x/schedule"
)

// testReleases are of a ledger to which the schedule came with release 2 and from which it went with release 3.
func testReleases(work func(sdk.Context, *App) error) []release {
	return []release{{}, {adds: []string{schedule.ModuleName}, migrate: work}, {drops: []string{schedule.ModuleName}}}
}

// driven is an application without consensus.
type driven struct {
	*App
	now time.Time
}

func open(db dbm.DB, number int, work func(sdk.Context, *App) error) (*driven, error) {
	app, err := newApp(AppConfig{ChainID: "ayni_3-1", DB: db, Release: number}, testReleases(work))
	if err != nil {
		return nil, err
	}
	return &driven{App: app, now: time.Unix(1_700_000_000, 0)}, nil
}

func mustOpen(tb testing.TB, db dbm.DB, number int) *driven {
	tb.Helper()
	d, err := open(db, number, nil)
	if err != nil {
		tb.Fatal(err)
	}
	return d
}

// begin loads a genesis of the application's release and makes the first block.
func (d *driven) begin(tb testing.TB) {
	tb.Helper()
	operator := ethkey.Format(make([]byte, ethkey.AddressSize))
	key := cmted25519.GenPrivKeyFromSecret([]byte("only")).PubKey()
	cfg := GenesisConfig{
		ChainID: "ayni_3-1", Time: d.now, Admin: operator, Accounts: []GenesisAccount{{Address: operator, Balance: math.OneInt()}},
		Validators: []GenesisValidator{{Name: "only", Operator: operator, Key: key, Power: 1}},
	}
	state, err := d.genesisState(cfg)
	if err != nil {
		tb.Fatal(err)
	}
	raw, err := json.Marshal(state)
	if err != nil {
		tb.Fatal(err)
	}
	params := consensusParams().ToProto()
	if _, err := d.InitChain(&abci.RequestInitChain{
		Time: d.now, ChainId: cfg.ChainID, InitialHeight: 1, ConsensusParams: &params, AppStateBytes: raw,
		Validators: cmttypes.TM2PB.ValidatorUpdates(cmttypes.NewValidatorSet([]*cmttypes.Validator{cmttypes.NewValidator(key, 1)})),
	}); err != nil {
		tb.Fatal(err)
	}
	d.mustBlock(tb)
}

// block makes the next block; before is done in its state first.
func (d *driven) block() error {
	height := d.LastBlockHeight() + 1
	hash := sha256.Sum256(fmt.Append(nil, height))
	if _, err := d.FinalizeBlock(&abci.RequestFinalizeBlock{
		Height: height, Time: d.now.Add(time.Duration(height) * time.Second), Hash: hash[:],
	}); err != nil {
		return err
	}
	_, err := d.Commit()
	return err
}

func (d *driven) mustBlock(tb testing.TB) {
	tb.Helper()
	if err := d.block(); err != nil {
		tb.Fatal(err)
	}
}

// send runs a message as a proposal that passed would, and makes the block that it takes effect in.
func (d *driven) send(msg sdk.Msg) error {
	ctx := d.NewUncachedContext(false, cmtproto.Header{Height: d.LastBlockHeight() + 1}) //nolint:staticcheck // its successors cache what the test wants written
	if _, err := d.MsgServiceRouter().Handler(msg)(ctx, msg); err != nil {
		return err
	}
	return d.block()
}

func plan(name string, height int64) *upgradetypes.MsgSoftwareUpgrade {
	return &upgradetypes.MsgSoftwareUpgrade{Authority: authority(), Plan: upgradetypes.Plan{Name: name, Height: height}}
}

// planned is the database of a ledger of release 1 that changes to release 2 in its next block, the fourth.
func planned(tb testing.TB) *dbm.MemDB {
	tb.Helper()
	db := dbm.NewMemDB()
	d := mustOpen(tb, db, 1)
	d.begin(tb)
	if err := d.send(plan("release-2", 4)); err != nil {
		tb.Fatal(err)
	}
	d.mustBlock(tb)
	return db
}

// TestUpgrade: the old program stops at the height, again after a start; the new one goes on there, adds the store, and starts
// again. The one after it deletes the store.
func TestUpgrade(t *testing.T) {
	db := planned(t)
	for range 2 {
		old := mustOpen(t, db, 1)
		if err := old.block(); !errors.Is(err, ErrUpgradeDue) || !errors.Is(old.upgrades.stopped(), ErrUpgradeDue) {
			t.Fatalf("old program at the height: %v", err)
		}
		if old.LastBlockHeight() != 3 {
			t.Fatalf("old program at height %d", old.LastBlockHeight())
		}
	}
	migrated := 0
	d, err := open(db, 2, func(ctx sdk.Context, a *App) error {
		migrated++
		return a.Keepers.Schedule.Invariants(ctx)
	})
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		d.mustBlock(t)
	}
	if migrated != 1 {
		t.Fatalf("migrated %d times", migrated)
	}
	if _, err := open(db, 1, nil); !errors.Is(err, ErrNewerLedger) {
		t.Fatalf("old program after the height: %v", err)
	}
	again := mustOpen(t, db, 2)
	if err := errors.Join(again.send(plan("release-3", 8)), again.block()); err != nil {
		t.Fatal(err)
	}
	third := mustOpen(t, db, 3)
	third.mustBlock(t)
	info, err := third.CommitMultiStore().(*rootmulti.Store).GetCommitInfo(8)
	if err != nil || slices.ContainsFunc(info.StoreInfos, func(s storetypes.StoreInfo) bool { return s.Name == schedule.StoreKey }) {
		t.Fatalf("stores after the deletion: %v, %v", info, err)
	}
	mustOpen(t, db, 3).mustBlock(t)
}

// TestUpgradeCut: a commit of the first block of a release that is cut off after any of its writes is made again with the
// same hash, by a program that is as new as before.
func TestUpgradeCut(t *testing.T) {
	whole := mustOpen(t, planned(t), 2)
	for range 3 {
		whole.mustBlock(t)
	}
	for cut := 1; ; cut++ {
		db := &cutDB{MemDB: planned(t), left: cut}
		finished := db.try(t)
		db.left = -1
		d := mustOpen(t, db, 2)
		for d.LastBlockHeight() < whole.LastBlockHeight() {
			d.mustBlock(t)
		}
		if got, want := d.LastCommitID().Hash, whole.LastCommitID().Hash; !bytes.Equal(got, want) {
			t.Fatalf("cut after write %d: state %x, without a cut %x", cut, got, want)
		}
		if finished {
			t.Logf("cut after each of %d writes", cut-1)
			return
		}
	}
}

// cutDB stops the program at a write.
type cutDB struct {
	*dbm.MemDB
	left int // writes; negative: no end
}

var errCut = errors.New("cut on purpose")

// try makes the first block of the release and tells whether all of its writes happened.
func (c *cutDB) try(tb testing.TB) (finished bool) {
	tb.Helper()
	defer func() {
		if fault := recover(); fault != nil {
			if err, ok := fault.(error); !ok || !errors.Is(err, errCut) {
				panic(fault)
			}
		}
	}()
	d, err := open(c, 2, nil)
	if err != nil {
		tb.Fatal(err)
	}
	d.mustBlock(tb)
	return true
}

func (c *cutDB) write() {
	if c.left == 0 {
		panic(errCut)
	}
	c.left--
}

func (c *cutDB) NewBatch() dbm.Batch { return &cutBatch{c.MemDB.NewBatch(), c} }

func (c *cutDB) NewBatchWithSize(size int) dbm.Batch {
	return &cutBatch{c.MemDB.NewBatchWithSize(size), c}
}

type cutBatch struct {
	dbm.Batch
	db *cutDB
}

func (b *cutBatch) Write() error {
	b.db.write()
	return b.Batch.Write()
}

func (b *cutBatch) WriteSync() error {
	b.db.write()
	return b.Batch.WriteSync()
}

// TestUpgradeProposes: a program of this build's last release can propose the first block of its release, and others accept it.
func TestUpgradeProposes(t *testing.T) {
	db := dbm.NewMemDB()
	with := func(number int) *driven {
		app, err := NewApp(AppConfig{ChainID: "ayni_3-1", DB: db, Release: number})
		if err != nil {
			t.Fatal(err)
		}
		return &driven{App: app, now: time.Unix(1_700_000_000, 0)}
	}
	last := len(releases())
	old := with(last - 1)
	old.begin(t)
	if err := old.send(plan(ReleaseName(last), 3)); err != nil {
		t.Fatal(err)
	}
	d := with(last)
	if err := d.Invariants(); err != nil {
		t.Fatal(err)
	}
	made, err := d.PrepareProposal(&abci.RequestPrepareProposal{Height: 3, MaxTxBytes: BlockMaxBytes, Time: d.now})
	if err != nil {
		t.Fatal(err)
	}
	answer, err := d.ProcessProposal(&abci.RequestProcessProposal{Height: 3, Txs: made.Txs, Time: d.now})
	if err != nil || !answer.IsAccepted() {
		t.Fatalf("first block of the release: %v, %v", answer, err)
	}
	for range 3 {
		d.mustBlock(t)
	}
	if err := d.Invariants(); err != nil {
		t.Fatal(err)
	}
}

// TestRelease: a program starts only on a ledger that it fits.
func TestRelease(t *testing.T) {
	begun := func(number int) *dbm.MemDB {
		db := dbm.NewMemDB()
		mustOpen(t, db, number).begin(t)
		return db
	}
	later := begun(1)
	if err := mustOpen(t, later, 1).send(plan("release-2", 9)); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name   string
		db     dbm.DB
		number int
		want   error
		says   string
	}{
		{"its own", begun(2), 2, nil, ""},
		{"begun with a newer one", begun(2), 1, ErrNewerLedger, "it is of release 2, this program runs release 1"},
		{"no change decided", begun(1), 2, ErrNewerProgram, "no change is decided"},
		{"before its height", later, 2, ErrNewerProgram, "it is of release 1 up to height 8 and now at 2"},
		{"two releases ahead", planned(t), 3, ErrNewerProgram, "run release 1 until then"},
		{"unknown", begun(1), 4, nil, "release 4 is unknown"},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := open(test.db, test.number, nil)
			if test.want == nil && test.says == "" {
				if err != nil {
					t.Fatal(err)
				}
				return
			}
			if err == nil || test.want != nil && !errors.Is(err, test.want) || !strings.Contains(err.Error(), test.says) {
				t.Fatalf("error %v, want %v %q", err, test.want, test.says)
			}
		})
	}
}

// TestPlan: only the next release can be planned, ahead of now and by the council; a plan can be cancelled, and a node can be
// told to go on without it.
func TestPlan(t *testing.T) {
	d := mustOpen(t, dbm.NewMemDB(), 1)
	d.begin(t)
	stranger := plan("release-2", 9)
	stranger.Authority = ethkey.Format(make([]byte, ethkey.AddressSize))
	for name, msg := range map[string]sdk.Msg{
		"other authority": stranger, "own release": plan("release-1", 9), "release after next": plan("release-3", 9),
		"other name": plan("release-02", 9), "past": plan("release-2", 2),
		"stranger cancels": &upgradetypes.MsgCancelUpgrade{Authority: stranger.Authority},
	} {
		if err := d.send(msg); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
	if err := errors.Join(
		d.send(plan("release-2", 4)), d.send(&upgradetypes.MsgCancelUpgrade{Authority: authority()}), d.block(),
	); err != nil {
		t.Fatalf("go on after a plan that was cancelled: %v", err)
	}
	if got := d.LastBlockHeight(); got != 4 {
		t.Fatalf("height %d, want 4", got)
	}

	db := planned(t)
	app, err := newApp(AppConfig{ChainID: "ayni_3-1", DB: db, Release: 1, SkipUpgrade: 4}, testReleases(nil))
	if err != nil {
		t.Fatal(err)
	}
	skipping := &driven{App: app, now: time.Unix(1_700_000_000, 0)}
	skipping.mustBlock(t)
	mustOpen(t, db, 1).mustBlock(t)
	if _, err := open(db, 2, nil); !errors.Is(err, ErrNewerProgram) {
		t.Fatalf("new program after the change was skipped: %v", err)
	}
}
