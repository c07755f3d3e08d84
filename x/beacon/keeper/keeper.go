package keeper

import (
	"context"
	"errors"
	"fmt"

	"cosmossdk.io/collections"
	"cosmossdk.io/core/address"
	"cosmossdk.io/core/store"

	"github.com/cosmos/cosmos-sdk/codec"
	sdk "github.com/cosmos/cosmos-sdk/types"

	"ayni.example/x/beacon"
	"ayni.example/x/schedule"
)

// windowGas is for the end of a window with as many entrants as there may be, all of them missing.
const windowGas = 5_000_000

// Keeper is the beacon; its fields are the schema. What every message might touch, it reads and does not write, but for
// Wanted, which is written without being read.
type Keeper struct {
	Schema collections.Schema
	Params collections.Item[beacon.Params]
	Seats  collections.Map[[]byte, beacon.Seat]
	// Last is the number of the round that opened last, Seed the last output that is not empty, Wanted whether the next round
	// was asked for, Awake the last block in which an open round asked for the next block at once.
	Last   collections.Item[uint64]
	Seed   collections.Item[[]byte]
	Wanted collections.Item[bool]
	Awake  collections.Item[int64]
	// Rounds are kept with their proofs for a while, Outputs longer, Withholdings as long as their rounds.
	Rounds       collections.Map[uint64, beacon.Round]
	Outputs      collections.Map[uint64, []byte]
	Withholdings collections.Map[collections.Pair[[]byte, uint64], beacon.Withholding]

	addresses address.Codec
	authority string
	council   Council
	scheduler Scheduler
}

// New returns the keeper over its store; authority may change the parameters. Kind is then to be registered with the scheduler.
func New(
	cdc codec.BinaryCodec, service store.KVStoreService, addresses address.Codec, authority string, council Council,
	scheduler Scheduler,
) (*Keeper, error) {
	b := collections.NewSchemaBuilder(service)
	k := &Keeper{
		Params: collections.NewItem(b, collections.NewPrefix(beacon.ParamsPrefix), "params", codec.CollValue[beacon.Params](cdc)),
		Seats: collections.NewMap(b, collections.NewPrefix(beacon.SeatsPrefix), "seats", collections.BytesKey,
			codec.CollValue[beacon.Seat](cdc)),
		Last:   collections.NewItem(b, collections.NewPrefix(beacon.LastPrefix), "last", collections.Uint64Value),
		Seed:   collections.NewItem(b, collections.NewPrefix(beacon.SeedPrefix), "seed", collections.BytesValue),
		Wanted: collections.NewItem(b, collections.NewPrefix(beacon.WantedPrefix), "wanted", collections.BoolValue),
		Awake:  collections.NewItem(b, collections.NewPrefix(beacon.AwakePrefix), "awake", collections.Int64Value),
		Rounds: collections.NewMap(b, collections.NewPrefix(beacon.RoundsPrefix), "rounds", collections.Uint64Key,
			codec.CollValue[beacon.Round](cdc)),
		Outputs: collections.NewMap(b, collections.NewPrefix(beacon.OutputsPrefix), "outputs", collections.Uint64Key,
			collections.BytesValue),
		Withholdings: collections.NewMap(b, collections.NewPrefix(beacon.WithholdingsPrefix), "withholdings",
			collections.PairKeyCodec(collections.BytesKey, collections.Uint64Key), codec.CollValue[beacon.Withholding](cdc)),
		addresses: addresses, authority: authority, council: council, scheduler: scheduler,
	}
	schema, err := b.Build()
	if err != nil {
		return nil, fmt.Errorf("beacon schema: %w", err)
	}
	k.Schema = schema
	return k, nil
}

// Kind is the scheduled work of the beacon.
func (k *Keeper) Kind() schedule.Kind {
	return schedule.Kind{
		Name: beacon.WindowKind, Gas: windowGas, Attempts: 10, Grace: true,
		Run: func(ctx context.Context, due schedule.Due) error { return k.endWindow(sdk.UnwrapSDKContext(ctx), due) }, //nolint:contextcheck // the same context
	}
}

// current is the round that opened last, or none.
func (k *Keeper) current(ctx context.Context) (beacon.Round, error) {
	last, err := orZero(k.Last.Get(ctx))
	if err != nil || last == 0 {
		return beacon.Round{ClosedHeight: 1}, err
	}
	return k.Rounds.Get(ctx, last)
}

// address reads an account in any text form and returns its bytes and its canonical text.
func (k *Keeper) address(role, text string) ([]byte, string, error) {
	b, err := k.addresses.StringToBytes(text)
	if err != nil {
		return nil, "", beacon.ErrInvalid.Wrapf("%s: %s", role, err)
	}
	canonical, err := k.addresses.BytesToString(b)
	if err != nil {
		return nil, "", beacon.ErrInvalid.Wrapf("%s: %s", role, err)
	}
	return b, canonical, nil
}

// orZero takes a value that is not there for none.
func orZero[V any](value V, err error) (V, error) {
	if errors.Is(err, collections.ErrNotFound) {
		return value, nil
	}
	return value, err
}
