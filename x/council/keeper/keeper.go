package keeper

import (
	"context"
	"fmt"

	"cosmossdk.io/collections"
	"cosmossdk.io/core/address"
	"cosmossdk.io/core/store"

	"github.com/cosmos/cosmos-sdk/codec"
	sdk "github.com/cosmos/cosmos-sdk/types"
	authtypes "github.com/cosmos/cosmos-sdk/x/auth/types"
	"github.com/cosmos/gogoproto/proto"

	"ayni.example/x/council"
)

// ballot is a proposal and a voter.
type ballot = collections.Pair[uint64, []byte]

// Keeper is the council's state; its exported fields are the schema. Addresses are keys as bytes and values as canonical text.
type Keeper struct {
	Schema    collections.Schema
	Params    collections.Item[council.Params]
	ByAccount collections.Map[[]byte, council.Seat]
	Keys      collections.Map[[]byte, council.Key] // by consensus address
	Told      collections.Map[[]byte, uint64]      // power by key, as consensus was told last
	Made      collections.Item[uint64]             // proposals so far
	Proposals collections.Map[uint64, council.Proposal]
	Open      collections.KeySet[collections.Pair[[]byte, uint64]] // by proposer
	Votes     collections.Map[ballot, council.Vote]

	cfg       Config
	authority []byte
}

// Config is what Keeper needs.
type Config struct {
	Codec     codec.Codec
	Store     store.KVStoreService
	Addresses address.Codec
	Bank      Bank
	Schedule  Scheduler
	Router    Router
}

// New returns the keeper over its store; the schedule must then be given Kinds.
func New(cfg Config) (*Keeper, error) {
	b := collections.NewSchemaBuilder(cfg.Store)
	bytesKey, ids := collections.BytesKey, collections.Uint64Key
	k := &Keeper{
		Params: collections.NewItem(b, collections.NewPrefix(council.ParamsPrefix), "params",
			codec.CollValue[council.Params](cfg.Codec)),
		ByAccount: collections.NewMap(b, collections.NewPrefix(council.SeatsPrefix), "seats", bytesKey,
			codec.CollValue[council.Seat](cfg.Codec)),
		Keys: collections.NewMap(b, collections.NewPrefix(council.KeysPrefix), "keys", bytesKey,
			codec.CollValue[council.Key](cfg.Codec)),
		Told: collections.NewMap(b, collections.NewPrefix(council.ToldPrefix), "told", bytesKey, collections.Uint64Value),
		Made: collections.NewItem(b, collections.NewPrefix(council.MadePrefix), "made", collections.Uint64Value),
		Proposals: collections.NewMap(b, collections.NewPrefix(council.ProposalsPrefix), "proposals", ids,
			codec.CollValue[council.Proposal](cfg.Codec)),
		Open: collections.NewKeySet(b, collections.NewPrefix(council.OpenPrefix), "open",
			collections.PairKeyCodec(bytesKey, ids)),
		Votes: collections.NewMap(b, collections.NewPrefix(council.VotesPrefix), "votes",
			collections.PairKeyCodec(ids, bytesKey), codec.CollValue[council.Vote](cfg.Codec)),
		cfg:       cfg,
		authority: authtypes.NewModuleAddress(council.ModuleName),
	}
	schema, err := b.Build()
	if err != nil {
		return nil, fmt.Errorf("council schema: %w", err)
	}
	k.Schema = schema
	return k, nil
}

// address reads an account in any text form and returns its bytes and its canonical text.
func (k *Keeper) address(role, text string) ([]byte, string, error) {
	b, err := k.cfg.Addresses.StringToBytes(text)
	if err != nil {
		return nil, "", council.ErrInvalid.Wrapf("%s: %s", role, err)
	}
	canonical, err := k.cfg.Addresses.BytesToString(b)
	if err != nil {
		return nil, "", council.ErrInvalid.Wrapf("%s: %s", role, err)
	}
	return b, canonical, nil
}

// checkCouncil tells whether text names the council's own account.
func (k *Keeper) checkCouncil(text string) error {
	sender, canonical, err := k.address("authority", text)
	if err != nil {
		return err
	}
	if string(sender) != string(k.authority) {
		return council.ErrUnauthorised.Wrapf("%s is not the council", canonical)
	}
	return nil
}

func emit(ctx context.Context, event proto.Message) error {
	return sdk.UnwrapSDKContext(ctx).EventManager().EmitTypedEvent(event)
}
