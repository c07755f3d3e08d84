// Package module wires agents into a ledger.
package module

import (
	"google.golang.org/grpc"

	"cosmossdk.io/core/appmodule"

	"github.com/cosmos/cosmos-sdk/codec"
	sdkmodule "github.com/cosmos/cosmos-sdk/types/module"

	"ayni.example/x/agent"
	"ayni.example/x/agent/keeper"
	"ayni.example/x/internal/appmod"
)

// version is of the module's state.
const version = 1

// Module is agents.
type Module struct {
	appmod.Base[agent.GenesisState, *agent.GenesisState]
}

// New returns the module over its keeper.
func New(_ codec.Codec, k *keeper.Keeper) Module {
	return Module{appmod.New(appmod.Config[agent.GenesisState, *agent.GenesisState]{
		Name: agent.ModuleName, Version: version, Default: agent.DefaultGenesis, Keeper: k,
		Interfaces: agent.RegisterInterfaces,
		Services: func(s grpc.ServiceRegistrar) {
			agent.RegisterMsgServer(s, keeper.NewMsgServer(k))
			agent.RegisterQueryServer(s, keeper.NewQueryServer(k))
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
