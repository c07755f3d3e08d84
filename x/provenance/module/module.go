// Package module wires provenance into a ledger.
package module

import (
	"google.golang.org/grpc"

	"cosmossdk.io/core/appmodule"

	"github.com/cosmos/cosmos-sdk/codec"
	sdkmodule "github.com/cosmos/cosmos-sdk/types/module"

	"ayni.example/x/internal/appmod"
	"ayni.example/x/provenance"
	"ayni.example/x/provenance/keeper"
)

// version is of the module's state.
const version = 1

// Module is assets, edges and royalties.
type Module struct {
	appmod.Base[provenance.GenesisState, *provenance.GenesisState]
}

// New returns the module over its keeper.
func New(_ codec.Codec, k *keeper.Keeper) Module {
	return Module{appmod.New(appmod.Config[provenance.GenesisState, *provenance.GenesisState]{
		Name: provenance.ModuleName, Version: version, Default: provenance.DefaultGenesis, Keeper: k,
		Interfaces: provenance.RegisterInterfaces,
		Services: func(s grpc.ServiceRegistrar) {
			provenance.RegisterMsgServer(s, keeper.NewMsgServer(k))
			provenance.RegisterQueryServer(s, keeper.NewQueryServer(k))
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
