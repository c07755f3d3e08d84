// Package module wires pledges and challenges into a ledger.
package module

import (
	"google.golang.org/grpc"

	"cosmossdk.io/core/appmodule"

	"github.com/cosmos/cosmos-sdk/codec"
	sdkmodule "github.com/cosmos/cosmos-sdk/types/module"

	"ayni.example/x/artifact"
	"ayni.example/x/artifact/keeper"
	"ayni.example/x/internal/appmod"
)

// version is of the module's state.
const version = 1

// Module is pledges and challenges.
type Module struct {
	appmod.Base[artifact.GenesisState, *artifact.GenesisState]
}

// New returns the module over its keeper.
func New(_ codec.Codec, k *keeper.Keeper) Module {
	return Module{appmod.New(appmod.Config[artifact.GenesisState, *artifact.GenesisState]{
		Name: artifact.ModuleName, Version: version, Default: artifact.DefaultGenesis, Keeper: k,
		Interfaces: artifact.RegisterInterfaces,
		Services: func(s grpc.ServiceRegistrar) {
			artifact.RegisterMsgServer(s, keeper.NewMsgServer(k))
			artifact.RegisterQueryServer(s, keeper.NewQueryServer(k))
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
