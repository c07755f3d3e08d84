package keeper

import (
	"context"

	"cosmossdk.io/collections"
	"cosmossdk.io/math"

	authtypes "github.com/cosmos/cosmos-sdk/x/auth/types"

	"ayni.example/x/credit"
	"ayni.example/x/payout"
)

// InitGenesis loads a state that has been validated; what is promised must already lie in the module's account, and what is due
// stands in the schedule's genesis.
func (k *Keeper) InitGenesis(ctx context.Context, g *payout.GenesisState) error {
	if err := k.Params.Set(ctx, g.Params); err != nil {
		return err
	}
	for _, p := range g.Promises {
		if _, err := k.canonical("beneficiary", p.Terms.Beneficiary); err != nil {
			return err
		}
		if _, err := k.canonical("submitter", p.Terms.Submitter); err != nil {
			return err
		}
		payer, err := k.canonical("payer", p.Payer)
		if err != nil {
			return err
		}
		if err := k.Promises.Set(ctx, collections.Join(payer, p.Number), p); err != nil {
			return err
		}
	}
	if locked, held := locked(g), k.held(ctx); held.LT(locked) {
		return payout.ErrInvariant.Wrapf("promises are %s, the account holds only %s", locked, held)
	}
	return nil
}

// ExportGenesis writes the whole state out, in the order of its keys.
func (k *Keeper) ExportGenesis(ctx context.Context) (*payout.GenesisState, error) {
	params, err := k.Params.Get(ctx)
	if err != nil {
		return nil, err
	}
	g := &payout.GenesisState{Params: params}
	return g, k.Promises.Walk(ctx, nil, func(_ name, p payout.Promise) (bool, error) {
		g.Promises = append(g.Promises, p)
		return false, nil
	})
}

// Invariants checks that the state agrees with itself and with the bank; it reads all of it.
func (k *Keeper) Invariants(ctx context.Context) error {
	g, err := k.ExportGenesis(ctx)
	if err != nil {
		return err
	}
	if err := g.Validate(); err != nil {
		return payout.ErrInvariant.Wrap(err.Error())
	}
	if locked, held := locked(g), k.held(ctx); !held.Equal(locked) {
		return payout.ErrInvariant.Wrapf("promises are %s, the account holds %s", locked, held)
	}
	return nil
}

// locked is what promises sum to.
func locked(g *payout.GenesisState) math.Int {
	sum := math.ZeroInt()
	for _, p := range g.Promises {
		sum = sum.Add(p.Terms.Most)
	}
	return sum
}

// held is what the module's account has at the bank.
func (k *Keeper) held(ctx context.Context) math.Int {
	return k.bank.GetBalance(ctx, authtypes.NewModuleAddress(payout.ModuleName), credit.Denom).Amount
}

// canonical reads an address and refuses any other text form, under which the same account would count as another.
func (k *Keeper) canonical(role, text string) ([]byte, error) {
	addr, canonical, err := k.address(role, text)
	if err != nil {
		return nil, err
	}
	if text != canonical {
		return nil, payout.ErrInvalid.Wrapf("%s %s is written %s here", role, text, canonical)
	}
	return addr, nil
}
