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

	"ayni.example/x/schedule"
	"ayni.example/x/zkml"
)

const (
	// forgetGas is what forgetting one value may use; the longest output is some kilobytes.
	forgetGas = 200_000
	attempts  = 10 // over some hours: nobody has a message for it
)

// pair is a model's id and what belongs to it: an account, or the slot of a value.
type pair = collections.Pair[[]byte, []byte]

// Keeper is the state of models and verified values; its fields are the schema.
type Keeper struct {
	Schema   collections.Schema
	Params   collections.Item[zkml.Params]
	Circuits collections.Map[[]byte, []byte] // by digest; models share them
	Models   collections.Map[[]byte, zkml.Model]
	Provers  collections.Map[pair, zkml.Prover]   // model, submitter
	Values   collections.Map[pair, zkml.Verified] // model, slot

	addresses address.Codec
	schedule  Scheduler
	authority string
}

// Config is what a Keeper needs.
type Config struct {
	Codec     codec.BinaryCodec
	Store     store.KVStoreService
	Addresses address.Codec
	Schedule  Scheduler
	Authority string // account that may change the parameters
}

// New returns the keeper over its store; its Kind is to be registered with the schedule.
func New(cfg Config) (*Keeper, error) {
	b := collections.NewSchemaBuilder(cfg.Store)
	pairs := collections.PairKeyCodec(collections.BytesKey, collections.BytesKey)
	k := &Keeper{
		Params:   collections.NewItem(b, collections.NewPrefix(zkml.ParamsPrefix), "params", codec.CollValue[zkml.Params](cfg.Codec)),
		Circuits: collections.NewMap(b, collections.NewPrefix(zkml.CircuitsPrefix), "circuits", collections.BytesKey, collections.BytesValue),
		Models: collections.NewMap(b, collections.NewPrefix(zkml.ModelsPrefix), "models", collections.BytesKey,
			codec.CollValue[zkml.Model](cfg.Codec)),
		Provers:   collections.NewMap(b, collections.NewPrefix(zkml.ProversPrefix), "provers", pairs, codec.CollValue[zkml.Prover](cfg.Codec)),
		Values:    collections.NewMap(b, collections.NewPrefix(zkml.ValuesPrefix), "values", pairs, codec.CollValue[zkml.Verified](cfg.Codec)),
		addresses: cfg.Addresses, schedule: cfg.Schedule, authority: cfg.Authority,
	}
	schema, err := b.Build()
	if err != nil {
		return nil, fmt.Errorf("zkml schema: %w", err)
	}
	k.Schema = schema
	return k, nil
}

// Kind is the work for the schedule when a value's time is over.
func (k *Keeper) Kind() schedule.Kind {
	return schedule.Kind{Name: zkml.KindForget, Gas: forgetGas, Attempts: attempts, Run: k.forget}
}

// Model is a model by its id.
func (k *Keeper) Model(ctx context.Context, id []byte) (zkml.Model, error) {
	m, err := k.Models.Get(ctx, id)
	if errors.Is(err, collections.ErrNotFound) {
		return m, zkml.ErrNotFound.Wrapf("model %x", id)
	}
	return m, err
}

// Check is the verified value that a submitter has on a subject, which is the context of its proof. Other modules act on values
// from here alone.
func (k *Keeper) Check(ctx context.Context, r zkml.Requirement, subject []byte) (zkml.Verified, error) {
	if err := r.Validate(); err != nil {
		return zkml.Verified{}, err
	}
	v, err := k.value(ctx, r.Model, r.Submitter, subject)
	if err != nil {
		return zkml.Verified{}, err
	}
	now := sdk.UnwrapSDKContext(ctx)
	if err := r.Admits(v, now.BlockHeight(), now.BlockTime().Unix()); err != nil {
		return zkml.Verified{}, err
	}
	return v, nil
}

func (k *Keeper) value(ctx context.Context, model, submitter, subject []byte) (zkml.Verified, error) {
	v, err := k.Values.Get(ctx, collections.Join(model, zkml.Slot(submitter, subject)))
	if errors.Is(err, collections.ErrNotFound) {
		return v, zkml.ErrNotFound.Wrapf("verified value of model %x in context %x", model, subject)
	}
	return v, err
}

// prover is what is remembered of an account; of one that has proved nothing, its names alone.
func (k *Keeper) prover(ctx context.Context, model, submitter []byte, text string) (zkml.Prover, error) {
	p, err := k.Provers.Get(ctx, collections.Join(model, submitter))
	if errors.Is(err, collections.ErrNotFound) {
		return zkml.Prover{Model: model, Submitter: text}, nil
	}
	return p, err
}

// address reads an account in any text form and returns its bytes and its canonical text.
func (k *Keeper) address(role, text string) ([]byte, string, error) {
	b, err := k.addresses.StringToBytes(text)
	if err != nil {
		return nil, "", zkml.ErrInvalid.Wrapf("%s: %s", role, err)
	}
	canonical, err := k.addresses.BytesToString(b)
	if err != nil {
		return nil, "", zkml.ErrInvalid.Wrapf("%s: %s", role, err)
	}
	return b, canonical, nil
}

func emit(ctx context.Context, event interface {
	Reset()
	String() string
	ProtoMessage()
},
) error {
	return sdk.UnwrapSDKContext(ctx).EventManager().EmitTypedEvent(event)
}
