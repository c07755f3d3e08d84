// Package module wires the rules of fees into a ledger.
package module

import (
	"google.golang.org/grpc"

	"cosmossdk.io/core/appmodule"

	"github.com/cosmos/cosmos-sdk/codec"
	sdkmodule "github.com/cosmos/cosmos-sdk/types/module"

	"ayni.example/x/fee"
	"ayni.example/x/fee/keeper"
	"ayni.example/x/internal/appmod"
)

// version is of the module's state.
const version = 1

// Module is the rules of fees.
type Module struct {
	appmod.Base[fee.GenesisState, *fee.GenesisState]
}

// New returns the module over its keeper.
func New(_ codec.Codec, k *keeper.Keeper) Module {
	return Module{appmod.New(appmod.Config[fee.GenesisState, *fee.GenesisState]{
		Name: fee.ModuleName, Version: version, Default: fee.DefaultGenesis, Keeper: k,
		Interfaces: fee.RegisterInterfaces,
		Services: func(s grpc.ServiceRegistrar) {
			fee.RegisterMsgServer(s, keeper.NewMsgServer(k))
			fee.RegisterQueryServer(s, keeper.NewQueryServer(k))
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
