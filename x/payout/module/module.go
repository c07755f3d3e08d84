// Package module wires promises into a ledger.
package module

import (
	"google.golang.org/grpc"

	"cosmossdk.io/core/appmodule"

	"github.com/cosmos/cosmos-sdk/codec"
	sdkmodule "github.com/cosmos/cosmos-sdk/types/module"

	"ayni.example/x/internal/appmod"
	"ayni.example/x/payout"
	"ayni.example/x/payout/keeper"
)

// version is of the module's state.
const version = 1

// Module is promises.
type Module struct {
	appmod.Base[payout.GenesisState, *payout.GenesisState]
}

// New returns the module over its keeper.
func New(_ codec.Codec, k *keeper.Keeper) Module {
	return Module{appmod.New(appmod.Config[payout.GenesisState, *payout.GenesisState]{
		Name: payout.ModuleName, Version: version, Default: payout.DefaultGenesis, Keeper: k,
		Interfaces: payout.RegisterInterfaces,
		Services: func(s grpc.ServiceRegistrar) {
			payout.RegisterMsgServer(s, keeper.NewMsgServer(k))
			payout.RegisterQueryServer(s, keeper.NewQueryServer(k))
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
