package keeper

import (
	"context"
	"errors"
	"fmt"

	"cosmossdk.io/collections"
	"cosmossdk.io/core/address"
	"cosmossdk.io/core/store"

	"github.com/cosmos/cosmos-sdk/codec"
	"github.com/cosmos/gogoproto/proto"

	"ayni.example/x/agent"
	"ayni.example/x/schedule"
)

type (
	// pair is of an agent and an account, a payment, a proof; or of an account and an agent.
	pair = collections.Pair[[]byte, []byte]
	// place is of an agent and a number.
	place = collections.Pair[[]byte, uint64]
)

// Keeper is the state of agents; its fields are the schema. Addresses are keys as bytes and values as canonical text.
type Keeper struct {
	Schema       collections.Schema
	Params       collections.Item[agent.Params]
	Agents       collections.Map[[]byte, agent.Agent]
	Charters     collections.Map[[]byte, agent.Charter]
	Spent        collections.Map[[]byte, agent.Spent]
	Queue        collections.Map[place, agent.Wake]
	Leases       collections.Map[[]byte, agent.Lease]
	Log          collections.Map[place, agent.Entry]
	Waiting      collections.Map[place, agent.Waiting]
	Reservations collections.Map[pair, agent.Reservation]
	Payees       collections.Map[pair, agent.Payee]
	Changes      collections.Map[place, agent.Change]
	Proofs       collections.KeySet[pair]
	Hosts        collections.Map[[]byte, agent.Host]
	Owners       collections.KeySet[pair]        // owner, agent
	Treasuries   collections.Map[[]byte, []byte] // account to agent
	Duties       collections.KeySet[pair]        // host, agent; no host: anybody's

	addresses address.Codec
	bank      Bank
	beacon    Beacon
	providers Providers
	values    Values
	schedule  Scheduler
	fees      string
	authority string
}

// Config is what a Keeper needs. The bank must know the module account agent.ModuleName.
type Config struct {
	Codec     codec.BinaryCodec
	Store     store.KVStoreService
	Addresses address.Codec
	Bank      Bank
	Beacon    Beacon
	Providers Providers
	Values    Values
	Schedule  Scheduler
	Fees      string // module account that gets the fee of each wake-up
	Authority string // account that may change the parameters
}

// New returns the keeper over its store; its Kinds are to be registered with the schedule.
func New(cfg Config) (*Keeper, error) {
	b := collections.NewSchemaBuilder(cfg.Store)
	pairs := collections.PairKeyCodec(collections.BytesKey, collections.BytesKey)
	set := func(prefix int, name string) collections.KeySet[pair] {
		return collections.NewKeySet(b, collections.NewPrefix(prefix), name, pairs)
	}
	k := &Keeper{
		Params:       collections.NewItem(b, collections.NewPrefix(agent.ParamsPrefix), "params", codec.CollValue[agent.Params](cfg.Codec)),
		Agents:       byID[agent.Agent](b, cfg, agent.AgentsPrefix, "agents"),
		Charters:     byID[agent.Charter](b, cfg, agent.ChartersPrefix, "charters"),
		Spent:        byID[agent.Spent](b, cfg, agent.SpentPrefix, "spent"),
		Queue:        byNumber[agent.Wake](b, cfg, agent.QueuePrefix, "queue"),
		Leases:       byID[agent.Lease](b, cfg, agent.LeasesPrefix, "leases"),
		Log:          byNumber[agent.Entry](b, cfg, agent.LogPrefix, "log"),
		Waiting:      byNumber[agent.Waiting](b, cfg, agent.WaitingPrefix, "waiting"),
		Reservations: byPair[agent.Reservation](b, cfg, agent.ReservationsPrefix, "reservations"),
		Payees:       byPair[agent.Payee](b, cfg, agent.PayeesPrefix, "payees"),
		Changes:      byNumber[agent.Change](b, cfg, agent.ChangesPrefix, "changes"),
		Proofs:       set(agent.ProofsPrefix, "proofs"),
		Hosts:        byID[agent.Host](b, cfg, agent.HostsPrefix, "hosts"),
		Owners:       set(agent.OwnersPrefix, "owners"),
		Treasuries: collections.NewMap(b, collections.NewPrefix(agent.TreasuriesPrefix), "treasuries",
			collections.BytesKey, collections.BytesValue),
		Duties:    set(agent.DutiesPrefix, "duties"),
		addresses: cfg.Addresses, bank: cfg.Bank, beacon: cfg.Beacon, providers: cfg.Providers, values: cfg.Values, schedule: cfg.Schedule,
		fees: cfg.Fees, authority: cfg.Authority,
	}
	schema, err := b.Build()
	if err != nil {
		return nil, fmt.Errorf("agent schema: %w", err)
	}
	k.Schema = schema
	return k, nil
}

// The most gas that scheduled work of a kind uses, and how often it is tried.
const (
	tickGas   = 700_000
	wakeGas   = 1_000_000
	smallGas  = 400_000
	changeGas = 2_000_000
	attempts  = 3
)

// Kinds are the work for the schedule.
func (k *Keeper) Kinds() []schedule.Kind {
	return []schedule.Kind{
		{Name: agent.KindTick, Gas: tickGas, Attempts: attempts, Run: k.tick},
		{Name: agent.KindWake, Gas: wakeGas, Attempts: attempts, Grace: true, Run: k.step},
		{Name: agent.KindReserve, Gas: smallGas, Attempts: attempts, Grace: true, Run: k.endReservation},
		{Name: agent.KindWaiting, Gas: smallGas, Attempts: attempts, Grace: true, Run: k.endWaiting},
		{Name: agent.KindChange, Gas: changeGas, Attempts: attempts, Grace: true, Run: k.endChange},
	}
}

// message is a pointer to a generated value.
type message[V any] interface {
	*V
	codec.ProtoMarshaler //nolint:staticcheck // what codec.CollValue itself asks for
	proto.Message
}

func byID[V any, P message[V]](b *collections.SchemaBuilder, cfg Config, prefix int, name string) collections.Map[[]byte, V] {
	return collections.NewMap(b, collections.NewPrefix(prefix), name, collections.BytesKey, codec.CollValue[V, P](cfg.Codec))
}

func byNumber[V any, P message[V]](b *collections.SchemaBuilder, cfg Config, prefix int, name string) collections.Map[place, V] {
	return collections.NewMap(b, collections.NewPrefix(prefix), name,
		collections.PairKeyCodec(collections.BytesKey, collections.Uint64Key), codec.CollValue[V, P](cfg.Codec))
}

func byPair[V any, P message[V]](b *collections.SchemaBuilder, cfg Config, prefix int, name string) collections.Map[pair, V] {
	return collections.NewMap(b, collections.NewPrefix(prefix), name,
		collections.PairKeyCodec(collections.BytesKey, collections.BytesKey), codec.CollValue[V, P](cfg.Codec))
}

// address reads an account in any text form and returns its bytes and its canonical text.
func (k *Keeper) address(role, text string) ([]byte, string, error) {
	b, err := k.addresses.StringToBytes(text)
	if err != nil {
		return nil, "", agent.ErrInvalid.Wrapf("%s: %s", role, err)
	}
	canonical, err := k.addresses.BytesToString(b)
	if err != nil {
		return nil, "", agent.ErrInvalid.Wrapf("%s: %s", role, err)
	}
	return b, canonical, nil
}

// found makes the store's own word for absence the module's.
func found(err error, format string, args ...any) error {
	if errors.Is(err, collections.ErrNotFound) {
		return agent.ErrNotFound.Wrapf(format, args...)
	}
	return err
}

// cancel takes an item out of the schedule if it is there.
func (k *Keeper) cancel(ctx context.Context, kind string, name []byte) error {
	if err := k.schedule.Cancel(ctx, kind, name); err != nil && !errors.Is(err, schedule.ErrNotFound) {
		return err
	}
	return nil
}

// again schedules an item anew.
func (k *Keeper) again(ctx context.Context, kind string, name []byte, plan schedule.Plan) error {
	if err := k.cancel(ctx, kind, name); err != nil {
		return err
	}
	return k.schedule.Schedule(ctx, kind, name, plan)
}
