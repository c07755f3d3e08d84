package keeper

import (
	"context"

	"ayni.example/x/inference"
)

// Invariants checks that the state agrees with itself and with the register of providers; it reads all of it.
func (k *Keeper) Invariants(ctx context.Context) error {
	g, err := k.ExportGenesis(ctx)
	if err != nil {
		return err
	}
	if err := g.Validate(); err != nil {
		return err
	}
	for _, o := range g.Offers {
		addr, err := k.canonical("provider", o.Provider)
		if err != nil {
			return err
		}
		if _, err := k.providers.Provider(ctx, addr); err != nil {
			return inference.ErrInvariant.Wrapf("offer of %x by %s, who is gone", o.Model, o.Provider)
		}
	}
	listed := 0
	if err := k.Offers.Indexes.Model.Walk(ctx, nil, func(digest []byte, key offerKey) (bool, error) {
		listed++
		_, err := k.offer(ctx, key.K1(), digest)
		return err != nil, err
	}); err != nil {
		return err
	}
	if listed != len(g.Offers) {
		return inference.ErrInvariant.Wrapf("%d offers, %d listed by model", len(g.Offers), listed)
	}
	return nil
}
