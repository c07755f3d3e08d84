// Package module wires the register of models and offers into a ledger.
package module

import (
	"google.golang.org/grpc"

	"cosmossdk.io/core/appmodule"

	"github.com/cosmos/cosmos-sdk/codec"
	sdkmodule "github.com/cosmos/cosmos-sdk/types/module"

	"ayni.example/x/inference"
	"ayni.example/x/inference/keeper"
	"ayni.example/x/internal/appmod"
)

// version is of the module's state.
const version = 1

// Module is the register of models and offers.
type Module struct {
	appmod.Base[inference.GenesisState, *inference.GenesisState]
}

// New returns the module over its keeper.
func New(_ codec.Codec, k *keeper.Keeper) Module {
	return Module{appmod.New(appmod.Config[inference.GenesisState, *inference.GenesisState]{
		Name: inference.ModuleName, Version: version, Default: inference.DefaultGenesis, Keeper: k,
		Interfaces: inference.RegisterInterfaces,
		Services: func(s grpc.ServiceRegistrar) {
			inference.RegisterMsgServer(s, keeper.NewMsgServer(k))
			inference.RegisterQueryServer(s, keeper.NewQueryServer(k))
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
