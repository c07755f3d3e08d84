package chain

import (
	"slices"

	corestore "cosmossdk.io/core/store"
	"cosmossdk.io/log/v2"

	"github.com/cosmos/cosmos-sdk/runtime"
	storetypes "github.com/cosmos/cosmos-sdk/store/v2/types"
	sdk "github.com/cosmos/cosmos-sdk/types"
	authkeeper "github.com/cosmos/cosmos-sdk/x/auth/keeper"
	authtypes "github.com/cosmos/cosmos-sdk/x/auth/types"
	bankkeeper "github.com/cosmos/cosmos-sdk/x/bank/keeper"
	banktypes "github.com/cosmos/cosmos-sdk/x/bank/types"
	consensuskeeper "github.com/cosmos/cosmos-sdk/x/consensus/keeper"
	consensustypes "github.com/cosmos/cosmos-sdk/x/consensus/types"
	upgradekeeper "github.com/cosmos/cosmos-sdk/x/upgrade/keeper"
	upgradetypes "github.com/cosmos/cosmos-sdk/x/upgrade/types"

	"ayni.example/internal/ethkey"
	"ayni.example/x/agent"
	agentkeeper "ayni.example/x/agent/keeper"
	"ayni.example/x/arena"
	arenakeeper "ayni.example/x/arena/keeper"
	"ayni.example/x/artifact"
	artifactkeeper "ayni.example/x/artifact/keeper"
	"ayni.example/x/beacon"
	beaconkeeper "ayni.example/x/beacon/keeper"
	"ayni.example/x/compute"
	computekeeper "ayni.example/x/compute/keeper"
	"ayni.example/x/council"
	councilkeeper "ayni.example/x/council/keeper"
	"ayni.example/x/credit"
	creditkeeper "ayni.example/x/credit/keeper"
	"ayni.example/x/fee"
	feekeeper "ayni.example/x/fee/keeper"
	"ayni.example/x/inference"
	inferencekeeper "ayni.example/x/inference/keeper"
	"ayni.example/x/payout"
	payoutkeeper "ayni.example/x/payout/keeper"
	"ayni.example/x/provenance"
	provenancekeeper "ayni.example/x/provenance/keeper"
	"ayni.example/x/provider"
	providerkeeper "ayni.example/x/provider/keeper"
	"ayni.example/x/referee"
	refereekeeper "ayni.example/x/referee/keeper"
	"ayni.example/x/schedule"
	schedulekeeper "ayni.example/x/schedule/keeper"
	"ayni.example/x/zkml"
	zkmlkeeper "ayni.example/x/zkml/keeper"
)

// authorityModule is the account that may change the SDK modules' parameters. Nobody holds its key; proposals act for it.
const authorityModule = council.ModuleName

func authority() string { return ethkey.Format(authtypes.NewModuleAddress(authorityModule)) }

// Keepers is the state of every module.
type Keepers struct {
	Account   authkeeper.AccountKeeper
	Bank      bankkeeper.BaseKeeper
	Consensus consensuskeeper.Keeper
	Council   *councilkeeper.Keeper
	Credit    *creditkeeper.Keeper
	Fee       *feekeeper.Keeper
	Provider  *providerkeeper.Keeper
	Inference *inferencekeeper.Keeper
	Schedule  *schedulekeeper.Keeper
	Beacon    *beaconkeeper.Keeper
	Artifact  *artifactkeeper.Keeper
	Zkml      *zkmlkeeper.Keeper
	Payout    *payoutkeeper.Keeper
	Referee   *refereekeeper.Keeper
	Compute   *computekeeper.Keeper
	Upgrade   *upgradekeeper.Keeper

	Provenance *provenancekeeper.Keeper
	Agent      *agentkeeper.Keeper
	Arena      *arenakeeper.Keeper
}

// stores are the keys under which the state is kept.
type stores struct {
	kv     map[string]*storetypes.KVStoreKey
	object map[string]*storetypes.ObjectStoreKey
}

func newStores() stores {
	return stores{
		kv: storetypes.NewKVStoreKeys(authtypes.StoreKey, banktypes.StoreKey, consensustypes.StoreKey, council.StoreKey,
			upgradetypes.StoreKey, credit.StoreKey, fee.StoreKey, provider.StoreKey, inference.StoreKey, schedule.StoreKey,
			beacon.StoreKey, artifact.StoreKey, zkml.StoreKey, payout.StoreKey, referee.StoreKey, compute.StoreKey, provenance.StoreKey, agent.StoreKey,
			arena.StoreKey),
		object: storetypes.NewObjectStoreKeys(banktypes.ObjectStoreKey, paidKey),
	}
}

func (s stores) service(name string) corestore.KVStoreService {
	return runtime.NewKVStoreService(s.kv[name])
}

// moduleAccounts lists the accounts that modules hold and what each may do with money.
func moduleAccounts() map[string][]string {
	return map[string][]string{
		authtypes.FeeCollectorName: nil,
		council.ModuleName:         nil,
		credit.ModuleName:          {authtypes.Minter},
		provider.ModuleName:        nil,
		artifact.ModuleName:        nil,
		payout.ModuleName:          nil,
		referee.ModuleName:         nil,
		compute.ModuleName:         nil,
		provenance.ModuleName:      nil,
		agent.ModuleName:           nil,
		arena.ModuleName:           nil,
	}
}

// blockedAccounts are the module accounts: nobody may send to them except through their module's messages.
func blockedAccounts() map[string]bool {
	blocked := map[string]bool{}
	for name := range moduleAccounts() {
		blocked[ethkey.Format(authtypes.NewModuleAddress(name))] = true
	}
	return blocked
}

// CouncilAddress is the council's account: nobody holds its key, proposals act for it.
func CouncilAddress() string { return authority() }

// newKeepers builds the keepers; each gets only the others that it calls.
func newKeepers(
	encoding Encoding, s stores, router councilkeeper.Router, logger log.Logger, skip map[int64]bool,
) (Keepers, error) {
	k := newSDKKeepers(encoding, s, logger)
	k.Upgrade = upgradekeeper.NewKeeper(skip, s.service(upgradetypes.StoreKey), encoding.Codec, "", nil, authority())
	var err error
	cdc, addresses := encoding.Codec, ethkey.AddressCodec{}
	if k.Credit, err = creditkeeper.New(cdc, s.service(credit.StoreKey), addresses, k.Bank); err != nil {
		return k, err
	}
	if k.Fee, err = feekeeper.New(cdc, s.service(fee.StoreKey), addresses, k.Account); err != nil {
		return k, err
	}
	if k.Provider, err = providerkeeper.New(cdc, s.service(provider.StoreKey), addresses, k.Bank); err != nil {
		return k, err
	}
	if k.Inference, err = inferencekeeper.New(cdc, s.service(inference.StoreKey), addresses, k.Provider); err != nil {
		return k, err
	}
	if k.Schedule, err = schedulekeeper.New(cdc, s.service(schedule.StoreKey)); err != nil {
		return k, err
	}
	if k.Council, err = councilkeeper.New(councilkeeper.Config{
		Codec: cdc, Store: s.service(council.StoreKey), Addresses: addresses, Bank: k.Bank, Schedule: k.Schedule, Router: router,
	}); err != nil {
		return k, err
	}
	if k.Beacon, err = beaconkeeper.New(cdc, s.service(beacon.StoreKey), addresses, authority(), seats{k.Council}, k.Schedule); err != nil {
		return k, err
	}
	if k.Artifact, err = artifactkeeper.New(artifactkeeper.Config{
		Codec: cdc, Store: s.service(artifact.StoreKey), Addresses: addresses, Bank: k.Bank, Providers: k.Provider, Schedule: k.Schedule,
		Fees: authtypes.FeeCollectorName, Authority: authority(),
	}); err != nil {
		return k, err
	}
	if k.Zkml, err = zkmlkeeper.New(zkmlkeeper.Config{
		Codec: cdc, Store: s.service(zkml.StoreKey), Addresses: addresses, Schedule: k.Schedule, Authority: authority(),
	}); err != nil {
		return k, err
	}
	if k.Payout, err = payoutkeeper.New(payoutkeeper.Config{
		Codec: cdc, Store: s.service(payout.StoreKey), Addresses: addresses, Bank: k.Bank, Values: k.Zkml, Schedule: k.Schedule,
		Authority: authority(),
	}); err != nil {
		return k, err
	}
	if err := k.addServices(encoding, s); err != nil {
		return k, err
	}
	if err := k.handleKinds(); err != nil {
		return k, err
	}
	return k, k.Provider.SetHooks(k.Inference) // a provider that leaves takes its offers along
}

// addServices builds the keepers of what people do with one another: leases, disputes, provenance, agents, arenas.
func (k *Keepers) addServices(encoding Encoding, s stores) error {
	var err error
	cdc, addresses := encoding.Codec, ethkey.AddressCodec{}
	if k.Referee, err = refereekeeper.New(refereekeeper.Config{
		Codec: cdc, Store: s.service(referee.StoreKey), Addresses: addresses, Bank: k.Bank, Beacon: k.Beacon, Schedule: k.Schedule,
		Fees: authtypes.FeeCollectorName, Authority: authority(),
	}); err != nil {
		return err
	}
	if k.Compute, err = computekeeper.New(computekeeper.Config{
		Codec: cdc, Store: s.service(compute.StoreKey), Addresses: addresses, Bank: k.Bank, Providers: k.Provider, Schedule: k.Schedule,
		Referee: k.Referee, Authority: authority(),
	}); err != nil {
		return err
	}
	if k.Provenance, err = provenancekeeper.New(provenancekeeper.Config{
		Codec: cdc, Store: s.service(provenance.StoreKey), Addresses: addresses, Bank: k.Bank, Trainings: k.Compute, Schedule: k.Schedule,
		Fees: authtypes.FeeCollectorName, Authority: authority(),
	}); err != nil {
		return err
	}
	if k.Agent, err = agentkeeper.New(agentkeeper.Config{
		Codec: cdc, Store: s.service(agent.StoreKey), Addresses: addresses, Bank: k.Bank, Beacon: k.Beacon, Providers: k.Provider,
		Values: k.Zkml, Schedule: k.Schedule, Fees: authtypes.FeeCollectorName, Authority: authority(),
	}); err != nil {
		return err
	}
	k.Arena, err = arenakeeper.New(arenakeeper.Config{
		Codec: cdc, Store: s.service(arena.StoreKey), Addresses: addresses, Bank: k.Bank, Beacon: k.Beacon, Schedule: k.Schedule,
		Fees: authtypes.FeeCollectorName, Authority: authority(),
	})
	return err
}

// handleKinds tells the schedule and the referee whose work is whose.
func (k Keepers) handleKinds() error {
	kinds := append(k.Council.Kinds(), k.Beacon.Kind(), k.Artifact.Kind(), k.Zkml.Kind(), k.Payout.Kind())
	kinds = slices.Concat(kinds, k.Credit.Kinds(), k.Referee.Kinds(), k.Provenance.Kinds(), k.Agent.Kinds(), k.Arena.Kinds())
	if err := k.Referee.Handle(compute.KindSegment, k.Compute); err != nil {
		return err
	}
	for _, kind := range append(kinds, k.Compute.Kinds()...) {
		if err := k.Schedule.Register(kind); err != nil {
			return err
		}
	}
	return nil
}

func newSDKKeepers(encoding Encoding, s stores, logger log.Logger) Keepers {
	cdc := encoding.Codec
	account := authkeeper.NewAccountKeeper(cdc, s.service(authtypes.StoreKey), authtypes.ProtoBaseAccount, moduleAccounts(),
		ethkey.AddressCodec{}, sdk.GetConfig().GetBech32AccountAddrPrefix(), authority())
	bank := bankkeeper.NewBaseKeeper(cdc, s.service(banktypes.StoreKey), account, blockedAccounts(), authority(), logger).
		WithObjStoreKey(s.object[banktypes.ObjectStoreKey])
	return Keepers{
		Account:   account,
		Bank:      bank,
		Consensus: consensuskeeper.NewKeeper(cdc, s.service(consensustypes.StoreKey), authority(), runtime.EventService{}),
	}
}
