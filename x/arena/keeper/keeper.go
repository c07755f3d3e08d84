package keeper

import (
	"context"
	"errors"
	"fmt"

	"cosmossdk.io/collections"
	"cosmossdk.io/core/address"
	"cosmossdk.io/core/store"
	"cosmossdk.io/math"

	"github.com/cosmos/cosmos-sdk/codec"
	sdk "github.com/cosmos/cosmos-sdk/types"
	"github.com/cosmos/gogoproto/proto"

	"ayni.example/x/arena"
	"ayni.example/x/credit"
	"ayni.example/x/schedule"
)

type (
	// pair is of an arena and an account or a digest, or of an account and an arena.
	pair = collections.Pair[[]byte, []byte]
	// place is of an arena and a number.
	place = collections.Pair[[]byte, uint64]
	// sealed is of an arena, an epoch and a member's number.
	sealed = collections.Triple[[]byte, uint64, uint64]
	// share is of an arena, a delegator and a member's number.
	share = collections.Triple[[]byte, []byte, uint64]
)

// Keeper is the state of arenas; its fields are the schema. Addresses are keys as bytes and values as canonical text.
type Keeper struct {
	Schema      collections.Schema
	Params      collections.Item[arena.Params]
	Arenas      collections.Map[[]byte, arena.Arena]
	Owners      collections.KeySet[pair] // owner, arena
	Members     collections.Map[pair, arena.Member]
	Slots       collections.Map[place, []byte] // arena and arena.Slot to account
	Artifacts   collections.Map[pair, []byte]  // arena and digest to account
	Delegations collections.Map[share, arena.Delegation]
	Sponsors    collections.Map[pair, arena.Sponsor]
	Epochs      collections.Map[[]byte, arena.Epoch]
	Seals       collections.Map[sealed, arena.Seal] // of the open epoch and the next
	Reports     collections.Map[place, arena.Report]
	Canaries    collections.Map[place, arena.Canary]
	Disputes    collections.Map[place, arena.Dispute]
	Standings   collections.Map[place, arena.Standing]
	Results     collections.Map[place, arena.Result]

	addresses address.Codec
	bank      Bank
	beacon    Beacon
	schedule  Scheduler
	fees      string
	authority string
}

// Config is what a Keeper needs. The bank must know the module account arena.ModuleName.
type Config struct {
	Codec     codec.BinaryCodec
	Store     store.KVStoreService
	Addresses address.Codec
	Bank      Bank
	Beacon    Beacon
	Schedule  Scheduler
	Fees      string // module account that gets the fee of each new arena
	Authority string // account that may change the parameters
}

// New returns the keeper over its store; its Kinds are to be registered with the schedule.
func New(cfg Config) (*Keeper, error) {
	b := collections.NewSchemaBuilder(cfg.Store)
	places := collections.PairKeyCodec(collections.BytesKey, collections.Uint64Key)
	pairs := collections.PairKeyCodec(collections.BytesKey, collections.BytesKey)
	k := &Keeper{
		Params: collections.NewItem(b, collections.NewPrefix(arena.ParamsPrefix), "params", codec.CollValue[arena.Params](cfg.Codec)),
		Arenas: collections.NewMap(b, collections.NewPrefix(arena.ArenasPrefix), "arenas", collections.BytesKey,
			codec.CollValue[arena.Arena](cfg.Codec)),
		Owners: collections.NewKeySet(b, collections.NewPrefix(arena.OwnersPrefix), "owners", pairs),
		Members: collections.NewMap(b, collections.NewPrefix(arena.MembersPrefix), "members", pairs,
			codec.CollValue[arena.Member](cfg.Codec)),
		Slots:     collections.NewMap(b, collections.NewPrefix(arena.SlotsPrefix), "slots", places, collections.BytesValue),
		Artifacts: collections.NewMap(b, collections.NewPrefix(arena.ArtifactsPrefix), "artifacts", pairs, collections.BytesValue),
		Delegations: collections.NewMap(b, collections.NewPrefix(arena.DelegationsPrefix), "delegations",
			collections.TripleKeyCodec(collections.BytesKey, collections.BytesKey, collections.Uint64Key),
			codec.CollValue[arena.Delegation](cfg.Codec)),
		Sponsors: collections.NewMap(b, collections.NewPrefix(arena.SponsorsPrefix), "sponsors", pairs,
			codec.CollValue[arena.Sponsor](cfg.Codec)),
		Epochs: collections.NewMap(b, collections.NewPrefix(arena.EpochsPrefix), "epochs", collections.BytesKey,
			codec.CollValue[arena.Epoch](cfg.Codec)),
		Seals: collections.NewMap(b, collections.NewPrefix(arena.SealsPrefix), "seals",
			collections.TripleKeyCodec(collections.BytesKey, collections.Uint64Key, collections.Uint64Key),
			codec.CollValue[arena.Seal](cfg.Codec)),
		Reports: collections.NewMap(b, collections.NewPrefix(arena.ReportsPrefix), "reports", places, codec.CollValue[arena.Report](cfg.Codec)),
		Canaries: collections.NewMap(b, collections.NewPrefix(arena.CanariesPrefix), "canaries", places,
			codec.CollValue[arena.Canary](cfg.Codec)),
		Disputes: collections.NewMap(b, collections.NewPrefix(arena.DisputesPrefix), "disputes", places,
			codec.CollValue[arena.Dispute](cfg.Codec)),
		Standings: collections.NewMap(b, collections.NewPrefix(arena.StandingsPrefix), "standings", places,
			codec.CollValue[arena.Standing](cfg.Codec)),
		Results:   collections.NewMap(b, collections.NewPrefix(arena.ResultsPrefix), "results", places, codec.CollValue[arena.Result](cfg.Codec)),
		addresses: cfg.Addresses, bank: cfg.Bank, beacon: cfg.Beacon, schedule: cfg.Schedule, fees: cfg.Fees, authority: cfg.Authority,
	}
	schema, err := b.Build()
	if err != nil {
		return nil, fmt.Errorf("arena schema: %w", err)
	}
	k.Schema = schema
	return k, nil
}

// The most gas that scheduled work of a kind uses, and how often it is tried.
const (
	unbondGas = 400_000
	stepGas   = 40_000_000
	attempts  = 3
)

// Kinds are the work for the schedule.
func (k *Keeper) Kinds() []schedule.Kind {
	return []schedule.Kind{
		{Name: arena.KindStep, Gas: stepGas, Attempts: attempts, Grace: true, Run: k.step},
		{Name: arena.KindUnbond, Gas: unbondGas, Attempts: attempts, Run: k.endUnbond},
	}
}

// account reads an account in any text form and returns its bytes and its canonical text.
func (k *Keeper) account(role, text string) ([]byte, string, error) {
	b, err := k.addresses.StringToBytes(text)
	if err != nil {
		return nil, "", arena.ErrInvalid.Wrapf("%s: %s", role, err)
	}
	canonical, err := k.addresses.BytesToString(b)
	if err != nil {
		return nil, "", arena.ErrInvalid.Wrapf("%s: %s", role, err)
	}
	return b, canonical, nil
}

// payer is an account that may be paid back: a module's may not.
func (k *Keeper) payer(text string) ([]byte, string, error) {
	b, canonical, err := k.account("sender", text)
	if err == nil && k.bank.BlockedAddr(b) {
		err = arena.ErrUnauthorised.Wrapf("%s is a module's account, which cannot be paid", canonical)
	}
	return b, canonical, err
}

// arena returns one by its id.
func (k *Keeper) arena(ctx context.Context, id []byte) (arena.Arena, error) {
	a, err := k.Arenas.Get(ctx, id)
	return a, found(err, "arena %x", id)
}

// open returns an arena that takes members and money.
func (k *Keeper) open(ctx context.Context, id []byte) (arena.Arena, error) {
	a, err := k.arena(ctx, id)
	if err == nil && a.Closing {
		err = arena.ErrPhase.Wrap("the arena is closed or closing")
	}
	return a, err
}

// found makes the store's own word for absence the module's.
func found(err error, format string, args ...any) error {
	if errors.Is(err, collections.ErrNotFound) {
		return arena.ErrNotFound.Wrapf(format, args...)
	}
	return err
}

// again schedules an item anew.
func (k *Keeper) again(ctx context.Context, kind string, name []byte, plan schedule.Plan) error {
	if err := k.cancel(ctx, kind, name); err != nil {
		return err
	}
	return k.schedule.Schedule(ctx, kind, name, plan)
}

// cancel takes an item out of the schedule if it is there.
func (k *Keeper) cancel(ctx context.Context, kind string, name []byte) error {
	if err := k.schedule.Cancel(ctx, kind, name); err != nil && !errors.Is(err, schedule.ErrNotFound) {
		return err
	}
	return nil
}

// receive takes an account's money into the module's.
func (k *Keeper) receive(ctx context.Context, from []byte, amount math.Int) error {
	if !amount.IsPositive() {
		return nil
	}
	return k.bank.SendCoinsFromAccountToModule(ctx, from, arena.ModuleName, credit.Coins(amount))
}

// pay gives an account money of the module's.
func (k *Keeper) pay(ctx context.Context, id, to []byte, text string, amount math.Int) error {
	if !amount.IsPositive() {
		return nil
	}
	if err := k.bank.SendCoinsFromModuleToAccount(ctx, arena.ModuleName, to, credit.Coins(amount)); err != nil {
		return err
	}
	return emit(ctx, &arena.EventPaid{Arena: id, Account: text, Amount: amount})
}

func emit(ctx context.Context, event proto.Message) error {
	return sdk.UnwrapSDKContext(ctx).EventManager().EmitTypedEvent(event)
}

func now(ctx context.Context) int64 { return sdk.UnwrapSDKContext(ctx).BlockTime().Unix() }

func height(ctx context.Context) int64 { return sdk.UnwrapSDKContext(ctx).BlockHeight() }

// after is a plan for a span from now, and its moment.
func after(ctx context.Context, s arena.Span) (schedule.Plan, arena.Moment) {
	plan := schedule.After(height(ctx), sdk.UnwrapSDKContext(ctx).BlockTime(), s.Blocks, s.Seconds)
	return plan, arena.Moment{Height: plan.Height, Time: plan.Time}
}
