package keeper

import (
	"context"
	"errors"

	"cosmossdk.io/collections"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"ayni.example/x/beacon"
)

// requestGas pays for a round: its proofs are checked and kept by every node.
const requestGas = 200_000

// Request asks for the next round and returns its number. It opens after this block, and all who ask before that share it. Who
// wants a round at a later height asks then, by an item of the schedule.
func (k *Keeper) Request(ctx context.Context) (uint64, error) {
	sdk.UnwrapSDKContext(ctx).GasMeter().ConsumeGas(requestGas, "round of the beacon")
	last, err := orZero(k.Last.Get(ctx))
	if err != nil {
		return 0, err
	}
	return last + 1, k.Wanted.Set(ctx, true)
}

// At is a consumer's draw of a round: the same for each who asks with this domain, and unlike that of any other domain.
func (k *Keeper) At(ctx context.Context, round uint64, domain string) ([beacon.OutputSize]byte, error) {
	if domain == "" || len(domain) > beacon.DomainMax {
		return [beacon.OutputSize]byte{}, beacon.ErrInvalid.Wrapf("domain of %d bytes is not 1 to %d", len(domain), beacon.DomainMax)
	}
	output, err := k.Output(ctx, round)
	if err != nil {
		return [beacon.OutputSize]byte{}, err
	}
	return beacon.Draw(output, domain), nil
}

// Output is what a round gave.
func (k *Keeper) Output(ctx context.Context, round uint64) ([]byte, error) {
	output, err := k.Outputs.Get(ctx, round)
	switch {
	case err == nil && len(output) == 0:
		return nil, beacon.ErrVoid.Wrapf("round %d", round)
	case !errors.Is(err, collections.ErrNotFound):
		return output, err
	}
	last, err := k.current(ctx)
	switch {
	case err != nil:
		return nil, err
	case round == 0 || round < last.Number:
		return nil, beacon.ErrGone.Wrapf("round %d", round)
	}
	return nil, beacon.ErrNotYet.Wrapf("round %d", round)
}
