package keeper

import (
	"context"

	"cosmossdk.io/collections"

	"ayni.example/x/credit"
)

// initHolds loads holds and burnt nonces; what is scheduled for them is in the schedule's own genesis.
func (k *Keeper) initHolds(ctx context.Context, g *credit.GenesisState) error {
	for _, h := range g.Holds {
		for _, party := range []string{h.Payee, h.Facilitator} {
			if err := k.checkCanonical("party of a hold", party); err != nil {
				return err
			}
		}
		payer, err := k.canonical("payer of a hold", h.Payer)
		if err != nil {
			return err
		}
		if err := k.Holds.Set(ctx, collections.Join(payer, h.Nonce), h); err != nil {
			return err
		}
	}
	for _, n := range g.Nonces {
		payer, err := k.canonical("payer of a nonce", n.Payer)
		if err != nil {
			return err
		}
		if err := k.Nonces.Set(ctx, collections.Join(payer, n.Nonce), n.Mark()); err != nil {
			return err
		}
		if n.Until == 0 {
			continue
		}
		if err := k.NonceEnds.Set(ctx, collections.Join3(credit.Slot(n.Until), payer, n.Nonce)); err != nil {
			return err
		}
	}
	return nil
}

func (k *Keeper) exportHolds(ctx context.Context, g *credit.GenesisState) error {
	if err := k.Holds.Walk(ctx, nil, func(_ collections.Pair[[]byte, []byte], h credit.Hold) (bool, error) {
		g.Holds = append(g.Holds, h)
		return false, nil
	}); err != nil {
		return err
	}
	return k.Nonces.Walk(ctx, nil, func(at collections.Pair[[]byte, []byte], mark []byte) (bool, error) {
		n, err := credit.ReadMark(mark)
		if err != nil {
			return true, err
		}
		n.Nonce = at.K2()
		n.Payer, err = k.addresses.BytesToString(at.K1())
		g.Nonces = append(g.Nonces, n)
		return err != nil, err
	})
}

// checkNonces tells whether each nonce that ends is listed once and will be forgotten, and each hold will lapse.
func (k *Keeper) checkNonces(ctx context.Context, g *credit.GenesisState) error {
	ending, listed := 0, 0
	for _, n := range g.Nonces {
		if n.Until == 0 {
			continue
		}
		ending++
		slot := credit.Slot(n.Until)
		payer, err := k.addresses.StringToBytes(n.Payer)
		if err != nil {
			return err
		}
		has, err := k.NonceEnds.Has(ctx, collections.Join3(slot, payer, n.Nonce))
		if err != nil {
			return err
		}
		if !has || !k.scheduled(ctx, credit.KindForget, credit.SlotName(slot)) {
			return credit.ErrInvariant.Wrapf("nonce %x of %s will not be forgotten", n.Nonce, n.Payer)
		}
	}
	if err := k.NonceEnds.Walk(ctx, nil, func(collections.Triple[int64, []byte, []byte]) (bool, error) {
		listed++
		return false, nil
	}); err != nil {
		return err
	}
	if listed != ending {
		return credit.ErrInvariant.Wrapf("%d nonces end, %d are listed", ending, listed)
	}
	for _, h := range g.Holds {
		payer, err := k.addresses.StringToBytes(h.Payer)
		if err != nil {
			return err
		}
		if !k.scheduled(ctx, credit.KindLapse, credit.HoldName(payer, h.Nonce)) {
			return credit.ErrInvariant.Wrapf("hold %x of %s will not lapse", h.Nonce, h.Payer)
		}
	}
	return nil
}

func (k *Keeper) scheduled(ctx context.Context, kind string, name []byte) bool {
	if k.scheduler == nil {
		return false
	}
	_, err := k.scheduler.Item(ctx, kind, name)
	return err == nil
}

// canonical is the bytes of an address that must be written as the ledger writes it.
func (k *Keeper) canonical(role, text string) ([]byte, error) {
	if err := k.checkCanonical(role, text); err != nil {
		return nil, err
	}
	return k.addresses.StringToBytes(text)
}
