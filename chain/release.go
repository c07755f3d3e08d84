package chain

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"

	storetypes "github.com/cosmos/cosmos-sdk/store/v2/types"
	sdk "github.com/cosmos/cosmos-sdk/types"
	"github.com/cosmos/cosmos-sdk/types/module"
	upgradetypes "github.com/cosmos/cosmos-sdk/x/upgrade/types"

	"ayni.example/x/agent"
	"ayni.example/x/arena"
	"ayni.example/x/artifact"
	"ayni.example/x/beacon"
	"ayni.example/x/compute"
	"ayni.example/x/payout"
	"ayni.example/x/provenance"
	"ayni.example/x/referee"
	"ayni.example/x/zkml"
)

// release is a set of rules that all nodes of a ledger change to at one height.
type release struct {
	adds    []string                            // modules, whose stores have their names
	drops   []string                            // likewise; their state is deleted
	migrate func(ctx sdk.Context, a *App) error // after the modules' own migrations; none: nothing
}

// releases are all that this build knows, the first of which is number 1. A new network begins with the last. What one of them
// did is never changed once a network runs it.
func releases() []release {
	return []release{
		{},
		{adds: []string{beacon.ModuleName, artifact.ModuleName}, migrate: extendVotes},
		{adds: []string{zkml.ModuleName, payout.ModuleName}},
		{adds: []string{referee.ModuleName, compute.ModuleName}},
		// x/compute, too: what starts or ends in a block has the next one's time.
		{adds: []string{provenance.ModuleName}, migrate: settleDisputes},
		// x/credit, too: from authorizationsRelease on it takes what payers signed and others carry.
		{adds: []string{agent.ModuleName}},
		{adds: []string{arena.ModuleName}},
	}
}

// asRelease is set by the linker to build a program that stops at an older release: the old program of a rehearsed upgrade.
var asRelease string //nolint:gochecknoglobals // the linker sets nothing else

// authorizationsRelease is the release that lets payers sign transfers and holds, which others carry.
const authorizationsRelease = 6

// releaseOf is the number of the release that an application runs.
func releaseOf(cfg AppConfig, table []release) (int, error) {
	number := len(table)
	if asRelease != "" {
		var err error
		if number, err = strconv.Atoi(asRelease); err != nil {
			return 0, fmt.Errorf("this program was linked as of release %q, which is no number", asRelease)
		}
	}
	if cfg.Release != 0 {
		number = cfg.Release
	}
	if number < 1 || number > len(table) {
		return 0, fmt.Errorf("release %d is unknown; this program knows 1 to %d", number, len(table))
	}
	return number, nil
}

// Release is the number of the release that this program runs.
func Release() (int, error) { return releaseOf(AppConfig{}, releases()) }

const releasePrefix = "release-"

// ReleaseName is what a plan to change to a release is called.
func ReleaseName(number int) string { return releasePrefix + strconv.Itoa(number) }

// runs tells whether a module is part of the release that the application runs.
func (a *App) runs(name string) bool {
	for i, r := range a.releases {
		number := i + 1
		if number > a.release && slices.Contains(r.adds, name) || number <= a.release && slices.Contains(r.drops, name) {
			return false
		}
	}
	return true
}

// holds tells whether the last state has a module: before the first block of a release, new ones have none.
func (a *App) holds(name string) bool {
	before := a.LastBlockHeight()+1 == a.changesAt
	return a.runs(name) && (!before || !slices.Contains(a.releases[a.release-1].adds, name))
}

// keys are the stores of the release that the application runs.
func (a *App) keys(all map[string]*storetypes.KVStoreKey) map[string]*storetypes.KVStoreKey {
	keys := map[string]*storetypes.KVStoreKey{}
	for name, key := range all {
		if a.runs(name) {
			keys[name] = key
		}
	}
	return keys
}

// versions are those of the modules' states and, under the application's own name, the release.
func (a *App) versions() module.VersionMap {
	versions := a.modules.GetVersionMap()
	versions[Name] = uint64(a.release)
	return versions
}

// checkRelease refuses a genesis of another release.
func (a *App) checkRelease(state map[string]json.RawMessage) error {
	var g releaseGenesis
	if raw, ok := state[upgradetypes.ModuleName]; ok {
		if err := json.Unmarshal(raw, &g); err != nil {
			return fmt.Errorf("%w: release: %w", ErrGenesis, err)
		}
	}
	return g.check(a.release)
}

// upgrade is the work of the first block of the release.
func (a *App) upgrade(ctx context.Context, _ upgradetypes.Plan, from module.VersionMap) (module.VersionMap, error) {
	if _, err := a.modules.RunMigrations(ctx, a.configurator, from); err != nil {
		return nil, err
	}
	if migrate := a.releases[a.release-1].migrate; migrate != nil {
		if err := migrate(sdk.UnwrapSDKContext(ctx), a); err != nil {
			return nil, fmt.Errorf("change to release %d: %w", a.release, err)
		}
	}
	return a.versions(), nil
}
