package chain

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"

	"github.com/grpc-ecosystem/grpc-gateway/runtime"
	"google.golang.org/grpc"

	"cosmossdk.io/core/appmodule"

	"github.com/cosmos/cosmos-sdk/client"
	"github.com/cosmos/cosmos-sdk/codec"
	codectypes "github.com/cosmos/cosmos-sdk/codec/types"
	storetypes "github.com/cosmos/cosmos-sdk/store/v2/types"
	sdk "github.com/cosmos/cosmos-sdk/types"
	sdkerrors "github.com/cosmos/cosmos-sdk/types/errors"
	"github.com/cosmos/cosmos-sdk/types/module"
	upgradekeeper "github.com/cosmos/cosmos-sdk/x/upgrade/keeper"
	upgradetypes "github.com/cosmos/cosmos-sdk/x/upgrade/types"
)

// releaseModule wires the SDK's keeper of upgrade plans into the ledger. The SDK's own module links clients of clouds that
// fetch programs; the rules of PreBlock are those of its x/upgrade/abci.go (Apache-2.0), with what concerns the fit of
// program and ledger decided earlier, when the state is loaded (release_load.go).
type releaseModule struct {
	keeper  *upgradekeeper.Keeper
	release int

	mu  *sync.Mutex
	due *error // why the ledger has to stop here
}

func newReleaseModule(keeper *upgradekeeper.Keeper, release int) releaseModule {
	return releaseModule{keeper: keeper, release: release, mu: new(sync.Mutex), due: new(error)}
}

// releaseGenesis is what a genesis says of releases.
type releaseGenesis struct {
	Release int `json:"release"`
}

// check tells whether a genesis is of the program's release.
func (g releaseGenesis) check(release int) error {
	switch {
	case g.Release == 0:
		return ErrOlderLedger
	case g.Release > release:
		return fmt.Errorf("%w: its genesis is of release %d, this program runs release %d; install the newer one", ErrNewerLedger, g.Release, release)
	case g.Release < release:
		return fmt.Errorf("%w: its genesis is of release %d, this program runs release %d; begin with release %d, or fetch the state of another node",
			ErrNewerProgram, g.Release, release, g.Release)
	}
	return nil
}

// PreBlock changes the release at the height that a plan names, or stops the ledger there.
func (m releaseModule) PreBlock(goCtx context.Context) (appmodule.ResponsePreBlock, error) {
	ctx := sdk.UnwrapSDKContext(goCtx)
	quiet := &sdk.ResponsePreBlock{}
	plan, err := m.keeper.GetUpgradePlan(ctx) //nolint:contextcheck // the block's own
	if errors.Is(err, upgradetypes.ErrNoUpgradePlanFound) {
		return quiet, nil
	}
	if err != nil {
		return nil, err
	}
	switch height := ctx.BlockHeight(); {
	case !plan.ShouldExecute(height):
		return quiet, nil
	case m.keeper.IsSkipHeight(height):
		ctx.Logger().Warn("a change of release is skipped, as this node was told to", "plan", plan.Name, "height", height)
		return quiet, m.keeper.ClearUpgradePlan(ctx) //nolint:contextcheck // the block's own
	case !m.keeper.HasHandler(plan.Name):
		return nil, m.stop(plan)
	}
	ctx = ctx.WithBlockGasMeter(storetypes.NewInfiniteGasMeter())
	if err := m.keeper.ApplyUpgrade(ctx, plan); err != nil { //nolint:contextcheck // the block's own
		return nil, err
	}
	return &sdk.ResponsePreBlock{ConsensusParamsChanged: true}, nil
}

// stop notes why the block cannot be made, since consensus keeps only that it failed.
func (m releaseModule) stop(plan upgradetypes.Plan) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	*m.due = fmt.Errorf("%w: %s is due at height %d, this program runs %s; install it (`ayni version` shows what a program runs) and start again",
		ErrUpgradeDue, plan.Name, plan.Height, ReleaseName(m.release))
	return *m.due
}

// stopped is why the ledger stopped; nil when it did not stop for a release.
func (m releaseModule) stopped() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	return *m.due
}

// InitGenesis notes the modules' versions and the release, as the keeper was given them.
func (m releaseModule) InitGenesis(ctx sdk.Context, _ codec.JSONCodec, _ json.RawMessage) {
	if err := m.keeper.SetModuleVersionMap(ctx, m.keeper.GetInitVersionMap()); err != nil {
		panic(err) // a new ledger's store that cannot be written
	}
}

// ExportGenesis leaves plans out: a ledger that begins anew begins with the release.
func (m releaseModule) ExportGenesis(_ sdk.Context, cdc codec.JSONCodec) json.RawMessage {
	return m.DefaultGenesis(cdc)
}

// DefaultGenesis names the release.
func (m releaseModule) DefaultGenesis(codec.JSONCodec) json.RawMessage {
	return json.RawMessage(fmt.Sprintf(`{"release":%d}`, m.release))
}

// ValidateGenesis refuses a genesis of another release.
func (m releaseModule) ValidateGenesis(_ codec.JSONCodec, _ client.TxEncodingConfig, raw json.RawMessage) error {
	var g releaseGenesis
	if err := json.Unmarshal(raw, &g); err != nil {
		return fmt.Errorf("%s genesis: %w", upgradetypes.ModuleName, err)
	}
	return g.check(m.release)
}

// RegisterServices answers messages and queries about plans.
func (m releaseModule) RegisterServices(s grpc.ServiceRegistrar) error {
	upgradetypes.RegisterMsgServer(s, planServer{upgradekeeper.NewMsgServerImpl(m.keeper), m.keeper})
	upgradetypes.RegisterQueryServer(s, m.keeper)
	return nil
}

// planServer lets only the next release be planned, by its name: a ledger that stops for a release that does not exist could
// only go on when most of its nodes are told to skip it.
type planServer struct {
	upgradetypes.MsgServer
	keeper *upgradekeeper.Keeper
}

// SoftwareUpgrade plans the change to the next release; who may do so is the keeper's to say.
func (s planServer) SoftwareUpgrade(ctx context.Context, msg *upgradetypes.MsgSoftwareUpgrade) (*upgradetypes.MsgSoftwareUpgradeResponse, error) {
	versions, err := s.keeper.GetModuleVersionMap(ctx)
	if err != nil {
		return nil, err
	}
	if next := ReleaseName(int(versions[Name]) + 1); msg.Plan.Name != next {
		return nil, sdkerrors.ErrInvalidRequest.Wrapf("plan is named %q, the next release is %q", msg.Plan.Name, next)
	}
	if height := sdk.UnwrapSDKContext(ctx).BlockHeight(); msg.Plan.Height <= height {
		return nil, sdkerrors.ErrInvalidRequest.Wrapf("plan is for height %d, the ledger is at %d", msg.Plan.Height, height)
	}
	return s.MsgServer.SoftwareUpgrade(ctx, msg)
}

// Name is the module's name.
func (releaseModule) Name() string { return upgradetypes.ModuleName }

// ConsensusVersion is that of the SDK's module, whose state this is.
func (releaseModule) ConsensusVersion() uint64 { return 2 }

// RegisterInterfaces makes the messages known to a codec.
func (releaseModule) RegisterInterfaces(r codectypes.InterfaceRegistry) {
	upgradetypes.RegisterInterfaces(r)
}

// What the manager of modules asks for and this module does not need.

func (releaseModule) IsAppModule()                                                {}
func (releaseModule) IsOnePerModuleType()                                         {}
func (releaseModule) RegisterLegacyAminoCodec(*codec.LegacyAmino)                 {}
func (releaseModule) RegisterGRPCGatewayRoutes(client.Context, *runtime.ServeMux) {}

var (
	_ appmodule.AppModule        = releaseModule{}
	_ appmodule.HasPreBlocker    = releaseModule{}
	_ appmodule.HasServices      = releaseModule{}
	_ module.AppModuleBasic      = releaseModule{}
	_ module.HasGenesis          = releaseModule{}
	_ module.HasConsensusVersion = releaseModule{}
)
