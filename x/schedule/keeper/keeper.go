package keeper

import (
	"context"
	"fmt"

	"cosmossdk.io/collections"
	"cosmossdk.io/core/store"

	"github.com/cosmos/cosmos-sdk/codec"

	"ayni.example/x/schedule"
)

// id is an item's kind and name.
type id = collections.Pair[string, []byte]

// place is where an item stands in a queue: its height or time, then its kind and name.
type place = collections.Triple[int64, string, []byte]

// Keeper is the schedule; its fields are the schema. An item stands in one queue: Waiting by height until that is reached,
// then Ripe by time. No key is shared between items, so that transactions which schedule do not touch each other's.
type Keeper struct {
	Schema  collections.Schema
	Params  collections.Item[schedule.Params]
	Items   collections.Map[id, schedule.Item]
	Waiting collections.KeySet[place]
	Ripe    collections.KeySet[place]
	Clock   collections.Item[schedule.Clock]

	kinds map[string]schedule.Kind
}

// New returns the keeper over its store; each module that schedules then calls Register.
func New(cdc codec.BinaryCodec, service store.KVStoreService) (*Keeper, error) {
	b := collections.NewSchemaBuilder(service)
	places := collections.TripleKeyCodec(collections.Int64Key, collections.StringKey, collections.BytesKey)
	k := &Keeper{
		Params: collections.NewItem(b, collections.NewPrefix(schedule.ParamsPrefix), "params",
			codec.CollValue[schedule.Params](cdc)),
		Items: collections.NewMap(b, collections.NewPrefix(schedule.ItemsPrefix), "items",
			collections.PairKeyCodec(collections.StringKey, collections.BytesKey), codec.CollValue[schedule.Item](cdc)),
		Waiting: collections.NewKeySet(b, collections.NewPrefix(schedule.WaitingPrefix), "waiting", places),
		Ripe:    collections.NewKeySet(b, collections.NewPrefix(schedule.RipePrefix), "ripe", places),
		Clock: collections.NewItem(b, collections.NewPrefix(schedule.ClockPrefix), "clock",
			codec.CollValue[schedule.Clock](cdc)),
		kinds: map[string]schedule.Kind{},
	}
	schema, err := b.Build()
	if err != nil {
		return nil, fmt.Errorf("schedule schema: %w", err)
	}
	k.Schema = schema
	return k, nil
}

// Register makes a kind of work known, once, before the first block.
func (k *Keeper) Register(kind schedule.Kind) error {
	if err := kind.Validate(); err != nil {
		return err
	}
	if _, twice := k.kinds[kind.Name]; twice {
		return schedule.ErrInvalid.Wrapf("kind %s is registered twice", kind.Name)
	}
	k.kinds[kind.Name] = kind
	return nil
}

// put stores an item and its place in the queue.
func (k *Keeper) put(ctx context.Context, i schedule.Item) error {
	if err := k.Items.Set(ctx, collections.Join(i.Kind, i.Name), i); err != nil {
		return err
	}
	queue, at := k.queue(i)
	return queue.Set(ctx, at)
}

// drop removes what put stored.
func (k *Keeper) drop(ctx context.Context, i schedule.Item) error {
	if err := k.Items.Remove(ctx, collections.Join(i.Kind, i.Name)); err != nil {
		return err
	}
	queue, at := k.queue(i)
	return queue.Remove(ctx, at)
}

// queue is the one that an item stands in, and its place there.
func (k *Keeper) queue(i schedule.Item) (collections.KeySet[place], place) {
	if i.Ripe {
		return k.Ripe, collections.Join3(i.Time, i.Kind, i.Name)
	}
	return k.Waiting, collections.Join3(i.Height, i.Kind, i.Name)
}
