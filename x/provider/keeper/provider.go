package keeper

import (
	"bytes"
	"context"
	"errors"

	"cosmossdk.io/collections"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"ayni.example/x/credit"
	"ayni.example/x/provider"
)

// Provider returns the provider with the address addr.
func (k *Keeper) Provider(ctx context.Context, addr []byte) (provider.Provider, error) {
	p, err := k.Providers.Get(ctx, addr)
	if errors.Is(err, collections.ErrNotFound) {
		return p, provider.ErrNotFound.Wrapf("%x", addr)
	}
	return p, err
}

// Register enters a provider and locks its bond.
func (k *Keeper) Register(ctx context.Context, msg *provider.MsgRegister) (provider.Provider, error) {
	addr, text, err := k.address("provider", msg.Address)
	if err != nil {
		return provider.Provider{}, err
	}
	registered, err := k.Providers.Has(ctx, addr)
	if err != nil {
		return provider.Provider{}, err
	}
	if registered {
		return provider.Provider{}, provider.ErrExists.Wrap(text)
	}
	params, err := k.Params.Get(ctx)
	if err != nil {
		return provider.Provider{}, err
	}
	if err := params.CheckBond(msg.Bond); err != nil {
		return provider.Provider{}, err
	}
	height := sdk.UnwrapSDKContext(ctx).BlockHeight()
	p := provider.Provider{
		Address: text, Name: msg.Name, ReceiptKey: msg.ReceiptKey, PeerId: msg.PeerId, Endpoints: msg.Endpoints,
		Capabilities: msg.Capabilities, Policy: msg.Policy, Bond: msg.Bond, Status: provider.StatusActive,
		RegisteredHeight: height, UpdatedHeight: height,
	}
	if err := k.store(ctx, addr, nil, p); err != nil {
		return p, err
	}
	if p.Bond.IsZero() {
		return p, nil
	}
	return p, k.bank.SendCoinsFromAccountToModule(ctx, addr, provider.ModuleName, credit.Coins(p.Bond))
}

// Update replaces what a provider says of itself.
func (k *Keeper) Update(ctx context.Context, addr []byte, profile provider.Profile) (provider.Provider, error) {
	return k.change(ctx, addr, func(p provider.Provider, block sdk.Context) (provider.Provider, error) {
		return p.Update(profile, block.BlockHeight())
	})
}

// Suspend stops new work.
func (k *Keeper) Suspend(ctx context.Context, addr []byte, byAdmin bool, reason string) (provider.Provider, error) {
	return k.change(ctx, addr, func(p provider.Provider, block sdk.Context) (provider.Provider, error) {
		return p.Suspend(byAdmin, reason, block.BlockHeight())
	})
}

// Resume ends a suspension.
func (k *Keeper) Resume(ctx context.Context, addr []byte, byAdmin bool) (provider.Provider, error) {
	return k.change(ctx, addr, func(p provider.Provider, block sdk.Context) (provider.Provider, error) {
		return p.Resume(byAdmin, block.BlockHeight())
	})
}

// Leave begins the unbonding.
func (k *Keeper) Leave(ctx context.Context, addr []byte) (provider.Provider, error) {
	params, err := k.Params.Get(ctx)
	if err != nil {
		return provider.Provider{}, err
	}
	return k.change(ctx, addr, func(p provider.Provider, block sdk.Context) (provider.Provider, error) {
		return p.Leave(params, block.BlockHeight(), block.BlockTime())
	})
}

// Withdraw returns the bond and removes the provider, whose key and peer id are free again.
func (k *Keeper) Withdraw(ctx context.Context, addr []byte) (provider.Provider, error) {
	p, err := k.Provider(ctx, addr)
	if err != nil {
		return p, err
	}
	block := sdk.UnwrapSDKContext(ctx)
	if err := p.CheckWithdraw(block.BlockHeight(), block.BlockTime()); err != nil {
		return p, err
	}
	if err := k.release(ctx, p); err != nil {
		return p, err
	}
	if err := k.Providers.Remove(ctx, addr); err != nil {
		return p, err
	}
	if k.hooks != nil {
		if err := k.hooks.AfterWithdraw(ctx, addr); err != nil {
			return p, err
		}
	}
	if p.Bond.IsZero() {
		return p, nil
	}
	return p, k.bank.SendCoinsFromModuleToAccount(ctx, provider.ModuleName, addr, credit.Coins(p.Bond))
}

// change loads a provider, applies a rule and stores the result.
func (k *Keeper) change(
	ctx context.Context, addr []byte, rule func(provider.Provider, sdk.Context) (provider.Provider, error),
) (provider.Provider, error) {
	before, err := k.Provider(ctx, addr)
	if err != nil {
		return before, err
	}
	after, err := rule(before, sdk.UnwrapSDKContext(ctx))
	if err != nil {
		return before, err
	}
	return after, k.store(ctx, addr, &before, after)
}

// store writes a provider, and what finds it by key and peer id, in place of before.
func (k *Keeper) store(ctx context.Context, addr []byte, before *provider.Provider, after provider.Provider) error {
	if before != nil {
		if err := k.release(ctx, *before); err != nil {
			return err
		}
	}
	for _, key := range after.Keys() {
		if err := reserve(ctx, k.ReceiptKeys, key, addr, "receipt key"); err != nil {
			return err
		}
	}
	if err := reserve(ctx, k.Peers, after.PeerId, addr, "peer id"); err != nil {
		return err
	}
	return k.Providers.Set(ctx, addr, after)
}

// release frees the keys and the peer id of a provider.
func (k *Keeper) release(ctx context.Context, p provider.Provider) error {
	for _, key := range p.Keys() {
		if err := k.ReceiptKeys.Remove(ctx, key); err != nil {
			return err
		}
	}
	return k.Peers.Remove(ctx, p.PeerId)
}

// reserve enters addr under a key that nobody else holds.
func reserve[K any](ctx context.Context, m collections.Map[K, []byte], key K, addr []byte, what string) error {
	holder, err := m.Get(ctx, key)
	if errors.Is(err, collections.ErrNotFound) {
		return m.Set(ctx, key, addr)
	}
	if err != nil {
		return err
	}
	if !bytes.Equal(holder, addr) {
		return provider.ErrTaken.Wrapf("%s of another provider", what)
	}
	return nil
}
