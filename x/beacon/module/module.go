// Package module wires the beacon into a ledger.
package module

import (
	"google.golang.org/grpc"

	"cosmossdk.io/core/appmodule"

	"github.com/cosmos/cosmos-sdk/codec"
	sdkmodule "github.com/cosmos/cosmos-sdk/types/module"

	"ayni.example/x/beacon"
	"ayni.example/x/beacon/keeper"
	"ayni.example/x/internal/appmod"
)

// version is of the module's state.
const version = 1

// Module is the beacon.
type Module struct {
	appmod.Base[beacon.GenesisState, *beacon.GenesisState]
}

// New returns the module over its keeper. What it does in each block needs the block's first entry, so the ledger calls it.
func New(_ codec.Codec, k *keeper.Keeper) Module {
	return Module{appmod.New(appmod.Config[beacon.GenesisState, *beacon.GenesisState]{
		Name: beacon.ModuleName, Version: version, Default: beacon.DefaultGenesis, Keeper: k,
		Interfaces: beacon.RegisterInterfaces,
		Services: func(s grpc.ServiceRegistrar) {
			beacon.RegisterMsgServer(s, keeper.NewMsgServer(k))
			beacon.RegisterQueryServer(s, keeper.NewQueryServer(k))
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
