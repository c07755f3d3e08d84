// Package module wires credit into a ledger.
package module

import (
	"google.golang.org/grpc"

	"cosmossdk.io/core/appmodule"

	"github.com/cosmos/cosmos-sdk/codec"
	sdkmodule "github.com/cosmos/cosmos-sdk/types/module"

	"ayni.example/x/credit"
	"ayni.example/x/credit/keeper"
	"ayni.example/x/internal/appmod"
)

// version is of the module's state.
const version = 1

// Module is credit.
type Module struct {
	appmod.Base[credit.GenesisState, *credit.GenesisState]
}

// New returns the module over its keeper.
func New(_ codec.Codec, k *keeper.Keeper) Module {
	return Module{appmod.New(appmod.Config[credit.GenesisState, *credit.GenesisState]{
		Name: credit.ModuleName, Version: version, Default: credit.DefaultGenesis, Keeper: k,
		Interfaces: credit.RegisterInterfaces,
		Services: func(s grpc.ServiceRegistrar) {
			credit.RegisterMsgServer(s, keeper.NewMsgServer(k))
			credit.RegisterQueryServer(s, keeper.NewQueryServer(k))
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
