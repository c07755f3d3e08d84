package chain

import (
	"fmt"

	sdkclient "github.com/cosmos/cosmos-sdk/client"
	"github.com/cosmos/cosmos-sdk/codec"
	codectypes "github.com/cosmos/cosmos-sdk/codec/types"
	"github.com/cosmos/cosmos-sdk/std"
	authtx "github.com/cosmos/cosmos-sdk/x/auth/tx"
	txsigning "github.com/cosmos/cosmos-sdk/x/tx/signing"
	"github.com/cosmos/gogoproto/proto"

	"ayni.example/internal/ethkey"
)

// Encoding is how messages and transactions become bytes; its registry knows every message once an App was built on it.
type Encoding struct {
	Registry codectypes.InterfaceRegistry
	Codec    codec.Codec
	Tx       sdkclient.TxConfig
	Amino    *codec.LegacyAmino
}

// newEncoding knows the keys and the SDK's own types; the modules add theirs.
func newEncoding() (Encoding, error) {
	ethkey.Configure()
	registry, err := codectypes.NewInterfaceRegistryWithOptions(codectypes.InterfaceRegistryOptions{
		ProtoFiles: proto.HybridResolver,
		SigningOptions: txsigning.Options{
			AddressCodec:          ethkey.AddressCodec{},
			ValidatorAddressCodec: ethkey.AddressCodec{}, // unused, and asked for
		},
	})
	if err != nil {
		return Encoding{}, fmt.Errorf("make interface registry: %w", err)
	}
	cdc := codec.NewProtoCodec(registry)
	amino := codec.NewLegacyAmino()
	std.RegisterLegacyAminoCodec(amino)
	std.RegisterInterfaces(registry)
	ethkey.RegisterInterfaces(registry)
	return Encoding{Registry: registry, Codec: cdc, Tx: authtx.NewTxConfig(cdc, authtx.DefaultSignModes), Amino: amino}, nil
}
