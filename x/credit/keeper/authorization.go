package keeper

import (
	"bytes"
	"context"

	"cosmossdk.io/collections"
	"cosmossdk.io/math"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"ayni.example/internal/ethkey"
	"ayni.example/x/credit"
	"ayni.example/x/internal/gas"
	"ayni.example/x/schedule"
)

// Gas besides what a message reads and writes.
const (
	// recoverGas is what the EVM charges for finding who signed.
	recoverGas = 3_000
	// forgetGas is for removing a nonce later, which no transaction pays for then.
	forgetGas = 4_000
)

// forgetMax bounds the nonces that one scheduled item forgets; what is left of a slot comes in the next block.
const forgetMax = 200

// TransferAuthorized moves what an authorisation says, once.
func (k *Keeper) TransferAuthorized(ctx context.Context, a credit.Authorization, signature []byte) error {
	if err := k.checkPayment(ctx, a.From, a.To, a.Validate()); err != nil {
		return err
	}
	block := sdk.UnwrapSDKContext(ctx)
	if err := a.CheckTime(block.BlockTime().Unix()); err != nil {
		return err
	}
	signer, digest, err := recoverSigner(block, a.Digest, signature)
	if err != nil {
		return err
	}
	if err := k.burn(ctx, a.From, a.Nonce, digest, a.ValidBefore); err != nil {
		return err
	}
	if err := k.draw(ctx, a.From, a.To, a.Value, a.Nonce, signer); err != nil {
		return err
	}
	return k.bank.SendCoinsFromModuleToAccount(ctx, credit.ModuleName, a.To, credit.Coins(a.Value))
}

// CancelAuthorization burns a nonce for good; its payer has signed that.
func (k *Keeper) CancelAuthorization(ctx context.Context, authorizer, nonce, signature []byte) error {
	if k.scheduler == nil {
		return credit.ErrRelease
	}
	signer, digest, err := recoverSigner(sdk.UnwrapSDKContext(ctx), func(chain uint64) []byte {
		return credit.CancellationDigest(authorizer, nonce, chain)
	}, signature)
	if err != nil {
		return err
	}
	if !bytes.Equal(signer, authorizer) {
		return credit.ErrAuthorizer
	}
	return k.burn(ctx, authorizer, nonce, digest, 0)
}

// checkPayment tells whether a payment with a form of this validity may be made at all.
func (k *Keeper) checkPayment(_ context.Context, from, to []byte, form error) error {
	switch {
	case k.scheduler == nil:
		return credit.ErrRelease
	case form != nil:
		return form
	case bytes.Equal(from, to) || k.bank.BlockedAddr(to):
		return credit.ErrRecipient.Wrap("payee is the payer or an account of the ledger itself")
	}
	return nil
}

// recoverSigner is who signed for this ledger, and the digest of it.
func recoverSigner(block sdk.Context, digestOn func(chain uint64) []byte, signature []byte) (signer, digest []byte, err error) {
	block.GasMeter().ConsumeGas(recoverGas, "signature of an authorisation")
	chain, err := credit.ChainNumber(block.ChainID())
	if err != nil {
		return nil, nil, err
	}
	digest = digestOn(chain)
	if signer, err = ethkey.Recover(digest, signature); err != nil {
		return nil, nil, credit.ErrAuthorizer.Wrap(err.Error())
	}
	return signer, digest, nil
}

// draw moves value into the module's account: from the payer's balance where the payer signed, else from the reservation of an
// agent whose session key did.
func (k *Keeper) draw(ctx context.Context, from, to []byte, value math.Int, nonce, signer []byte) error {
	if bytes.Equal(signer, from) {
		return k.bank.SendCoinsFromAccountToModule(ctx, from, credit.ModuleName, credit.Coins(value))
	}
	if k.reservations == nil {
		return credit.ErrAuthorizer
	}
	if err := k.reservations.Spend(ctx, from, to, value, nonce, signer); err != nil {
		return credit.ErrAuthorizer.Wrap(err.Error())
	}
	return nil
}

// burn makes a nonce useless until its authorisation is over; zero is for good.
func (k *Keeper) burn(ctx context.Context, payer, nonce, digest []byte, until int64) error {
	at := collections.Join(payer, nonce)
	switch burnt, err := k.Nonces.Has(ctx, at); {
	case err != nil:
		return err
	case burnt:
		return credit.ErrBurnt.Wrapf("%x", nonce)
	}
	if err := k.Nonces.Set(ctx, at, credit.BurntNonce{Digest: digest, Until: until}.Mark()); err != nil || until == 0 {
		return err
	}
	slot := credit.Slot(until)
	if err := k.NonceEnds.Set(ctx, collections.Join3(slot, payer, nonce)); err != nil {
		return err
	}
	// Which payment is a slot's first is chance, so none pays for the slot's item.
	free := gas.Flat(ctx, forgetGas, "nonce to forget")
	err := k.scheduler.Schedule(free, credit.KindForget, credit.SlotName(slot), schedule.Plan{Time: credit.SlotTime(slot)})
	if err != nil && !schedule.ErrExists.Is(err) {
		return err
	}
	return nil
}

// forget removes nonces of a slot whose authorisations are all over.
func (k *Keeper) forget(ctx context.Context, due schedule.Due) error {
	slot, err := credit.SlotOf(due.Item.Name)
	if err != nil {
		return err
	}
	var over []collections.Triple[int64, []byte, []byte]
	err = k.NonceEnds.Walk(ctx, collections.NewPrefixedTripleRange[int64, []byte, []byte](slot),
		func(at collections.Triple[int64, []byte, []byte]) (bool, error) {
			over = append(over, at)
			return len(over) > forgetMax, nil
		})
	if err != nil {
		return err
	}
	for _, at := range over[:min(len(over), forgetMax)] {
		if err := k.Nonces.Remove(ctx, collections.Join(at.K2(), at.K3())); err != nil {
			return err
		}
		if err := k.NonceEnds.Remove(ctx, at); err != nil {
			return err
		}
	}
	if len(over) <= forgetMax {
		return nil
	}
	return k.scheduler.Schedule(ctx, credit.KindForget, due.Item.Name, schedule.Plan{})
}
