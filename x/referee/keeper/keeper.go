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

	"ayni.example/x/referee"
)

// part names a role of an account: account, role, claim.
type part = collections.Triple[[]byte, uint32, []byte]

// Keeper is the state of claims; its fields are the schema.
type Keeper struct {
	Schema   collections.Schema
	Params   collections.Item[referee.Params]
	Jobs     collections.Map[[]byte, referee.Job]     // by digest
	Claims   collections.Map[[]byte, referee.Claim]   // by id
	Disputes collections.Map[[]byte, referee.Dispute] // that runs, by the claim's id
	Auditors collections.Map[[]byte, referee.Auditor] // by address
	// Roles finds the claims that an account has to do with; it follows from claims and disputes.
	Roles collections.KeySet[part]

	handlers  map[string]referee.Handler
	addresses address.Codec
	bank      Bank
	beacon    Beacon
	schedule  Scheduler
	fees      string
	authority string
}

// Config is what a Keeper needs. The bank must know the module account referee.ModuleName.
type Config struct {
	Codec     codec.BinaryCodec
	Store     store.KVStoreService
	Addresses address.Codec
	Bank      Bank
	Beacon    Beacon
	Schedule  Scheduler
	Fees      string // module account that collects fees
	Authority string // account that may change the parameters
}

// New returns the keeper over its store; its Kinds are to be registered with the schedule.
func New(cfg Config) (*Keeper, error) {
	b := collections.NewSchemaBuilder(cfg.Store)
	k := &Keeper{
		Params:   collections.NewItem(b, collections.NewPrefix(referee.ParamsPrefix), "params", codec.CollValue[referee.Params](cfg.Codec)),
		Jobs:     collections.NewMap(b, collections.NewPrefix(referee.JobsPrefix), "jobs", collections.BytesKey, codec.CollValue[referee.Job](cfg.Codec)),
		Claims:   collections.NewMap(b, collections.NewPrefix(referee.ClaimsPrefix), "claims", collections.BytesKey, codec.CollValue[referee.Claim](cfg.Codec)),
		Disputes: collections.NewMap(b, collections.NewPrefix(referee.DisputesPrefix), "disputes", collections.BytesKey, codec.CollValue[referee.Dispute](cfg.Codec)),
		Auditors: collections.NewMap(b, collections.NewPrefix(referee.AuditorsPrefix), "auditors", collections.BytesKey, codec.CollValue[referee.Auditor](cfg.Codec)),
		Roles: collections.NewKeySet(b, collections.NewPrefix(referee.RolesPrefix), "roles",
			collections.TripleKeyCodec(collections.BytesKey, collections.Uint32Key, collections.BytesKey)),
		handlers: map[string]referee.Handler{}, addresses: cfg.Addresses, bank: cfg.Bank, beacon: cfg.Beacon, schedule: cfg.Schedule,
		fees: cfg.Fees, authority: cfg.Authority,
	}
	schema, err := b.Build()
	if err != nil {
		return nil, fmt.Errorf("referee schema: %w", err)
	}
	k.Schema = schema
	return k, nil
}

// Handle has a module told what becomes of the claims of a kind, before the first block.
func (k *Keeper) Handle(kind string, h referee.Handler) error {
	if _, there := k.handlers[kind]; there {
		return fmt.Errorf("claims of kind %s are handled twice", kind)
	}
	k.handlers[kind] = h
	return nil
}

// handler is who is told of a claim's end.
func (k *Keeper) handler(kind string) (referee.Handler, error) {
	h, there := k.handlers[kind]
	if !there {
		return nil, referee.ErrInvalid.Wrapf("nobody handles claims of kind %q", kind)
	}
	return h, nil
}

// claim returns an open one.
func (k *Keeper) claim(ctx context.Context, id []byte) (referee.Claim, error) {
	c, err := k.Claims.Get(ctx, id)
	if errors.Is(err, collections.ErrNotFound) {
		return c, referee.ErrNotFound.Wrapf("claim %x; one that was accepted, refuted or withdrawn is gone", id)
	}
	return c, err
}

// dispute returns the one that runs.
func (k *Keeper) dispute(ctx context.Context, id []byte) (referee.Dispute, error) {
	d, err := k.Disputes.Get(ctx, id)
	if errors.Is(err, collections.ErrNotFound) {
		return d, referee.ErrNotFound.Wrapf("dispute about claim %x", id)
	}
	return d, err
}

// store writes a claim.
func (k *Keeper) store(ctx context.Context, c referee.Claim) error {
	return k.Claims.Set(ctx, c.ID(), c)
}

// role notes or forgets what an account is for a claim.
func (k *Keeper) role(ctx context.Context, account string, role referee.Role, id []byte, has bool) error {
	addr, _, err := k.address("account", account)
	if err != nil {
		return err
	}
	key := collections.Join3(addr, uint32(role), id)
	if has {
		return k.Roles.Set(ctx, key)
	}
	return k.Roles.Remove(ctx, key)
}

// load counts the claims in which an account has a role, no further than most.
func (k *Keeper) load(ctx context.Context, account []byte, role referee.Role, most uint32) (uint32, error) {
	n := uint32(0)
	within := collections.NewSuperPrefixedTripleRange[[]byte, uint32, []byte](account, uint32(role))
	return n, k.Roles.Walk(ctx, within, func(part) (bool, error) {
		n++
		return n >= most, nil
	})
}

// address reads an account in any text form and returns its bytes and its canonical text.
func (k *Keeper) address(role, text string) ([]byte, string, error) {
	b, err := k.addresses.StringToBytes(text)
	if err != nil {
		return nil, "", referee.ErrInvalid.Wrapf("%s: %s", role, err)
	}
	canonical, err := k.addresses.BytesToString(b)
	if err != nil {
		return nil, "", referee.ErrInvalid.Wrapf("%s: %s", role, err)
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
