package keeper

import (
	"context"
	"errors"

	"cosmossdk.io/collections"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"ayni.example/x/inference"
	"ayni.example/x/provenance"
	"ayni.example/x/provider"
)

// SetOffer makes or replaces the offer of a model by the provider with the address addr.
func (k *Keeper) SetOffer(ctx context.Context, addr []byte, text string, o inference.Offer) error {
	p, err := k.providers.Provider(ctx, addr)
	if errors.Is(err, provider.ErrNotFound) {
		return inference.ErrProvider.Wrap("sender is not registered")
	}
	if err != nil {
		return err
	}
	if !p.Serves() {
		return inference.ErrProvider.Wrapf("sender is %s", p.Status)
	}
	model, err := k.model(ctx, o.Model)
	if err != nil {
		return err
	}
	if err := o.Serves(model); err != nil {
		return err
	}
	if k.terms != nil {
		priced := o.PriceInput.IsPositive() || o.PriceOutput.IsPositive()
		if err := k.terms.Forbids(ctx, o.Model, provenance.Use{Commercial: priced}); err != nil {
			return err
		}
	}
	at := collections.Join(addr, o.Model)
	exists, err := k.Offers.Has(ctx, at)
	if err != nil {
		return err
	}
	if !exists {
		if err := k.checkRoom(ctx, addr); err != nil {
			return err
		}
	}
	o.Provider, o.UpdatedHeight = text, sdk.UnwrapSDKContext(ctx).BlockHeight()
	return k.Offers.Set(ctx, at, o)
}

// RemoveOffer ends an offer, whatever the status of its provider.
func (k *Keeper) RemoveOffer(ctx context.Context, addr, digest []byte) error {
	if _, err := k.offer(ctx, addr, digest); err != nil {
		return err
	}
	return k.Offers.Remove(ctx, collections.Join(addr, digest))
}

// AfterWithdraw removes the offers of a provider that is gone; their number is bounded.
func (k *Keeper) AfterWithdraw(ctx context.Context, addr []byte) error {
	digests, err := k.offered(ctx, addr)
	if err != nil {
		return err
	}
	for _, digest := range digests {
		if err := k.Offers.Remove(ctx, collections.Join(addr, digest)); err != nil {
			return err
		}
	}
	return nil
}

func (k *Keeper) offer(ctx context.Context, addr, digest []byte) (inference.Offer, error) {
	o, err := k.Offers.Get(ctx, collections.Join(addr, digest))
	if errors.Is(err, collections.ErrNotFound) {
		return o, inference.ErrNotFound.Wrapf("offer of model %x", digest)
	}
	return o, err
}

// checkRoom tells whether a provider may have one offer more.
func (k *Keeper) checkRoom(ctx context.Context, addr []byte) error {
	params, err := k.Params.Get(ctx)
	if err != nil {
		return err
	}
	digests, err := k.offered(ctx, addr)
	if err != nil {
		return err
	}
	if len(digests) >= int(params.OffersMax) {
		return inference.ErrFull.Wrapf("%d offers", len(digests))
	}
	return nil
}

// offered lists the models that a provider offers.
func (k *Keeper) offered(ctx context.Context, addr []byte) ([][]byte, error) {
	var digests [][]byte
	own := collections.NewPrefixedPairRange[[]byte, []byte](addr)
	err := k.Offers.Walk(ctx, own, func(key offerKey, _ inference.Offer) (bool, error) {
		digests = append(digests, key.K2())
		return false, nil
	})
	return digests, err
}
