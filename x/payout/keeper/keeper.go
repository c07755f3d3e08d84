package keeper

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"

	"cosmossdk.io/collections"
	"cosmossdk.io/core/address"
	"cosmossdk.io/core/store"

	"github.com/cosmos/cosmos-sdk/codec"
	sdk "github.com/cosmos/cosmos-sdk/types"

	"ayni.example/x/payout"
	"ayni.example/x/schedule"
)

const (
	// returnGas is what the end of one promise may use: two balances and an entry.
	returnGas = 200_000
	attempts  = 3
)

// name is a promise's: payer and number.
type name = collections.Pair[[]byte, uint64]

// Keeper is the state of promises; its fields are the schema.
type Keeper struct {
	Schema   collections.Schema
	Params   collections.Item[payout.Params]
	Promises collections.Map[name, payout.Promise]

	addresses address.Codec
	bank      Bank
	values    Values
	schedule  Scheduler
	authority string
}

// Config is what a Keeper needs. The bank must know the module account payout.ModuleName.
type Config struct {
	Codec     codec.BinaryCodec
	Store     store.KVStoreService
	Addresses address.Codec
	Bank      Bank
	Values    Values
	Schedule  Scheduler
	Authority string // account that may change the parameters
}

// New returns the keeper over its store; its Kind is to be registered with the schedule.
func New(cfg Config) (*Keeper, error) {
	b := collections.NewSchemaBuilder(cfg.Store)
	k := &Keeper{
		Params: collections.NewItem(b, collections.NewPrefix(payout.ParamsPrefix), "params", codec.CollValue[payout.Params](cfg.Codec)),
		Promises: collections.NewMap(b, collections.NewPrefix(payout.PromisesPrefix), "promises",
			collections.PairKeyCodec(collections.BytesKey, collections.Uint64Key), codec.CollValue[payout.Promise](cfg.Codec)),
		addresses: cfg.Addresses, bank: cfg.Bank, values: cfg.Values, schedule: cfg.Schedule, authority: cfg.Authority,
	}
	schema, err := b.Build()
	if err != nil {
		return nil, fmt.Errorf("payout schema: %w", err)
	}
	k.Schema = schema
	return k, nil
}

// Kind is the work for the schedule when a promise's time is over.
func (k *Keeper) Kind() schedule.Kind {
	return schedule.Kind{Name: payout.KindReturn, Gas: returnGas, Attempts: attempts, Grace: true, Run: k.end}
}

func (k *Keeper) promise(ctx context.Context, payer []byte, number uint64) (payout.Promise, error) {
	p, err := k.Promises.Get(ctx, collections.Join(payer, number))
	if errors.Is(err, collections.ErrNotFound) {
		return p, payout.ErrNotFound.Wrapf("promise %d", number)
	}
	return p, err
}

// address reads an account in any text form and returns its bytes and its canonical text.
func (k *Keeper) address(role, text string) ([]byte, string, error) {
	b, err := k.addresses.StringToBytes(text)
	if err != nil {
		return nil, "", payout.ErrInvalid.Wrapf("%s: %s", role, err)
	}
	canonical, err := k.addresses.BytesToString(b)
	if err != nil {
		return nil, "", payout.ErrInvalid.Wrapf("%s: %s", role, err)
	}
	return b, canonical, nil
}

// itemName is a promise's in the schedule.
func itemName(payer []byte, number uint64) []byte {
	return binary.BigEndian.AppendUint64(append([]byte{}, payer...), number)
}

func emit(ctx context.Context, event interface {
	Reset()
	String() string
	ProtoMessage()
},
) error {
	return sdk.UnwrapSDKContext(ctx).EventManager().EmitTypedEvent(event)
}
