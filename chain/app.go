package chain

import (
	"crypto/ed25519"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"

	abci "github.com/cometbft/cometbft/abci/types"
	cmtproto "github.com/cometbft/cometbft/proto/tendermint/types"

	sdklog "cosmossdk.io/log/v2"
	sdkslog "cosmossdk.io/log/v2/slog"

	dbm "github.com/cosmos/cosmos-db"
	"github.com/cosmos/cosmos-sdk/baseapp"
	pruningtypes "github.com/cosmos/cosmos-sdk/store/v2/pruning/types"
	storetypes "github.com/cosmos/cosmos-sdk/store/v2/types"
	sdk "github.com/cosmos/cosmos-sdk/types"
	"github.com/cosmos/cosmos-sdk/types/module"

	"ayni.example/x/provenance"
)

const (
	// Name is the application's, as consensus tells it to peers.
	Name = "ayni"
	// stateVersions is how many past states are kept, so that a proof of a height seen a while ago can still be fetched.
	stateVersions, pruneInterval = 10_000, 100
	// treeCache is the number of tree nodes in memory for each store; the SDK's default is made for servers.
	treeCache = 50_000
	// queryGas bounds the work of one query, since consensus waits for it; a page of 100 channels costs about a million.
	queryGas = 20_000_000
)

// ErrGenesis is a genesis that this application cannot start from.
var ErrGenesis = errors.New("genesis is not valid")

// AppConfig is what App needs.
type AppConfig struct {
	ChainID string
	DB      dbm.DB
	Logger  *slog.Logger // none: silent
	Version string       // of the program

	Snapshots    SnapshotConfig // none: none are taken
	Workers      int            // that run a block's transactions at once; zero: they run one after the other
	RetainBlocks uint64         // that consensus is asked to keep; zero: all

	Release     int   // to run; zero: the newest that this program knows
	SkipUpgrade int64 // height of a change of release that this node leaves out; zero: none

	BeaconKey ed25519.PrivateKey // contributes to the beacon when this node votes; none: it does not
}

// App is the ledger's state machine.
type App struct {
	*baseapp.BaseApp
	Encoding Encoding
	Keepers  Keepers

	beaconKey    ed25519.PrivateKey
	release      int
	releases     []release
	changesAt    int64 // height of the release's first block, when the state was loaded right before it
	upgrades     releaseModule
	modules      *module.Manager
	paid         storetypes.StoreKey // what transactions of the present block have paid for
	configurator module.Configurator
	last         *cmtproto.Header // of the block that the state was left at, when the node starts again
}

// NewApp builds the state machine over cfg.DB and loads its last state.
func NewApp(cfg AppConfig) (*App, error) { return newApp(cfg, releases()) }

func newApp(cfg AppConfig, table []release) (*App, error) {
	number, err := releaseOf(cfg, table)
	if err != nil {
		return nil, err
	}
	encoding, err := newEncoding()
	if err != nil {
		return nil, err
	}
	logger := sdklog.NewNopLogger()
	if cfg.Logger != nil {
		logger = sdkslog.NewCustomLogger(cfg.Logger)
	}
	snapshots, err := cfg.Snapshots.open()
	if err != nil {
		return nil, err
	}
	base := baseapp.NewBaseApp(Name, logger, cfg.DB, encoding.Tx.TxDecoder(),
		baseapp.SetChainID(cfg.ChainID),
		baseapp.SetPruning(pruningtypes.NewCustomPruningOptions(stateVersions, pruneInterval)),
		baseapp.SetIAVLCacheSize(treeCache),
		baseapp.SetQueryGasLimit(queryGas),
		baseapp.SetMinRetainBlocks(cfg.RetainBlocks),
		snapshots,
	)
	base.SetVersion(cfg.Version)
	base.SetInterfaceRegistry(encoding.Registry)
	base.SetTxEncoder(encoding.Tx.TxEncoder())

	s := newStores()
	keepers, err := newKeepers(encoding, s, base.MsgServiceRouter(), logger, map[int64]bool{cfg.SkipUpgrade: true})
	if err != nil {
		return nil, fmt.Errorf("make keepers: %w", err)
	}
	a := &App{
		BaseApp: base, Encoding: encoding, Keepers: keepers, beaconKey: cfg.BeaconKey, release: number, releases: table,
	}
	base.SetParamStore(a.Keepers.Consensus.ParamsStore)
	if a.runs(provenance.ModuleName) {
		keepers.Credit.SetRoyalties(keepers.Provenance)
		keepers.Inference.SetTerms(keepers.Provenance)
		keepers.Compute.SetAssets(keepers.Provenance)
	}
	if number >= authorizationsRelease {
		keepers.Credit.SetAuthorizations(keepers.Schedule, keepers.Agent)
	}
	a.upgrades = newReleaseModule(keepers.Upgrade, number)
	a.modules = a.newModules()
	if err := a.wire(s); err != nil {
		return nil, err
	}
	a.execute(cfg.Workers, s)
	if err := a.load(cfg.DB); err != nil {
		return nil, err
	}
	return a, nil
}

// wire connects stores, messages and the block's phases to the engine.
func (a *App) wire(s stores) error {
	basic := module.NewBasicManagerFromManager(a.modules, nil)
	basic.RegisterLegacyAminoCodec(a.Encoding.Amino)
	basic.RegisterInterfaces(a.Encoding.Registry)
	a.configurator = module.NewConfigurator(a.Encoding.Codec, a.MsgServiceRouter(), a.GRPCQueryRouter())
	if err := a.modules.RegisterServices(a.configurator); err != nil {
		return fmt.Errorf("register services: %w", err)
	}
	a.Keepers.Upgrade.SetInitVersionMap(a.versions())
	a.Keepers.Upgrade.SetUpgradeHandler(ReleaseName(a.release), a.upgrade)
	a.MountKVStores(a.keys(s.kv))
	a.MountObjectStores(s.object)

	a.paid = s.object[paidKey]
	handler, err := newAnte(a.Encoding, a.Keepers, a.paid)
	if err != nil {
		return fmt.Errorf("make transaction checks: %w", err)
	}
	a.SetAnteHandler(a.resumed(measured(handler)))
	a.SetPrepareProposal(a.prepareProposal)
	a.SetProcessProposal(a.processProposal)
	a.SetInitChainer(a.initChain)
	a.SetExtendVoteHandler(a.extendVote)
	a.SetVerifyVoteExtensionHandler(a.verifyVoteExtension)
	a.SetPreBlocker(a.preBlock)
	a.SetBeginBlocker(a.modules.BeginBlock)
	a.SetEndBlocker(a.endBlock)
	return nil
}

// initChain loads the genesis into every module.
func (a *App) initChain(ctx sdk.Context, request *abci.RequestInitChain) (*abci.ResponseInitChain, error) {
	var state map[string]json.RawMessage
	if err := json.Unmarshal(request.AppStateBytes, &state); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrGenesis, err)
	}
	if err := a.checkRelease(state); err != nil {
		return nil, err
	}
	return a.modules.InitGenesis(ctx, a.Encoding.Codec, state)
}
