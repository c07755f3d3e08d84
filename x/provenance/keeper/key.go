package keeper

import (
	"bytes"
	"context"
	"errors"

	"cosmossdk.io/collections"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"ayni.example/x/provenance"
)

// possessionGas is for checking one P-256 signature.
const possessionGas = 20_000

// BindKey makes a key's signatures the sender's. A key is one account's; to bind it again changes nothing.
func (k *Keeper) BindKey(ctx context.Context, msg *provenance.MsgBindKey) error {
	sender, text, err := k.address("sender", msg.Sender)
	if err != nil {
		return err
	}
	now := sdk.UnwrapSDKContext(ctx)
	now.GasMeter().ConsumeGas(possessionGas, "proof of a key")
	if err := provenance.CheckKey(msg.PublicKey, msg.Proof, now.ChainID(), text); err != nil {
		return err
	}
	switch old, err := k.Keys.Get(ctx, msg.PublicKey); {
	case err == nil && old.Account == text:
		return nil
	case err == nil:
		return provenance.ErrExists.Wrapf("the key is bound to %s", old.Account)
	case !errors.Is(err, collections.ErrNotFound):
		return err
	}
	params, err := k.Params.Get(ctx)
	if err != nil {
		return err
	}
	keys, err := k.keysOf(ctx, sender)
	if err != nil {
		return err
	}
	if len(keys) >= int(params.KeysMax) {
		return provenance.ErrBound.Wrapf("%s has bound %d keys, at most %d", text, len(keys), params.KeysMax)
	}
	key := provenance.Key{PublicKey: msg.PublicKey, Account: text, Height: now.BlockHeight(), Time: now.BlockTime().Unix()}
	if err := k.setKey(ctx, sender, key); err != nil {
		return err
	}
	return emit(ctx, &provenance.EventBound{Account: text, PublicKey: msg.PublicKey})
}

func (k *Keeper) setKey(ctx context.Context, account []byte, key provenance.Key) error {
	if err := k.Keys.Set(ctx, key.PublicKey, key); err != nil {
		return err
	}
	return k.KeysByAccount.Set(ctx, collections.Join(account, key.PublicKey))
}

// keysOf are an account's; there are few.
func (k *Keeper) keysOf(ctx context.Context, account []byte) ([]provenance.Key, error) {
	var names [][]byte
	err := k.KeysByAccount.Walk(ctx, collections.NewPrefixedPairRange[[]byte, []byte](account), func(at pair) (bool, error) {
		names = append(names, bytes.Clone(at.K2()))
		return false, nil
	})
	if err != nil {
		return nil, err
	}
	keys := make([]provenance.Key, 0, len(names))
	for _, name := range names {
		key, err := k.Keys.Get(ctx, name)
		if err != nil {
			return nil, err
		}
		keys = append(keys, key)
	}
	return keys, nil
}
