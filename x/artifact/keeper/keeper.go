package keeper

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"

	"cosmossdk.io/collections"
	"cosmossdk.io/core/address"
	"cosmossdk.io/core/store"
	"cosmossdk.io/math"

	"github.com/cosmos/cosmos-sdk/codec"
	sdk "github.com/cosmos/cosmos-sdk/types"

	"ayni.example/x/artifact"
	"ayni.example/x/credit"
	"ayni.example/x/schedule"
)

const (
	// answerGas is what the end of one challenge may use; a broken pledge ends all of its challenges, of which there may be 16.
	answerGas = 1_600_000
	attempts  = 3
)

// asked names a challenge: holder, digest, leaf.
type asked = collections.Triple[[]byte, []byte, uint64]

// Keeper is the state of pledges and challenges; its fields are the schema.
type Keeper struct {
	Schema  collections.Schema
	Params  collections.Item[artifact.Params]
	Pledges collections.Map[collections.Pair[[]byte, []byte], artifact.Pledge] // holder, digest
	// Holders finds pledges by the digest.
	Holders    collections.KeySet[collections.Pair[[]byte, []byte]] // digest, holder
	Challenges collections.Map[asked, artifact.Challenge]
	Records    collections.Map[[]byte, artifact.Record]

	addresses address.Codec
	bank      Bank
	providers Providers
	schedule  Scheduler
	fees      string
	authority string
}

// Config is what a Keeper needs. The bank must know the module account artifact.ModuleName.
type Config struct {
	Codec     codec.BinaryCodec
	Store     store.KVStoreService
	Addresses address.Codec
	Bank      Bank
	Providers Providers
	Schedule  Scheduler
	Fees      string // module account that collects fees
	Authority string // account that may change the parameters
}

// New returns the keeper over its store; its Kind is to be registered with the schedule.
func New(cfg Config) (*Keeper, error) {
	b := collections.NewSchemaBuilder(cfg.Store)
	pair := collections.PairKeyCodec(collections.BytesKey, collections.BytesKey)
	k := &Keeper{
		Params:  collections.NewItem(b, collections.NewPrefix(artifact.ParamsPrefix), "params", codec.CollValue[artifact.Params](cfg.Codec)),
		Pledges: collections.NewMap(b, collections.NewPrefix(artifact.PledgesPrefix), "pledges", pair, codec.CollValue[artifact.Pledge](cfg.Codec)),
		Holders: collections.NewKeySet(b, collections.NewPrefix(artifact.HoldersPrefix), "holders", pair),
		Challenges: collections.NewMap(b, collections.NewPrefix(artifact.ChallengesPrefix), "challenges",
			collections.TripleKeyCodec(collections.BytesKey, collections.BytesKey, collections.Uint64Key), codec.CollValue[artifact.Challenge](cfg.Codec)),
		Records:   collections.NewMap(b, collections.NewPrefix(artifact.RecordsPrefix), "records", collections.BytesKey, codec.CollValue[artifact.Record](cfg.Codec)),
		addresses: cfg.Addresses, bank: cfg.Bank, providers: cfg.Providers, schedule: cfg.Schedule, fees: cfg.Fees, authority: cfg.Authority,
	}
	schema, err := b.Build()
	if err != nil {
		return nil, fmt.Errorf("artifact schema: %w", err)
	}
	k.Schema = schema
	return k, nil
}

// Kind is the work for the schedule when a challenge's time is over.
func (k *Keeper) Kind() schedule.Kind {
	return schedule.Kind{Name: artifact.KindAnswer, Gas: answerGas, Attempts: attempts, Grace: true, Run: k.unanswered}
}

// address reads an account in any text form and returns its bytes and its canonical text.
func (k *Keeper) address(role, text string) ([]byte, string, error) {
	b, err := k.addresses.StringToBytes(text)
	if err != nil {
		return nil, "", artifact.ErrInvalid.Wrapf("%s: %s", role, err)
	}
	canonical, err := k.addresses.BytesToString(b)
	if err != nil {
		return nil, "", artifact.ErrInvalid.Wrapf("%s: %s", role, err)
	}
	return b, canonical, nil
}

// pledge is the one that a holder has for an artifact.
func (k *Keeper) pledge(ctx context.Context, holder, digest []byte) (artifact.Pledge, error) {
	p, err := k.Pledges.Get(ctx, collections.Join(holder, digest))
	if errors.Is(err, collections.ErrNotFound) {
		return p, artifact.ErrNotFound.Wrapf("pledge for %x", digest)
	}
	return p, err
}

// store writes a pledge and where it is found by its digest.
func (k *Keeper) store(ctx context.Context, holder []byte, p artifact.Pledge) error {
	if err := k.Pledges.Set(ctx, collections.Join(holder, p.Digest), p); err != nil {
		return err
	}
	return k.Holders.Set(ctx, collections.Join(p.Digest, holder))
}

// remove takes a pledge out; its bond is the caller's to send.
func (k *Keeper) remove(ctx context.Context, holder, digest []byte) error {
	if err := k.Pledges.Remove(ctx, collections.Join(holder, digest)); err != nil {
		return err
	}
	return k.Holders.Remove(ctx, collections.Join(digest, holder))
}

// note changes a holder's record.
func (k *Keeper) note(ctx context.Context, holder []byte, text string, change func(*artifact.Record)) error {
	r, err := k.Records.Get(ctx, holder)
	if err != nil && !errors.Is(err, collections.ErrNotFound) {
		return err
	}
	r.Holder = text
	change(&r)
	return k.Records.Set(ctx, holder, r)
}

// pay sends from the module's account.
func (k *Keeper) pay(ctx context.Context, to []byte, amount math.Int) error {
	if !amount.IsPositive() {
		return nil
	}
	return k.bank.SendCoinsFromModuleToAccount(ctx, artifact.ModuleName, to, credit.Coins(amount))
}

// toFees sends from the module's account to where fees are collected.
func (k *Keeper) toFees(ctx context.Context, amount math.Int) error {
	if !amount.IsPositive() {
		return nil
	}
	return k.bank.SendCoinsFromModuleToModule(ctx, artifact.ModuleName, k.fees, credit.Coins(amount))
}

// take locks an account's money.
func (k *Keeper) take(ctx context.Context, from []byte, amount math.Int) error {
	if !amount.IsPositive() {
		return nil
	}
	return k.bank.SendCoinsFromAccountToModule(ctx, from, artifact.ModuleName, credit.Coins(amount))
}

// itemName is a challenge's in the schedule.
func itemName(holder, digest []byte, leaf uint64) []byte {
	name := append(append([]byte{}, holder...), digest...)
	return binary.BigEndian.AppendUint64(name, leaf)
}

func emit(ctx context.Context, event interface {
	Reset()
	String() string
	ProtoMessage()
},
) error {
	return sdk.UnwrapSDKContext(ctx).EventManager().EmitTypedEvent(event)
}
