package ledgertest

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	cmtproto "github.com/cometbft/cometbft/proto/tendermint/types"

	"cosmossdk.io/core/appmodule"
	corestore "cosmossdk.io/core/store"
	"cosmossdk.io/log/v2"
	"cosmossdk.io/math"

	dbm "github.com/cosmos/cosmos-db"
	"github.com/cosmos/cosmos-sdk/baseapp"
	"github.com/cosmos/cosmos-sdk/codec"
	codectypes "github.com/cosmos/cosmos-sdk/codec/types"
	"github.com/cosmos/cosmos-sdk/runtime"
	"github.com/cosmos/cosmos-sdk/store/v2"
	storetypes "github.com/cosmos/cosmos-sdk/store/v2/types"
	sdk "github.com/cosmos/cosmos-sdk/types"
	"github.com/cosmos/cosmos-sdk/types/module"
	authkeeper "github.com/cosmos/cosmos-sdk/x/auth/keeper"
	authtypes "github.com/cosmos/cosmos-sdk/x/auth/types"
	bankkeeper "github.com/cosmos/cosmos-sdk/x/bank/keeper"
	banktypes "github.com/cosmos/cosmos-sdk/x/bank/types"
	"github.com/cosmos/cosmos-sdk/x/tx/signing"
	"github.com/cosmos/gogoproto/proto"

	"ayni.example/internal/ethkey"
	"ayni.example/x/agent"
	agentkeeper "ayni.example/x/agent/keeper"
	agentmodule "ayni.example/x/agent/module"
	"ayni.example/x/arena"
	arenakeeper "ayni.example/x/arena/keeper"
	arenamodule "ayni.example/x/arena/module"
	"ayni.example/x/artifact"
	artifactkeeper "ayni.example/x/artifact/keeper"
	artifactmodule "ayni.example/x/artifact/module"
	"ayni.example/x/beacon"
	beaconkeeper "ayni.example/x/beacon/keeper"
	beaconmodule "ayni.example/x/beacon/module"
	"ayni.example/x/compute"
	computekeeper "ayni.example/x/compute/keeper"
	computemodule "ayni.example/x/compute/module"
	"ayni.example/x/council"
	councilkeeper "ayni.example/x/council/keeper"
	councilmodule "ayni.example/x/council/module"
	"ayni.example/x/credit"
	creditkeeper "ayni.example/x/credit/keeper"
	creditmodule "ayni.example/x/credit/module"
	"ayni.example/x/fee"
	feekeeper "ayni.example/x/fee/keeper"
	feemodule "ayni.example/x/fee/module"
	"ayni.example/x/inference"
	inferencekeeper "ayni.example/x/inference/keeper"
	inferencemodule "ayni.example/x/inference/module"
	"ayni.example/x/payout"
	payoutkeeper "ayni.example/x/payout/keeper"
	payoutmodule "ayni.example/x/payout/module"
	"ayni.example/x/provenance"
	provenancekeeper "ayni.example/x/provenance/keeper"
	provenancemodule "ayni.example/x/provenance/module"
	"ayni.example/x/provider"
	providerkeeper "ayni.example/x/provider/keeper"
	providermodule "ayni.example/x/provider/module"
	"ayni.example/x/referee"
	refereekeeper "ayni.example/x/referee/keeper"
	refereemodule "ayni.example/x/referee/module"
	"ayni.example/x/schedule"
	schedulekeeper "ayni.example/x/schedule/keeper"
	schedulemodule "ayni.example/x/schedule/module"
	"ayni.example/x/zkml"
	zkmlkeeper "ayni.example/x/zkml/keeper"
	zkmlmodule "ayni.example/x/zkml/module"
)

// ChainID is the ledger's name.
const ChainID = "ayni_424242-1"

// Ledger is the state at one block.
type Ledger struct {
	Ctx        sdk.Context
	Codec      codec.Codec
	Registry   codectypes.InterfaceRegistry
	Accounts   authkeeper.AccountKeeper
	Bank       bankkeeper.BaseKeeper
	Credit     *creditkeeper.Keeper
	Fee        *feekeeper.Keeper
	Provider   *providerkeeper.Keeper
	Inference  *inferencekeeper.Keeper
	Schedule   *schedulekeeper.Keeper
	Beacon     *beaconkeeper.Keeper
	Artifact   *artifactkeeper.Keeper
	Zkml       *zkmlkeeper.Keeper
	Payout     *payoutkeeper.Keeper
	Agent      *agentkeeper.Keeper
	Arena      *arenakeeper.Keeper
	Referee    *refereekeeper.Keeper
	Compute    *computekeeper.Keeper
	Members    *Members // of the council, as the beacon sees it
	Council    *councilkeeper.Keeper
	Provenance *provenancekeeper.Keeper
	Modules    []Module // in the order in which genesis is loaded

	keys   map[string]*storetypes.KVStoreKey
	router *baseapp.MsgServiceRouter
}

// Module is what the tests use of a module.
type Module interface {
	appmodule.AppModule
	module.AppModuleBasic
	module.HasGenesis
	module.HasConsensusVersion
}

// quiet is the council without consensus, which it would tell of its seats.
type quiet struct{ councilmodule.Module }

// InitGenesis loads the council's state.
func (q quiet) InitGenesis(ctx sdk.Context, cdc codec.JSONCodec, bz json.RawMessage) {
	q.Module.InitGenesis(ctx, cdc, bz)
}

// New is an empty ledger: no state at all, not even parameters.
func New(tb testing.TB) *Ledger {
	tb.Helper()
	ethkey.Configure()
	l := &Ledger{keys: storetypes.NewKVStoreKeys(authtypes.StoreKey, banktypes.StoreKey, credit.StoreKey, fee.StoreKey,
		provider.StoreKey, inference.StoreKey, schedule.StoreKey, beacon.StoreKey, council.StoreKey,
		artifact.StoreKey, zkml.StoreKey, payout.StoreKey, referee.StoreKey, compute.StoreKey, provenance.StoreKey, agent.StoreKey, arena.StoreKey)}
	var err error
	l.Registry, err = codectypes.NewInterfaceRegistryWithOptions(codectypes.InterfaceRegistryOptions{
		ProtoFiles:     proto.HybridResolver,
		SigningOptions: signing.Options{AddressCodec: ethkey.AddressCodec{}, ValidatorAddressCodec: ethkey.AddressCodec{}},
	})
	Must(tb, err)
	l.Codec = codec.NewProtoCodec(l.Registry)
	sdk.RegisterInterfaces(l.Registry)
	authtypes.RegisterInterfaces(l.Registry)
	l.openStore(tb)
	l.buildKeepers(tb)
	l.registerModules(tb)
	return l
}

// Start is a ledger with the default genesis of every module, whose admin is the account named admin; when the test ends its
// invariants must hold.
func Start(tb testing.TB) *Ledger {
	tb.Helper()
	l := New(tb)
	for _, m := range l.Modules {
		m.InitGenesis(l.Ctx, l.Codec, m.DefaultGenesis(l.Codec))
	}
	credits := credit.DefaultParams()
	credits.Admin = Text(Account("admin"))
	Must(tb, l.Credit.Params.Set(l.Ctx, credits))
	fees := fee.DefaultParams()
	fees.Admin = credits.Admin
	Must(tb, l.Fee.Params.Set(l.Ctx, fees))
	providers := provider.DefaultParams()
	providers.Admin = credits.Admin
	Must(tb, l.Provider.Params.Set(l.Ctx, providers))
	tb.Cleanup(func() { Must(tb, l.Invariants()) })
	return l
}

// Account is the address of whoever has this name.
func Account(name string) sdk.AccAddress {
	digest := sha256.Sum256([]byte(name))
	return digest[:20]
}

// Text is an address as the ledger writes it.
func Text(addr sdk.AccAddress) string { return ethkey.Format(addr) }

// Must ends the test on an error.
func Must(tb testing.TB, err error) {
	tb.Helper()
	if err != nil {
		tb.Fatal(err)
	}
}

// Send routes a message as a transaction would: what it changed is kept only if it succeeds.
func (l *Ledger) Send(msg sdk.Msg) (*sdk.Result, error) {
	handler := l.router.Handler(msg)
	if handler == nil {
		return nil, fmt.Errorf("no module takes %T", msg)
	}
	ctx, commit := l.Ctx.CacheContext()
	res, err := handler(ctx, msg)
	if err == nil {
		commit()
	}
	return res, err
}

// Advance goes some blocks and some time ahead.
func (l *Ledger) Advance(blocks int64, d time.Duration) {
	l.Ctx = l.Ctx.WithBlockHeight(l.Ctx.BlockHeight() + blocks).WithBlockTime(l.Ctx.BlockTime().Add(d)).
		WithEventManager(sdk.NewEventManager())
}

// Fund mints to an account.
func (l *Ledger) Fund(tb testing.TB, addr sdk.AccAddress, amount int64) {
	tb.Helper()
	coins := credit.Coins(math.NewInt(amount))
	Must(tb, l.Bank.MintCoins(l.Ctx, credit.ModuleName, coins))
	Must(tb, l.Bank.SendCoinsFromModuleToAccount(l.Ctx, credit.ModuleName, addr, coins))
}

// Balance is what an account has.
func (l *Ledger) Balance(addr sdk.AccAddress) math.Int {
	return l.Bank.GetBalance(l.Ctx, addr, credit.Denom).Amount
}

// Raw is what a module's store holds under a key.
func (l *Ledger) Raw(store string, key []byte) []byte { return l.Ctx.KVStore(l.keys[store]).Get(key) }

// Invariants checks all modules.
func (l *Ledger) Invariants() error {
	for _, check := range []func() error{
		func() error { return l.Credit.Invariants(l.Ctx) },
		func() error { return l.Fee.Invariants(l.Ctx) },
		func() error { return l.Provider.Invariants(l.Ctx) },
		func() error { return l.Inference.Invariants(l.Ctx) },
		func() error { return l.Schedule.Invariants(l.Ctx) },
		func() error { return l.Beacon.Invariants(l.Ctx) },
		func() error { return l.Council.Invariants(l.Ctx) },
		func() error { return l.Artifact.Invariants(l.Ctx) },
		func() error { return l.Zkml.Invariants(l.Ctx) },
		func() error { return l.Payout.Invariants(l.Ctx) },
		func() error { return l.Referee.Invariants(l.Ctx) },
		func() error { return l.Compute.Invariants(l.Ctx) },
		func() error { return l.Provenance.Invariants(l.Ctx) },
		func() error { return l.Agent.Invariants(l.Ctx) },
		func() error { return l.Arena.Invariants(l.Ctx) },
	} {
		if err := check(); err != nil {
			return err
		}
	}
	return nil
}

func (l *Ledger) openStore(tb testing.TB) {
	tb.Helper()
	db := dbm.NewMemDB()
	stores := store.NewCommitMultiStore(db, log.NewNopLogger())
	for _, name := range slices.Sorted(maps.Keys(l.keys)) {
		stores.MountStoreWithDB(l.keys[name], storetypes.StoreTypeIAVL, db)
	}
	Must(tb, stores.LoadLatestVersion())
	header := cmtproto.Header{ChainID: ChainID, Height: 1, Time: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)}
	l.Ctx = sdk.NewContext(stores.CacheMultiStore(), header, false, log.NewNopLogger())
}

func (l *Ledger) buildKeepers(tb testing.TB) {
	tb.Helper()
	accounts := map[string][]string{
		credit.ModuleName: {authtypes.Minter}, provider.ModuleName: nil, council.ModuleName: nil, artifact.ModuleName: nil,
		payout.ModuleName: nil, referee.ModuleName: nil, compute.ModuleName: nil, provenance.ModuleName: nil, agent.ModuleName: nil, arena.ModuleName: nil,
		authtypes.FeeCollectorName: nil,
	}
	blocked := map[string]bool{}
	for name := range accounts {
		blocked[Text(authtypes.NewModuleAddress(name))] = true
	}
	service := func(name string) corestore.KVStoreService { return runtime.NewKVStoreService(l.keys[name]) }
	addresses, authority := ethkey.AddressCodec{}, Text(Account("authority"))
	l.Accounts = authkeeper.NewAccountKeeper(l.Codec, service(authtypes.StoreKey), authtypes.ProtoBaseAccount, accounts, addresses,
		ethkey.Prefix, authority)
	l.Bank = bankkeeper.NewBaseKeeper(l.Codec, service(banktypes.StoreKey), l.Accounts, blocked, authority, log.NewNopLogger())
	var err error
	l.Credit, err = creditkeeper.New(l.Codec, service(credit.StoreKey), addresses, l.Bank)
	Must(tb, err)
	l.Fee, err = feekeeper.New(l.Codec, service(fee.StoreKey), addresses, l.Accounts)
	Must(tb, err)
	l.Provider, err = providerkeeper.New(l.Codec, service(provider.StoreKey), addresses, l.Bank)
	Must(tb, err)
	l.Inference, err = inferencekeeper.New(l.Codec, service(inference.StoreKey), addresses, l.Provider)
	Must(tb, err)
	Must(tb, l.Provider.SetHooks(l.Inference))
	l.Schedule, err = schedulekeeper.New(l.Codec, service(schedule.StoreKey))
	Must(tb, err)
	l.Members = new(Members)
	l.Beacon, err = beaconkeeper.New(l.Codec, service(beacon.StoreKey), addresses, authority, l.Members, l.Schedule)
	Must(tb, err)
	Must(tb, l.Schedule.Register(l.Beacon.Kind()))
	l.router = baseapp.NewMsgServiceRouter()
	l.Council, err = councilkeeper.New(councilkeeper.Config{
		Codec: l.Codec, Store: service(council.StoreKey), Addresses: addresses, Bank: l.Bank, Schedule: l.Schedule, Router: l.router,
	})
	Must(tb, err)
	for _, kind := range l.Council.Kinds() {
		Must(tb, l.Schedule.Register(kind))
	}
	l.Artifact, err = artifactkeeper.New(artifactkeeper.Config{
		Codec: l.Codec, Store: service(artifact.StoreKey), Addresses: addresses, Bank: l.Bank, Providers: l.Provider, Schedule: l.Schedule,
		Fees: authtypes.FeeCollectorName, Authority: authority,
	})
	Must(tb, err)
	Must(tb, l.Schedule.Register(l.Artifact.Kind()))
	l.Zkml, err = zkmlkeeper.New(zkmlkeeper.Config{
		Codec: l.Codec, Store: service(zkml.StoreKey), Addresses: addresses, Schedule: l.Schedule, Authority: authority,
	})
	Must(tb, err)
	Must(tb, l.Schedule.Register(l.Zkml.Kind()))
	l.buildMarkets(tb, service, addresses, authority)
}

// buildMarkets are the keepers that stand on the others.
func (l *Ledger) buildMarkets(tb testing.TB, service func(string) corestore.KVStoreService, addresses ethkey.AddressCodec, authority string) {
	tb.Helper()
	var err error
	l.Payout, err = payoutkeeper.New(payoutkeeper.Config{
		Codec: l.Codec, Store: service(payout.StoreKey), Addresses: addresses, Bank: l.Bank, Values: l.Zkml, Schedule: l.Schedule,
		Authority: authority,
	})
	Must(tb, err)
	Must(tb, l.Schedule.Register(l.Payout.Kind()))
	l.Referee, err = refereekeeper.New(refereekeeper.Config{
		Codec: l.Codec, Store: service(referee.StoreKey), Addresses: addresses, Bank: l.Bank, Beacon: l.Beacon, Schedule: l.Schedule,
		Fees: authtypes.FeeCollectorName, Authority: authority,
	})
	Must(tb, err)
	for _, kind := range l.Referee.Kinds() {
		Must(tb, l.Schedule.Register(kind))
	}
	l.Compute, err = computekeeper.New(computekeeper.Config{
		Codec: l.Codec, Store: service(compute.StoreKey), Addresses: addresses, Bank: l.Bank, Providers: l.Provider, Schedule: l.Schedule,
		Referee: l.Referee, Authority: authority,
	})
	Must(tb, err)
	Must(tb, l.Referee.Handle(compute.KindSegment, l.Compute))
	l.Provenance, err = provenancekeeper.New(provenancekeeper.Config{
		Codec: l.Codec, Store: service(provenance.StoreKey), Addresses: addresses, Bank: l.Bank, Trainings: l.Compute, Schedule: l.Schedule,
		Fees: authtypes.FeeCollectorName, Authority: authority,
	})
	Must(tb, err)
	l.Credit.SetRoyalties(l.Provenance)
	l.Agent, err = agentkeeper.New(agentkeeper.Config{
		Codec: l.Codec, Store: service(agent.StoreKey), Addresses: addresses, Bank: l.Bank, Beacon: l.Beacon, Providers: l.Provider,
		Values: l.Zkml, Schedule: l.Schedule, Fees: authtypes.FeeCollectorName, Authority: authority,
	})
	Must(tb, err)
	l.Credit.SetAuthorizations(l.Schedule, l.Agent)
	l.Arena, err = arenakeeper.New(arenakeeper.Config{
		Codec: l.Codec, Store: service(arena.StoreKey), Addresses: addresses, Bank: l.Bank, Beacon: l.Beacon, Schedule: l.Schedule,
		Fees: authtypes.FeeCollectorName, Authority: authority,
	})
	Must(tb, err)
	l.Inference.SetTerms(l.Provenance)
	l.Compute.SetAssets(l.Provenance)
	for _, kind := range slices.Concat(l.Credit.Kinds(), l.Compute.Kinds(), l.Provenance.Kinds(), l.Agent.Kinds(), l.Arena.Kinds()) {
		Must(tb, l.Schedule.Register(kind))
	}
}

func (l *Ledger) registerModules(tb testing.TB) {
	tb.Helper()
	l.router.SetInterfaceRegistry(l.Registry)
	queries := baseapp.NewGRPCQueryRouter()
	queries.SetInterfaceRegistry(l.Registry)
	services := module.NewConfigurator(l.Codec, l.router, queries)
	creditMod := creditmodule.New(l.Codec, l.Credit)
	feeMod := feemodule.New(l.Codec, l.Fee)
	providerMod := providermodule.New(l.Codec, l.Provider)
	inferenceMod := inferencemodule.New(l.Codec, l.Inference)
	scheduleMod := schedulemodule.New(l.Codec, l.Schedule)
	beaconMod := beaconmodule.New(l.Codec, l.Beacon)
	artifactMod := artifactmodule.New(l.Codec, l.Artifact)
	zkmlMod := zkmlmodule.New(l.Codec, l.Zkml)
	payoutMod := payoutmodule.New(l.Codec, l.Payout)
	refereeMod := refereemodule.New(l.Codec, l.Referee)
	computeMod := computemodule.New(l.Codec, l.Compute)
	provenanceMod := provenancemodule.New(l.Codec, l.Provenance)
	agentMod := agentmodule.New(l.Codec, l.Agent)
	arenaMod := arenamodule.New(l.Codec, l.Arena)
	councilMod := councilmodule.New(l.Codec, l.Council)
	l.Modules = []Module{creditMod, feeMod, providerMod, inferenceMod, scheduleMod, beaconMod, quiet{councilMod}, artifactMod, zkmlMod, payoutMod, refereeMod, computeMod, provenanceMod, agentMod, arenaMod}
	for _, m := range l.Modules {
		m.RegisterInterfaces(l.Registry)
	}
	Must(tb, creditMod.RegisterServices(services))
	Must(tb, feeMod.RegisterServices(services))
	Must(tb, providerMod.RegisterServices(services))
	Must(tb, inferenceMod.RegisterServices(services))
	Must(tb, scheduleMod.RegisterServices(services))
	Must(tb, beaconMod.RegisterServices(services))
	Must(tb, councilMod.RegisterServices(services))
	Must(tb, artifactMod.RegisterServices(services))
	Must(tb, zkmlMod.RegisterServices(services))
	Must(tb, payoutMod.RegisterServices(services))
	Must(tb, refereeMod.RegisterServices(services))
	Must(tb, computeMod.RegisterServices(services))
	Must(tb, provenanceMod.RegisterServices(services))
	Must(tb, agentMod.RegisterServices(services))
	Must(tb, arenaMod.RegisterServices(services))
	Must(tb, services.Error())
}
