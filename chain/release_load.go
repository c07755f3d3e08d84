package chain

import (
	"errors"
	"fmt"
	"slices"

	cmtproto "github.com/cometbft/cometbft/proto/tendermint/types"

	"cosmossdk.io/log/v2"

	dbm "github.com/cosmos/cosmos-db"
	"github.com/cosmos/cosmos-sdk/codec"
	"github.com/cosmos/cosmos-sdk/runtime"
	"github.com/cosmos/cosmos-sdk/store/v2/rootmulti"
	storetypes "github.com/cosmos/cosmos-sdk/store/v2/types"
	sdk "github.com/cosmos/cosmos-sdk/types"
	upgradekeeper "github.com/cosmos/cosmos-sdk/x/upgrade/keeper"
	upgradetypes "github.com/cosmos/cosmos-sdk/x/upgrade/types"
)

// A ledger and a program that do not fit together. Nothing of the home is changed in these cases.
var (
	// ErrUpgradeDue is a ledger at the height where it changes to a release that this program does not know.
	ErrUpgradeDue = errors.New("the ledger goes on with a newer release of this program")
	// ErrNewerLedger is a ledger that has changed to a release that this program does not know.
	ErrNewerLedger = errors.New("this program is too old for the ledger")
	// ErrNewerProgram is a ledger that has not yet changed to the release that this program runs.
	ErrNewerProgram = errors.New("this program is too new for the ledger")
	// ErrOlderLedger is a home whose ledger was begun by a build from before there were releases.
	ErrOlderLedger = errors.New("the ledger in this home was begun before releases were numbered; " +
		"run the program that began it, or begin a new home")
)

// standing is where a ledger is, as its last whole block left it.
type standing struct {
	height  int64
	release int
	plan    upgradetypes.Plan // height 0: none
}

// readStanding looks into the database without changing it, since the stores that are to be loaded depend on it.
func readStanding(db dbm.DB, cdc codec.BinaryCodec) (standing, error) {
	at := standing{height: rootmulti.GetLatestVersion(db)}
	if at.height == 0 {
		return at, nil
	}
	multi := rootmulti.NewStore(db, log.NewNopLogger())
	multi.SetIAVLSyncPruning(true) // no goroutine
	multi.SetIAVLDisableFastNode(true)
	info, err := multi.GetCommitInfo(at.height)
	if err != nil {
		return at, fmt.Errorf("load ledger state at height %d: %w", at.height, err)
	}
	if !slices.ContainsFunc(info.StoreInfos, func(s storetypes.StoreInfo) bool { return s.Name == upgradetypes.StoreKey }) {
		return at, ErrOlderLedger
	}
	key := storetypes.NewKVStoreKey(upgradetypes.StoreKey)
	multi.MountStoreWithDB(key, storetypes.StoreTypeIAVL, nil)
	if err := multi.LoadLatestVersion(); err != nil {
		return at, fmt.Errorf("load ledger state at height %d: %w", at.height, err)
	}
	keeper := upgradekeeper.NewKeeper(nil, runtime.NewKVStoreService(key), cdc, "", nil, "")
	ctx := sdk.NewContext(multi, cmtproto.Header{}, false, log.NewNopLogger())
	if at.plan, err = keeper.GetUpgradePlan(ctx); err != nil && !errors.Is(err, upgradetypes.ErrNoUpgradePlanFound) {
		return at, fmt.Errorf("read the plan for the next release: %w", err)
	}
	versions, err := keeper.GetModuleVersionMap(ctx)
	if err != nil {
		return at, fmt.Errorf("read the ledger's release: %w", err)
	}
	at.release = int(versions[Name])
	return at, nil
}

// changes tells whether the next block changes the ledger to the release, which the program must fit in any case.
func (s standing) changes(release int) (bool, error) {
	next := s.release + 1
	switch {
	case s.height == 0 || s.release == release:
		return false, nil
	case s.release > release:
		return false, fmt.Errorf("%w: it is of release %d, this program runs release %d; install the newer one", ErrNewerLedger, s.release, release)
	case release == next && s.plan.Name == ReleaseName(release) && s.plan.Height == s.height+1:
		return true, nil
	case s.plan.Height > 0:
		return false, fmt.Errorf("%w: it is of release %d up to height %d and now at %d, this program runs release %d; run release %d until then",
			ErrNewerProgram, s.release, s.plan.Height-1, s.height, release, s.release)
	default:
		return false, fmt.Errorf("%w: it is of release %d and no change is decided, this program runs release %d; run release %d",
			ErrNewerProgram, s.release, release, s.release)
	}
}

// load opens the stores of the last whole block. Before the first block of a release it adds and deletes stores.
func (a *App) load(db dbm.DB) error {
	at, err := readStanding(db, a.Encoding.Codec)
	if err != nil {
		return err
	}
	changing, err := at.changes(a.release)
	if err != nil {
		return err
	}
	if changing {
		a.changesAt = at.height + 1
		r := a.releases[a.release-1]
		for _, name := range r.drops {
			a.MountKVStores(map[string]*storetypes.KVStoreKey{name: storetypes.NewKVStoreKey(name)})
		}
		for _, name := range r.adds {
			if err := clearStore(db, name); err != nil {
				return err
			}
		}
		a.SetStoreLoader(upgradetypes.UpgradeStoreLoader(at.height+1, &storetypes.StoreUpgrades{Added: r.adds, Deleted: r.drops}))
	}
	if err := a.LoadLatestVersion(); err != nil {
		return fmt.Errorf("load ledger state: %w", err)
	}
	return nil
}

// clearStore removes what a commit that was interrupted in the first block of a release left of a new store. The store would
// be taken as it stands, and be written a second time with other versions, hence other hashes, than on other machines.
func clearStore(db dbm.DB, name string) error {
	left := dbm.NewPrefixDB(db, []byte("s/k:"+name+"/"))
	rows, err := left.Iterator(nil, nil)
	if err != nil {
		return fmt.Errorf("look for the rest of store %s: %w", name, err)
	}
	batch := left.NewBatch()
	for ; rows.Valid(); rows.Next() {
		if err := batch.Delete(slices.Clone(rows.Key())); err != nil {
			return errors.Join(fmt.Errorf("clear store %s: %w", name, err), rows.Close(), batch.Close())
		}
	}
	if err := errors.Join(rows.Error(), rows.Close()); err != nil {
		return errors.Join(fmt.Errorf("clear store %s: %w", name, err), batch.Close())
	}
	if err := errors.Join(batch.WriteSync(), batch.Close()); err != nil {
		return fmt.Errorf("clear store %s: %w", name, err)
	}
	return nil
}
