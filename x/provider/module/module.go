// Package module wires the register of providers into a ledger.
package module

import (
	"google.golang.org/grpc"

	"cosmossdk.io/core/appmodule"

	"github.com/cosmos/cosmos-sdk/codec"
	sdkmodule "github.com/cosmos/cosmos-sdk/types/module"

	"ayni.example/x/internal/appmod"
	"ayni.example/x/provider"
	"ayni.example/x/provider/keeper"
)

// version is of the module's state.
const version = 1

// Module is the register of providers.
type Module struct {
	appmod.Base[provider.GenesisState, *provider.GenesisState]
}

// New returns the module over its keeper.
func New(_ codec.Codec, k *keeper.Keeper) Module {
	return Module{appmod.New(appmod.Config[provider.GenesisState, *provider.GenesisState]{
		Name: provider.ModuleName, Version: version, Default: provider.DefaultGenesis, Keeper: k,
		Interfaces: provider.RegisterInterfaces,
		Services: func(s grpc.ServiceRegistrar) {
			provider.RegisterMsgServer(s, keeper.NewMsgServer(k))
			provider.RegisterQueryServer(s, keeper.NewQueryServer(k))
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
