// Package module wires models and verified values into a ledger.
package module

import (
	"google.golang.org/grpc"

	"cosmossdk.io/core/appmodule"

	"github.com/cosmos/cosmos-sdk/codec"
	sdkmodule "github.com/cosmos/cosmos-sdk/types/module"

	"ayni.example/x/internal/appmod"
	"ayni.example/x/zkml"
	"ayni.example/x/zkml/keeper"
)

// version is of the module's state.
const version = 1

// Module is models and verified values.
type Module struct {
	appmod.Base[zkml.GenesisState, *zkml.GenesisState]
}

// New returns the module over its keeper.
func New(_ codec.Codec, k *keeper.Keeper) Module {
	return Module{appmod.New(appmod.Config[zkml.GenesisState, *zkml.GenesisState]{
		Name: zkml.ModuleName, Version: version, Default: zkml.DefaultGenesis, Keeper: k,
		Interfaces: zkml.RegisterInterfaces,
		Services: func(s grpc.ServiceRegistrar) {
			zkml.RegisterMsgServer(s, keeper.NewMsgServer(k))
			zkml.RegisterQueryServer(s, keeper.NewQueryServer(k))
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
