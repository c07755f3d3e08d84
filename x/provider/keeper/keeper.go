package keeper

import (
	"fmt"

	"cosmossdk.io/collections"
	"cosmossdk.io/core/address"
	"cosmossdk.io/core/store"

	"github.com/cosmos/cosmos-sdk/codec"

	"ayni.example/x/provider"
)

// Keeper is the register of providers; its fields are the schema. Addresses are keys as bytes and values as canonical text.
type Keeper struct {
	Schema    collections.Schema
	Params    collections.Item[provider.Params]
	Providers collections.Map[[]byte, provider.Provider]
	// ReceiptKeys and Peers find a provider by a key, present or retired, and by its peer id; both are unique.
	ReceiptKeys collections.Map[[]byte, []byte]
	Peers       collections.Map[string, []byte]

	addresses address.Codec
	bank      Bank
	hooks     Hooks
}

// New returns the keeper over its store. The bank must know the module account provider.ModuleName.
func New(cdc codec.BinaryCodec, service store.KVStoreService, addresses address.Codec, bank Bank) (*Keeper, error) {
	b := collections.NewSchemaBuilder(service)
	k := &Keeper{
		Params: collections.NewItem(b, collections.NewPrefix(provider.ParamsPrefix), "params",
			codec.CollValue[provider.Params](cdc)),
		Providers: collections.NewMap(b, collections.NewPrefix(provider.ProvidersPrefix), "providers",
			collections.BytesKey, codec.CollValue[provider.Provider](cdc)),
		ReceiptKeys: collections.NewMap(b, collections.NewPrefix(provider.ReceiptKeysPrefix), "receipt_keys",
			collections.BytesKey, collections.BytesValue),
		Peers: collections.NewMap(b, collections.NewPrefix(provider.PeersPrefix), "peers",
			collections.StringKey, collections.BytesValue),
		addresses: addresses,
		bank:      bank,
	}
	schema, err := b.Build()
	if err != nil {
		return nil, fmt.Errorf("provider schema: %w", err)
	}
	k.Schema = schema
	return k, nil
}

// SetHooks sets, once, what follows a withdrawal: the modules that refer to providers are built after this one.
func (k *Keeper) SetHooks(hooks Hooks) error {
	if k.hooks != nil {
		return fmt.Errorf("provider hooks are set twice")
	}
	k.hooks = hooks
	return nil
}

// address reads an account in any text form and returns its bytes and its canonical text.
func (k *Keeper) address(role, text string) ([]byte, string, error) {
	b, err := k.addresses.StringToBytes(text)
	if err != nil {
		return nil, "", provider.ErrInvalid.Wrapf("%s: %s", role, err)
	}
	canonical, err := k.addresses.BytesToString(b)
	if err != nil {
		return nil, "", provider.ErrInvalid.Wrapf("%s: %s", role, err)
	}
	return b, canonical, nil
}
