// Package appmod holds the part of a ledger module that is the same for every module, so that a module's own module.go says
// only what is particular to it.
package appmod

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/grpc-ecosystem/grpc-gateway/runtime"
	"google.golang.org/grpc"

	"github.com/cosmos/cosmos-sdk/client"
	"github.com/cosmos/cosmos-sdk/codec"
	codectypes "github.com/cosmos/cosmos-sdk/codec/types"
	sdk "github.com/cosmos/cosmos-sdk/types"
	"github.com/cosmos/gogoproto/proto"
)

// Genesis is the pointer to a module's generated GenesisState.
type Genesis[G any] interface {
	*G
	proto.Message
	Validate() error
}

// Keeper is what a module's keeper does for its genesis.
type Keeper[G any] interface {
	InitGenesis(context.Context, *G) error
	ExportGenesis(context.Context) (*G, error)
}

// Config says what differs between modules.
type Config[G any, P Genesis[G]] struct {
	Name       string
	Version    uint64 // of the module's state; each migration raises it
	Default    func() P
	Keeper     Keeper[G]
	Interfaces func(codectypes.InterfaceRegistry)
	Services   func(grpc.ServiceRegistrar)
}

// Base is a whole module: names, genesis and services. A module embeds it and adds what it alone has.
type Base[G any, P Genesis[G]] struct {
	cfg Config[G, P]
}

// New returns the module that cfg describes.
func New[G any, P Genesis[G]](cfg Config[G, P]) Base[G, P] { return Base[G, P]{cfg: cfg} }

// Name is the module's name.
func (b Base[G, P]) Name() string { return b.cfg.Name }

// ConsensusVersion is the version of the module's state.
func (b Base[G, P]) ConsensusVersion() uint64 { return b.cfg.Version }

// RegisterInterfaces makes the module's messages known to a codec.
func (b Base[G, P]) RegisterInterfaces(r codectypes.InterfaceRegistry) { b.cfg.Interfaces(r) }

// RegisterServices makes the module's messages and queries answerable.
func (b Base[G, P]) RegisterServices(s grpc.ServiceRegistrar) error {
	b.cfg.Services(s)
	return nil
}

// DefaultGenesis is the state of a new ledger.
func (b Base[G, P]) DefaultGenesis(cdc codec.JSONCodec) json.RawMessage {
	return cdc.MustMarshalJSON(b.cfg.Default())
}

// ValidateGenesis checks a genesis without any state.
func (b Base[G, P]) ValidateGenesis(cdc codec.JSONCodec, _ client.TxEncodingConfig, bz json.RawMessage) error {
	state, err := b.decode(cdc, bz)
	if err == nil {
		err = state.Validate()
	}
	if err != nil {
		return fmt.Errorf("%s genesis: %w", b.cfg.Name, err)
	}
	return nil
}

// InitGenesis loads the module's state; on an error it panics, which is how a node is told not to start.
func (b Base[G, P]) InitGenesis(ctx sdk.Context, cdc codec.JSONCodec, bz json.RawMessage) {
	state, err := b.decode(cdc, bz)
	if err == nil {
		err = state.Validate()
	}
	if err == nil {
		err = b.cfg.Keeper.InitGenesis(ctx, state)
	}
	if err != nil {
		panic(fmt.Errorf("%s genesis: %w", b.cfg.Name, err))
	}
}

// ExportGenesis writes the module's state out.
func (b Base[G, P]) ExportGenesis(ctx sdk.Context, cdc codec.JSONCodec) json.RawMessage {
	state, err := b.cfg.Keeper.ExportGenesis(ctx)
	if err != nil {
		panic(fmt.Errorf("%s genesis: %w", b.cfg.Name, err))
	}
	return cdc.MustMarshalJSON(P(state))
}

func (b Base[G, P]) decode(cdc codec.JSONCodec, bz json.RawMessage) (P, error) {
	state := P(new(G))
	if err := cdc.UnmarshalJSON(bz, state); err != nil {
		return nil, err
	}
	return state, nil
}

// What the manager of modules still asks for and no module here needs.

// IsAppModule marks a module.
func (Base[G, P]) IsAppModule() {}

// IsOnePerModuleType marks a module.
func (Base[G, P]) IsOnePerModuleType() {}

// RegisterLegacyAminoCodec does nothing: there is no amino.
func (Base[G, P]) RegisterLegacyAminoCodec(*codec.LegacyAmino) {}

// RegisterGRPCGatewayRoutes does nothing: queries go over RPC.
func (Base[G, P]) RegisterGRPCGatewayRoutes(client.Context, *runtime.ServeMux) {}
