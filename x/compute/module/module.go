// Package module wires the market of compute into a ledger.
package module

import (
	"google.golang.org/grpc"

	"cosmossdk.io/core/appmodule"

	"github.com/cosmos/cosmos-sdk/codec"
	sdkmodule "github.com/cosmos/cosmos-sdk/types/module"

	"ayni.example/x/compute"
	"ayni.example/x/compute/keeper"
	"ayni.example/x/internal/appmod"
)

// version is of the module's state.
const version = 1

// Module is the market of compute.
type Module struct {
	appmod.Base[compute.GenesisState, *compute.GenesisState]
}

// New returns the module over its keeper.
func New(_ codec.Codec, k *keeper.Keeper) Module {
	return Module{appmod.New(appmod.Config[compute.GenesisState, *compute.GenesisState]{
		Name: compute.ModuleName, Version: version, Default: compute.DefaultGenesis, Keeper: k,
		Interfaces: compute.RegisterInterfaces,
		Services: func(s grpc.ServiceRegistrar) {
			compute.RegisterMsgServer(s, keeper.NewMsgServer(k))
			compute.RegisterQueryServer(s, keeper.NewQueryServer(k))
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
