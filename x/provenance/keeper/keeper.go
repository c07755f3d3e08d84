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
	"github.com/cosmos/gogoproto/proto"

	"ayni.example/x/provenance"
	"ayni.example/x/schedule"
)

// pair is of two ids, or of an account and an id.
type pair = collections.Pair[[]byte, []byte]

// Keeper is the state of provenance; its fields are the schema. Addresses are keys as bytes and values as canonical text.
type Keeper struct {
	Schema        collections.Schema
	Params        collections.Item[provenance.Params]
	Assets        collections.Map[[]byte, provenance.Asset]
	Contents      collections.Map[[]byte, []byte] // content to asset
	ByOwner       collections.KeySet[pair]        // owner, asset
	Edges         collections.Map[pair, provenance.Edge]
	Children      collections.KeySet[pair] // parent, asset
	Suspicions    collections.Map[pair, provenance.Suspicion]
	Standing      collections.KeySet[pair] // asset, parent
	Vectors       collections.Map[[]byte, provenance.Vector]
	Incomes       collections.Map[[]byte, provenance.Income]
	Accounts      collections.Map[pair, provenance.Account] // asset, payee
	Sources       collections.KeySet[pair]                  // payee, asset
	Receipts      collections.Map[[]byte, provenance.Receipts]
	Tensors       collections.Map[[]byte, []byte] // digest to the first asset that had it
	Sketches      collections.Map[[]byte, []byte]
	Keys          collections.Map[[]byte, provenance.Key]
	KeysByAccount collections.KeySet[pair]
	Pools         collections.Map[[]byte, provenance.Pool]
	Contributions collections.Map[[]byte, provenance.Contribution]
	ByPool        collections.KeySet[pair]                      // pool, contribution
	ByCommitment  collections.KeySet[pair]                      // pool, commitment and account
	Contributors  collections.Map[pair, provenance.Contributor] // pool, account
	Grants        collections.Map[pair, provenance.Grant]       // owner, commitment
	ByGrantee     collections.KeySet[collections.Triple[[]byte, []byte, []byte]]
	GrantCounts   collections.Map[[]byte, uint64] // of an owner
	Tombstones    collections.Map[[]byte, provenance.Tombstone]

	addresses address.Codec
	bank      Bank
	trainings Trainings
	schedule  Scheduler
	fees      string
	authority string
}

// Config is what a Keeper needs. The bank must know the module account provenance.ModuleName.
type Config struct {
	Codec     codec.BinaryCodec
	Store     store.KVStoreService
	Addresses address.Codec
	Bank      Bank
	Trainings Trainings
	Schedule  Scheduler
	Fees      string // module account that gets what comes to the owner of an asset that nobody owns
	Authority string // account that resolves, bans and changes the parameters
}

// New returns the keeper over its store; its Kinds are to be registered with the schedule.
func New(cfg Config) (*Keeper, error) {
	b := collections.NewSchemaBuilder(cfg.Store)
	pairs := collections.PairKeyCodec(collections.BytesKey, collections.BytesKey)
	k := &Keeper{
		addresses: cfg.Addresses, bank: cfg.Bank, trainings: cfg.Trainings, schedule: cfg.Schedule, fees: cfg.Fees, authority: cfg.Authority,
	}
	k.Params = collections.NewItem(b, collections.NewPrefix(provenance.ParamsPrefix), "params", codec.CollValue[provenance.Params](cfg.Codec))
	k.Assets = mapOf[provenance.Asset](b, cfg, provenance.AssetsPrefix, "assets")
	k.Contents = bytesMap(b, provenance.ContentsPrefix, "contents")
	k.ByOwner = collections.NewKeySet(b, collections.NewPrefix(provenance.ByOwnerPrefix), "by_owner", pairs)
	k.Edges = pairMap[provenance.Edge](b, cfg, provenance.EdgesPrefix, "edges")
	k.Children = collections.NewKeySet(b, collections.NewPrefix(provenance.ChildrenPrefix), "children", pairs)
	k.Suspicions = pairMap[provenance.Suspicion](b, cfg, provenance.SuspicionsPrefix, "suspicions")
	k.Standing = collections.NewKeySet(b, collections.NewPrefix(provenance.StandingPrefix), "standing", pairs)
	k.Vectors = mapOf[provenance.Vector](b, cfg, provenance.VectorsPrefix, "vectors")
	k.Incomes = mapOf[provenance.Income](b, cfg, provenance.IncomesPrefix, "incomes")
	k.Accounts = pairMap[provenance.Account](b, cfg, provenance.AccountsPrefix, "accounts")
	k.Sources = collections.NewKeySet(b, collections.NewPrefix(provenance.SourcesPrefix), "sources", pairs)
	k.Receipts = mapOf[provenance.Receipts](b, cfg, provenance.ReceiptsPrefix, "receipts")
	k.Tensors = bytesMap(b, provenance.TensorsPrefix, "tensors")
	k.Sketches = bytesMap(b, provenance.SketchesPrefix, "sketches")
	k.Keys = mapOf[provenance.Key](b, cfg, provenance.KeysPrefix, "keys")
	k.KeysByAccount = collections.NewKeySet(b, collections.NewPrefix(provenance.KeysByAccountPrefix), "keys_by_account", pairs)
	k.Pools = mapOf[provenance.Pool](b, cfg, provenance.PoolsPrefix, "pools")
	k.Contributions = mapOf[provenance.Contribution](b, cfg, provenance.ContributionsPrefix, "contributions")
	k.ByPool = collections.NewKeySet(b, collections.NewPrefix(provenance.ByPoolPrefix), "by_pool", pairs)
	k.ByCommitment = collections.NewKeySet(b, collections.NewPrefix(provenance.ByCommitmentPrefix), "by_commitment", pairs)
	k.Contributors = pairMap[provenance.Contributor](b, cfg, provenance.ContributorsPrefix, "contributors")
	k.Grants = pairMap[provenance.Grant](b, cfg, provenance.GrantsPrefix, "grants")
	k.ByGrantee = collections.NewKeySet(b, collections.NewPrefix(provenance.ByGranteePrefix), "by_grantee",
		collections.TripleKeyCodec(collections.BytesKey, collections.BytesKey, collections.BytesKey))
	k.Tombstones = mapOf[provenance.Tombstone](b, cfg, provenance.TombstonesPrefix, "tombstones")
	k.GrantCounts = collections.NewMap(b, collections.NewPrefix(provenance.GrantCountsPrefix), "grant_counts", collections.BytesKey, collections.Uint64Value)
	schema, err := b.Build()
	if err != nil {
		return nil, fmt.Errorf("provenance schema: %w", err)
	}
	k.Schema = schema
	return k, nil
}

// value is the pointer to a stored message.
type value[T any] interface {
	*T
	codec.ProtoMarshaler //nolint:staticcheck // what codec.CollValue itself asks for
}

func mapOf[T any, P value[T]](b *collections.SchemaBuilder, cfg Config, prefix int, name string) collections.Map[[]byte, T] {
	return collections.NewMap(b, collections.NewPrefix(prefix), name, collections.BytesKey, codec.CollValue[T, P](cfg.Codec))
}

func pairMap[T any, P value[T]](b *collections.SchemaBuilder, cfg Config, prefix int, name string) collections.Map[pair, T] {
	return collections.NewMap(b, collections.NewPrefix(prefix), name, collections.PairKeyCodec(collections.BytesKey, collections.BytesKey),
		codec.CollValue[T, P](cfg.Codec))
}

func bytesMap(b *collections.SchemaBuilder, prefix int, name string) collections.Map[[]byte, []byte] {
	return collections.NewMap(b, collections.NewPrefix(prefix), name, collections.BytesKey, collections.BytesValue)
}

// Kinds are the work for the schedule: to pay out what assets earned, and to look after leases that made some.
func (k *Keeper) Kinds() []schedule.Kind {
	return []schedule.Kind{
		{Name: provenance.KindSweep, Gas: sweepGas, Attempts: attempts, Run: k.sweepDue},
		{Name: provenance.KindVerify, Gas: verifyGas, Attempts: attempts, Run: k.verifyDue},
		{Name: provenance.KindDividend, Gas: dividendGas, Attempts: attempts, Run: k.dividendDue},
		{Name: provenance.KindGrant, Gas: grantGas, Attempts: attempts, Run: k.grantDue},
	}
}

// attempts of scheduled work: over some minutes; what a sweep failed to pay, anybody may have paid.
const attempts = 5

// Asset is one that must be there.
func (k *Keeper) Asset(ctx context.Context, id []byte) (provenance.Asset, error) {
	a, err := k.Assets.Get(ctx, id)
	return a, found(err, "asset", id)
}

// Of is the asset that has a content; none: ErrNotFound.
func (k *Keeper) Of(ctx context.Context, content []byte) (provenance.Asset, error) {
	id, err := k.Contents.Get(ctx, content)
	if err != nil {
		return provenance.Asset{}, found(err, "asset of content", content)
	}
	return k.Asset(ctx, id)
}

// address reads an account in any text form and returns its bytes and its canonical text.
func (k *Keeper) address(role, text string) ([]byte, string, error) {
	b, err := k.addresses.StringToBytes(text)
	if err != nil {
		return nil, "", provenance.ErrInvalid.Wrapf("%s: %s", role, err)
	}
	canonical, err := k.addresses.BytesToString(b)
	if err != nil {
		return nil, "", provenance.ErrInvalid.Wrapf("%s: %s", role, err)
	}
	return b, canonical, nil
}

// person is address for an account that money may be sent to.
func (k *Keeper) person(role, text string) ([]byte, string, error) {
	b, canonical, err := k.address(role, text)
	if err == nil && k.bank.BlockedAddr(b) {
		err = provenance.ErrInvalid.Wrapf("%s is a module's account: money could not leave it again", role)
	}
	return b, canonical, err
}

// council refuses every sender but the council.
func (k *Keeper) council(text string) error {
	_, sender, err := k.address("authority", text)
	if err != nil {
		return err
	}
	if sender != k.authority {
		return provenance.ErrUnauthorised.Wrapf("%s is not the council", sender)
	}
	return nil
}

// found names what is not there.
func found(err error, what string, id []byte) error {
	if errors.Is(err, collections.ErrNotFound) {
		return provenance.ErrNotFound.Wrapf("%s %x", what, id)
	}
	return err
}

// or is the value that was read, or another where there is none.
func or[T any](v T, err error, other T) (T, error) {
	if errors.Is(err, collections.ErrNotFound) {
		return other, nil
	}
	return v, err
}

func emit(ctx context.Context, event proto.Message) error {
	return sdk.UnwrapSDKContext(ctx).EventManager().EmitTypedEvent(event)
}
