package keeper

import (
	"bytes"
	"context"

	"cosmossdk.io/collections"
	"cosmossdk.io/math"

	authtypes "github.com/cosmos/cosmos-sdk/x/auth/types"

	"ayni.example/x/credit"
)

// Invariants checks that the state agrees with itself and with the bank; it reads all of it.
func (k *Keeper) Invariants(ctx context.Context) error {
	g, err := k.ExportGenesis(ctx)
	if err != nil {
		return err
	}
	if err := g.Validate(); err != nil {
		return err
	}
	if held, locked := k.held(ctx), lockedBy(g); !held.Equal(locked) {
		return credit.ErrInvariant.Wrapf("channels and holds lock %s, the account holds %s", locked, held)
	}
	if err := k.checkIndex(ctx, g.Channels); err != nil {
		return err
	}
	return k.checkNonces(ctx, g)
}

// checkSolvent is the part of Invariants that a genesis must meet: more than is locked does no harm.
func (k *Keeper) checkSolvent(ctx context.Context) error {
	locked := math.ZeroInt()
	if err := k.Channels.Walk(ctx, nil, func(_ []byte, c credit.Channel) (bool, error) {
		locked = locked.Add(c.Locked())
		return false, nil
	}); err != nil {
		return err
	}
	if err := k.Holds.Walk(ctx, nil, func(_ collections.Pair[[]byte, []byte], h credit.Hold) (bool, error) {
		locked = locked.Add(h.Amount)
		return false, nil
	}); err != nil {
		return err
	}
	if held := k.held(ctx); held.LT(locked) {
		return credit.ErrInvariant.Wrapf("channels and holds lock %s, the account holds only %s", locked, held)
	}
	return nil
}

// checkIndex tells whether each channel is found once by its payer and once by its payee.
func (k *Keeper) checkIndex(ctx context.Context, channels []credit.Channel) error {
	payers, payees := 0, 0
	count := func(n *int, party func(credit.Channel) string) func(ref, id []byte) (bool, error) {
		return func(ref, id []byte) (bool, error) {
			*n++
			c, err := k.channel(ctx, id)
			if err != nil {
				return true, err
			}
			want, err := k.addresses.StringToBytes(party(c))
			if err == nil && !bytes.Equal(ref, want) {
				err = credit.ErrInvariant.Wrapf("channel %x is listed under another address", id)
			}
			return err != nil, err
		}
	}
	byPayer := count(&payers, func(c credit.Channel) string { return c.Payer })
	if err := k.Channels.Indexes.Payer.Walk(ctx, nil, byPayer); err != nil {
		return err
	}
	byPayee := count(&payees, func(c credit.Channel) string { return c.Payee })
	if err := k.Channels.Indexes.Payee.Walk(ctx, nil, byPayee); err != nil {
		return err
	}
	if payers != len(channels) || payees != len(channels) {
		return credit.ErrInvariant.Wrapf("%d channels, %d listed by payer, %d by payee", len(channels), payers, payees)
	}
	return nil
}

// held is what the module's account has at the bank.
func (k *Keeper) held(ctx context.Context) math.Int {
	return k.bank.GetBalance(ctx, authtypes.NewModuleAddress(credit.ModuleName), credit.Denom).Amount
}

func lockedBy(g *credit.GenesisState) math.Int {
	sum := math.ZeroInt()
	for _, c := range g.Channels {
		sum = sum.Add(c.Locked())
	}
	for _, h := range g.Holds {
		sum = sum.Add(h.Amount)
	}
	return sum
}
