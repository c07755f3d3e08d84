package keeper

import (
	"context"
	"fmt"

	"cosmossdk.io/collections"
	"cosmossdk.io/core/address"
	"cosmossdk.io/core/store"

	"github.com/cosmos/cosmos-sdk/codec"

	"ayni.example/x/fee"
)

// Keeper is the state of fees; its fields are the schema. Transactions write the quota of their own account alone; the mark is
// written once a block, behind them.
type Keeper struct {
	Schema collections.Schema
	Params collections.Item[fee.Params]
	Mark   collections.Item[fee.Mark]
	Quotas collections.Map[[]byte, fee.Quota]

	addresses address.Codec
	accounts  Accounts
}

// New returns the keeper over its store.
func New(cdc codec.BinaryCodec, service store.KVStoreService, addresses address.Codec, accounts Accounts) (*Keeper, error) {
	b := collections.NewSchemaBuilder(service)
	k := &Keeper{
		Params: collections.NewItem(b, collections.NewPrefix(fee.ParamsPrefix), "params", codec.CollValue[fee.Params](cdc)),
		Mark:   collections.NewItem(b, collections.NewPrefix(fee.MarkPrefix), "mark", codec.CollValue[fee.Mark](cdc)),
		Quotas: collections.NewMap(b, collections.NewPrefix(fee.QuotasPrefix), "quotas", collections.BytesKey,
			codec.CollValue[fee.Quota](cdc)),
		addresses: addresses,
		accounts:  accounts,
	}
	schema, err := b.Build()
	if err != nil {
		return nil, fmt.Errorf("fee schema: %w", err)
	}
	k.Schema = schema
	return k, nil
}

// UpdateParams replaces the rules; an empty admin gives up the office for good.
func (k *Keeper) UpdateParams(ctx context.Context, next fee.Params) error {
	err := next.Validate()
	if err != nil {
		return err
	}
	if next.Admin != "" {
		if _, next.Admin, err = k.address("admin", next.Admin); err != nil {
			return err
		}
	}
	return k.Params.Set(ctx, next)
}

// address reads an account in any text form and returns its bytes and its canonical text.
func (k *Keeper) address(role, text string) ([]byte, string, error) {
	b, err := k.addresses.StringToBytes(text)
	if err != nil {
		return nil, "", fee.ErrInvalid.Wrapf("%s: %s", role, err)
	}
	canonical, err := k.addresses.BytesToString(b)
	if err != nil {
		return nil, "", fee.ErrInvalid.Wrapf("%s: %s", role, err)
	}
	return b, canonical, nil
}
