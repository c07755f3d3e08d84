// Package module wires claims and disputes into a ledger.
package module

import (
	"google.golang.org/grpc"

	"cosmossdk.io/core/appmodule"

	"github.com/cosmos/cosmos-sdk/codec"
	sdkmodule "github.com/cosmos/cosmos-sdk/types/module"

	"ayni.example/x/internal/appmod"
	"ayni.example/x/referee"
	"ayni.example/x/referee/keeper"
)

// version is of the module's state.
const version = 1

// Module is claims and disputes.
type Module struct {
	appmod.Base[referee.GenesisState, *referee.GenesisState]
}

// New returns the module over its keeper.
func New(_ codec.Codec, k *keeper.Keeper) Module {
	return Module{appmod.New(appmod.Config[referee.GenesisState, *referee.GenesisState]{
		Name: referee.ModuleName, Version: version, Default: referee.DefaultGenesis, Keeper: k,
		Interfaces: referee.RegisterInterfaces,
		Services: func(s grpc.ServiceRegistrar) {
			referee.RegisterMsgServer(s, keeper.NewMsgServer(k))
			referee.RegisterQueryServer(s, keeper.NewQueryServer(k))
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
