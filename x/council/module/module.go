// Package module wires the council into a ledger.
package module

import (
	"context"
	"encoding/json"
	"fmt"

	abci "github.com/cometbft/cometbft/abci/types"
	"google.golang.org/grpc"

	"cosmossdk.io/core/appmodule"

	"github.com/cosmos/cosmos-sdk/codec"
	sdk "github.com/cosmos/cosmos-sdk/types"
	sdkmodule "github.com/cosmos/cosmos-sdk/types/module"

	"ayni.example/x/council"
	"ayni.example/x/council/keeper"
	"ayni.example/x/internal/appmod"
)

// version is of the module's state.
const version = 1

// Module is the council.
type Module struct {
	appmod.Base[council.GenesisState, *council.GenesisState]
	keeper *keeper.Keeper
}

// New returns the module over its keeper.
func New(_ codec.Codec, k *keeper.Keeper) Module {
	return Module{keeper: k, Base: appmod.New(appmod.Config[council.GenesisState, *council.GenesisState]{
		Name: council.ModuleName, Version: version, Default: council.DefaultGenesis, Keeper: k,
		Interfaces: council.RegisterInterfaces,
		Services: func(s grpc.ServiceRegistrar) {
			council.RegisterMsgServer(s, keeper.NewMsgServer(k))
			council.RegisterQueryServer(s, keeper.NewQueryServer(k))
		},
	})}
}

// InitGenesis loads the seats and tells consensus of the first validators.
func (m Module) InitGenesis(ctx sdk.Context, cdc codec.JSONCodec, bz json.RawMessage) []abci.ValidatorUpdate {
	m.Base.InitGenesis(ctx, cdc, bz)
	updates, err := m.keeper.EndBlock(ctx)
	if err != nil {
		panic(fmt.Errorf("%s genesis: %w", m.Name(), err)) // how a node is told not to start
	}
	return updates
}

// BeginBlock acts on evidence and absence.
func (m Module) BeginBlock(ctx context.Context) error { return m.keeper.BeginBlock(ctx) }

// EndBlock tells consensus what changed of the validators. It fails only where the state cannot be read.
func (m Module) EndBlock(ctx context.Context) ([]abci.ValidatorUpdate, error) {
	return m.keeper.EndBlock(ctx)
}

var (
	_ appmodule.AppModule           = Module{}
	_ appmodule.HasServices         = Module{}
	_ appmodule.HasBeginBlocker     = Module{}
	_ sdkmodule.AppModuleBasic      = Module{}
	_ sdkmodule.HasABCIGenesis      = Module{}
	_ sdkmodule.HasABCIEndBlock     = Module{}
	_ sdkmodule.HasConsensusVersion = Module{}
)
