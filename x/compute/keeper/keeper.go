package keeper

import (
	"context"
	"fmt"

	"cosmossdk.io/collections"
	"cosmossdk.io/core/address"
	"cosmossdk.io/core/store"

	"github.com/cosmos/cosmos-sdk/codec"

	"ayni.example/x/compute"
	"ayni.example/x/schedule"
)

// Names of entries: an order and a number, an account and something of its own.
type (
	numbered = collections.Pair[[]byte, uint64]
	owned    = collections.Pair[[]byte, []byte]
	placed   = collections.Pair[int64, []byte]            // height, order
	window   = collections.Triple[int64, uint64, []byte]  // height, shard, order
	closed   = collections.Triple[[]byte, int64, uint64]  // tenant, height, number
	review   = collections.Triple[[]byte, int64, uint64]  // order, time of delivery, task
	tasks    = collections.Map[numbered, compute.Task]    // order, index
	segments = collections.Map[numbered, compute.Segment] // order, index
)

// Keeper is the state of the market; its fields are the schema. No key is shared between orders, or between providers.
type Keeper struct {
	Schema   collections.Schema
	Params   collections.Item[compute.Params]
	Hosts    collections.Map[[]byte, compute.Host]
	Orders   collections.Map[[]byte, compute.Order]
	Books    collections.Map[[]byte, compute.Book]
	Leases   collections.Map[[]byte, compute.Lease]
	Tasks    tasks
	Segments segments
	Tenants  collections.Map[[]byte, compute.Tenant]

	// Open finds open orders, the longest open first; ByTenant a tenant's by number; Closed its closed ones, the first closed first.
	Open     collections.KeySet[placed]
	ByTenant collections.KeySet[numbered]
	Closed   collections.KeySet[closed]
	// Windows finds orders by the end of their window of bids.
	Windows collections.KeySet[window]
	// ByProvider finds a provider's leases that are not closed; Reviews the results that wait, the first delivered first.
	ByProvider collections.KeySet[owned]
	Reviews    collections.KeySet[review]

	addresses address.Codec
	bank      Bank
	providers Providers
	schedule  Scheduler
	referee   Referee
	assets    Assets // none before the release that has them
	authority string
}

// SetAssets holds trainings to the terms of what they train on.
func (k *Keeper) SetAssets(a Assets) { k.assets = a }

// Config is what a Keeper needs. The bank must know the module account compute.ModuleName.
type Config struct {
	Codec     codec.BinaryCodec
	Store     store.KVStoreService
	Addresses address.Codec
	Bank      Bank
	Providers Providers
	Schedule  Scheduler
	Referee   Referee
	Authority string // account that may change the parameters
}

// New returns the keeper over its store; its Kinds are to be registered with the schedule and its Segment kind with the referee.
func New(cfg Config) (*Keeper, error) {
	b := collections.NewSchemaBuilder(cfg.Store)
	pair := collections.PairKeyCodec(collections.BytesKey, collections.Uint64Key)
	triple := collections.TripleKeyCodec(collections.BytesKey, collections.Int64Key, collections.Uint64Key)
	at := collections.NewPrefix[int]
	k := &Keeper{
		Params:   collections.NewItem(b, at(compute.ParamsPrefix), "params", codec.CollValue[compute.Params](cfg.Codec)),
		Hosts:    collections.NewMap(b, at(compute.HostsPrefix), "hosts", collections.BytesKey, codec.CollValue[compute.Host](cfg.Codec)),
		Orders:   collections.NewMap(b, at(compute.OrdersPrefix), "orders", collections.BytesKey, codec.CollValue[compute.Order](cfg.Codec)),
		Books:    collections.NewMap(b, at(compute.BooksPrefix), "books", collections.BytesKey, codec.CollValue[compute.Book](cfg.Codec)),
		Leases:   collections.NewMap(b, at(compute.LeasesPrefix), "leases", collections.BytesKey, codec.CollValue[compute.Lease](cfg.Codec)),
		Tasks:    collections.NewMap(b, at(compute.TasksPrefix), "tasks", pair, codec.CollValue[compute.Task](cfg.Codec)),
		Segments: collections.NewMap(b, at(compute.SegmentsPrefix), "segments", pair, codec.CollValue[compute.Segment](cfg.Codec)),
		Tenants:  collections.NewMap(b, at(compute.TenantsPrefix), "tenants", collections.BytesKey, codec.CollValue[compute.Tenant](cfg.Codec)),
		Open: collections.NewKeySet(b, at(compute.OpenPrefix), "open",
			collections.PairKeyCodec(collections.Int64Key, collections.BytesKey)),
		ByTenant: collections.NewKeySet(b, at(compute.ByTenantPrefix), "by_tenant", pair),
		Closed:   collections.NewKeySet(b, at(compute.ClosedPrefix), "closed", triple),
		Windows: collections.NewKeySet(b, at(compute.WindowsPrefix), "windows",
			collections.TripleKeyCodec(collections.Int64Key, collections.Uint64Key, collections.BytesKey)),
		ByProvider: collections.NewKeySet(b, at(compute.ByProviderPrefix), "by_provider",
			collections.PairKeyCodec(collections.BytesKey, collections.BytesKey)),
		Reviews:   collections.NewKeySet(b, at(compute.ReviewsPrefix), "reviews", triple),
		addresses: cfg.Addresses, bank: cfg.Bank, providers: cfg.Providers, schedule: cfg.Schedule, referee: cfg.Referee,
		authority: cfg.Authority,
	}
	schema, err := b.Build()
	if err != nil {
		return nil, fmt.Errorf("compute schema: %w", err)
	}
	k.Schema = schema
	return k, nil
}

// Kinds are the work for the schedule: ends of windows of bids, and leases whose provider should have given a sign.
func (k *Keeper) Kinds() []schedule.Kind {
	return []schedule.Kind{
		{Name: compute.KindMatch, Gas: matchesGas, Attempts: attempts, Run: k.matchDue},
		{Name: compute.KindLease, Gas: leaseGas, Attempts: attempts, Grace: true, Run: k.leaseDue},
	}
}

// address reads an account in any text form and returns its bytes and its canonical text.
func (k *Keeper) address(role, text string) ([]byte, string, error) {
	b, err := k.addresses.StringToBytes(text)
	if err != nil {
		return nil, "", compute.ErrInvalid.Wrapf("%s: %s", role, err)
	}
	canonical, err := k.addresses.BytesToString(b)
	if err != nil {
		return nil, "", compute.ErrInvalid.Wrapf("%s: %s", role, err)
	}
	return b, canonical, nil
}

// person is address for an account that money may be sent to.
func (k *Keeper) person(role, text string) ([]byte, string, error) {
	b, canonical, err := k.address(role, text)
	if err == nil && k.bank.BlockedAddr(b) {
		err = compute.ErrInvalid.Wrapf("%s is a module's account: money could not leave it again", role)
	}
	return b, canonical, err
}

// order is one that must be there.
func (k *Keeper) order(ctx context.Context, id []byte) (compute.Order, error) {
	o, err := k.Orders.Get(ctx, id)
	return o, found(err, "order", id)
}

// lease is one that must be there.
func (k *Keeper) lease(ctx context.Context, id []byte) (compute.Lease, error) {
	l, err := k.Leases.Get(ctx, id)
	return l, found(err, "lease", id)
}
