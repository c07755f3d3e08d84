package chain

import (
	"slices"

	"github.com/cosmos/cosmos-sdk/types/module"
	"github.com/cosmos/cosmos-sdk/x/auth"
	authsims "github.com/cosmos/cosmos-sdk/x/auth/simulation"
	authtypes "github.com/cosmos/cosmos-sdk/x/auth/types"
	"github.com/cosmos/cosmos-sdk/x/bank"
	banktypes "github.com/cosmos/cosmos-sdk/x/bank/types"
	"github.com/cosmos/cosmos-sdk/x/consensus"
	consensustypes "github.com/cosmos/cosmos-sdk/x/consensus/types"
	upgradetypes "github.com/cosmos/cosmos-sdk/x/upgrade/types"

	"ayni.example/x/agent"
	agentmodule "ayni.example/x/agent/module"
	"ayni.example/x/arena"
	arenamodule "ayni.example/x/arena/module"
	"ayni.example/x/artifact"
	artifactmodule "ayni.example/x/artifact/module"
	"ayni.example/x/beacon"
	beaconmodule "ayni.example/x/beacon/module"
	"ayni.example/x/compute"
	computemodule "ayni.example/x/compute/module"
	"ayni.example/x/council"
	councilmodule "ayni.example/x/council/module"
	"ayni.example/x/credit"
	creditmodule "ayni.example/x/credit/module"
	"ayni.example/x/fee"
	feemodule "ayni.example/x/fee/module"
	"ayni.example/x/inference"
	inferencemodule "ayni.example/x/inference/module"
	"ayni.example/x/payout"
	payoutmodule "ayni.example/x/payout/module"
	"ayni.example/x/provenance"
	provenancemodule "ayni.example/x/provenance/module"
	"ayni.example/x/provider"
	providermodule "ayni.example/x/provider/module"
	"ayni.example/x/referee"
	refereemodule "ayni.example/x/referee/module"
	"ayni.example/x/schedule"
	schedulemodule "ayni.example/x/schedule/module"
	"ayni.example/x/zkml"
	zkmlmodule "ayni.example/x/zkml/module"
)

// newModules lists the modules. Absent on purpose: mint, distribution and slashing write state in every block, so an idle
// ledger could not be quiet.
func (a *App) newModules() *module.Manager {
	cdc, k := a.Encoding.Codec, a.Keepers
	all := []module.AppModule{ //nolint:staticcheck // the manager takes no other
		a.upgrades,
		auth.NewAppModule(cdc, k.Account, authsims.RandomGenesisAccounts, nil),
		bank.NewAppModule(cdc, k.Bank, k.Account, nil),
		consensus.NewAppModule(cdc, k.Consensus),
		councilmodule.New(cdc, k.Council),
		creditmodule.New(cdc, k.Credit),
		feemodule.New(cdc, k.Fee),
		providermodule.New(cdc, k.Provider),
		inferencemodule.New(cdc, k.Inference),
		schedulemodule.New(cdc, k.Schedule),
		beaconmodule.New(cdc, k.Beacon),
		artifactmodule.New(cdc, k.Artifact),
		zkmlmodule.New(cdc, k.Zkml),
		payoutmodule.New(cdc, k.Payout),
		refereemodule.New(cdc, k.Referee),
		computemodule.New(cdc, k.Compute),
		provenancemodule.New(cdc, k.Provenance),
		agentmodule.New(cdc, k.Agent),
		arenamodule.New(cdc, k.Arena),
	}
	manager := module.NewManager(slices.DeleteFunc(all, func(m module.AppModule) bool { return !a.runs(m.Name()) })...) //nolint:staticcheck // as above
	// upgrade is first: the rest of the block is of the new release. auth drops expired nonces before anything else reads accounts.
	manager.SetOrderPreBlockers(upgradetypes.ModuleName, authtypes.ModuleName)
	manager.SetOrderBeginBlockers(council.ModuleName)
	// bank is first: it settles the block's object-store balances that the others read. council is last: it tells consensus
	// of validators that scheduled work has changed.
	manager.SetOrderEndBlockers(banktypes.ModuleName, schedule.ModuleName, council.ModuleName)
	manager.SetOrderInitGenesis(genesisOrder()...)
	manager.SetOrderExportGenesis(genesisOrder()...)
	return manager
}

// genesisOrder puts accounts and balances first, since every other module checks its money against them.
func genesisOrder() []string {
	return []string{
		authtypes.ModuleName, banktypes.ModuleName, consensustypes.ModuleName, upgradetypes.ModuleName, council.ModuleName,
		credit.ModuleName, fee.ModuleName, provider.ModuleName, inference.ModuleName, schedule.ModuleName, beacon.ModuleName,
		artifact.ModuleName, zkml.ModuleName, payout.ModuleName, referee.ModuleName, compute.ModuleName,
		provenance.ModuleName, agent.ModuleName, arena.ModuleName,
	}
}
