// Package module wires the schedule into a ledger.
package module

import (
	"context"

	"google.golang.org/grpc"

	"cosmossdk.io/core/appmodule"

	"github.com/cosmos/cosmos-sdk/codec"
	sdkmodule "github.com/cosmos/cosmos-sdk/types/module"

	"ayni.example/x/internal/appmod"
	"ayni.example/x/schedule"
	"ayni.example/x/schedule/keeper"
)

// version is of the module's state.
const version = 1

// Module is the schedule.
type Module struct {
	appmod.Base[schedule.GenesisState, *schedule.GenesisState]
	keeper *keeper.Keeper
}

// New returns the module over its keeper.
func New(_ codec.Codec, k *keeper.Keeper) Module {
	return Module{keeper: k, Base: appmod.New(appmod.Config[schedule.GenesisState, *schedule.GenesisState]{
		Name: schedule.ModuleName, Version: version, Default: schedule.DefaultGenesis, Keeper: k,
		Interfaces: schedule.RegisterInterfaces,
		Services: func(s grpc.ServiceRegistrar) {
			schedule.RegisterQueryServer(s, keeper.NewQueryServer(k))
		},
	})}
}

// EndBlock runs what is due; whatever happens there, the block goes on.
func (m Module) EndBlock(ctx context.Context) error {
	m.keeper.EndBlock(ctx)
	return nil
}

var (
	_ appmodule.AppModule           = Module{}
	_ appmodule.HasServices         = Module{}
	_ appmodule.HasEndBlocker       = Module{}
	_ sdkmodule.AppModuleBasic      = Module{}
	_ sdkmodule.HasGenesis          = Module{}
	_ sdkmodule.HasConsensusVersion = Module{}
)
