package keeper

import (
	"context"
	"errors"

	cmtcrypto "github.com/cometbft/cometbft/proto/tendermint/crypto"

	"cosmossdk.io/collections"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"ayni.example/x/council"
)

// Seats lists all seats by the bytes of their operators' addresses.
func (k *Keeper) Seats(ctx context.Context) ([]council.Seat, error) {
	var list []council.Seat
	err := k.ByAccount.Walk(ctx, nil, func(_ []byte, s council.Seat) (bool, error) {
		list = append(list, s)
		return false, nil
	})
	return list, err
}

// Seat is that of an operator.
func (k *Keeper) Seat(ctx context.Context, operator string) (council.Seat, error) {
	account, _, err := k.address("operator", operator)
	if err != nil {
		return council.Seat{}, err
	}
	return k.seat(ctx, account)
}

// SeatByConsensus is the one whose key, present or past, has this consensus address.
func (k *Keeper) SeatByConsensus(ctx context.Context, address []byte) (council.Seat, error) {
	key, err := k.key(ctx, address)
	if err != nil {
		return council.Seat{}, err
	}
	return k.Seat(ctx, key.Operator)
}

// PubKeyByConsensus is the key of a consensus address, also of a seat that has just gone: its votes come for two heights more.
func (k *Keeper) PubKeyByConsensus(ctx context.Context, address sdk.ConsAddress) (cmtcrypto.PublicKey, error) {
	key, err := k.key(ctx, address)
	if err != nil {
		return cmtcrypto.PublicKey{}, err
	}
	return publicKey(key.Key), nil
}

func (k *Keeper) key(ctx context.Context, address []byte) (council.Key, error) {
	key, err := k.Keys.Get(ctx, address)
	if errors.Is(err, collections.ErrNotFound) {
		return key, council.ErrNotFound.Wrapf("consensus address %X", address)
	}
	return key, err
}

func (k *Keeper) seat(ctx context.Context, account []byte) (council.Seat, error) {
	seat, err := k.ByAccount.Get(ctx, account)
	if errors.Is(err, collections.ErrNotFound) {
		return seat, council.ErrNotFound.Wrapf("%s has no seat", sdk.AccAddress(account))
	}
	return seat, err
}

// put stores a seat and tells of it.
func (k *Keeper) put(ctx context.Context, account []byte, seat council.Seat) error {
	if err := k.ByAccount.Set(ctx, account, seat); err != nil {
		return err
	}
	return emit(ctx, seat.Event())
}

// checkSpared refuses to lose the last active seat.
func (k *Keeper) checkSpared(ctx context.Context, seat council.Seat) error {
	if !seat.Active() {
		return nil
	}
	seats, err := k.Seats(ctx)
	if err != nil {
		return err
	}
	if active(seats) <= 1 {
		return council.ErrLast.Wrapf("seat of %s", seat.Operator)
	}
	return nil
}

func active(seats []council.Seat) int {
	n := 0
	for _, s := range seats {
		if s.Active() {
			n++
		}
	}
	return n
}

func publicKey(key []byte) cmtcrypto.PublicKey {
	return cmtcrypto.PublicKey{Sum: &cmtcrypto.PublicKey_Ed25519{Ed25519: key}}
}
