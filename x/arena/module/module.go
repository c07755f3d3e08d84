// Package module wires arenas into a ledger.
package module

import (
	"google.golang.org/grpc"

	"cosmossdk.io/core/appmodule"

	"github.com/cosmos/cosmos-sdk/codec"
	sdkmodule "github.com/cosmos/cosmos-sdk/types/module"

	"ayni.example/x/arena"
	"ayni.example/x/arena/keeper"
	"ayni.example/x/internal/appmod"
)

// version is of the module's state.
const version = 1

// Module is arenas.
type Module struct {
	appmod.Base[arena.GenesisState, *arena.GenesisState]
}

// New returns the module over its keeper.
func New(_ codec.Codec, k *keeper.Keeper) Module {
	return Module{appmod.New(appmod.Config[arena.GenesisState, *arena.GenesisState]{
		Name: arena.ModuleName, Version: version, Default: arena.DefaultGenesis, Keeper: k,
		Interfaces: arena.RegisterInterfaces,
		Services: func(s grpc.ServiceRegistrar) {
			arena.RegisterMsgServer(s, keeper.NewMsgServer(k))
			arena.RegisterQueryServer(s, keeper.NewQueryServer(k))
		},
	})}
}

var (
	_ appmodule.AppModule           = Module{}
	_ appmodule.HasServices         = Module{}
	_ sdkmodule.AppModuleBasic      = Module{}
	_ sdkmodule.HasGenesis          = Module{}
	_ sdkmodule.HasConsensusVersion = Module{}
)
