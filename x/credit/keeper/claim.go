package keeper

import (
	"context"
	"errors"

	"cosmossdk.io/collections"
	"cosmossdk.io/math"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"ayni.example/x/credit"
	"ayni.example/x/provenance"
)

// verifyGas is charged for each voucher, since checking a signature costs more than the bytes it reads.
const verifyGas = 2_000

// Payment is what one voucher of a claim moved.
type Payment struct {
	Lane         credit.Lane // after the claim
	Paid         math.Int    // zero where only the head is new
	Cut          math.Int    // part of Paid that went to the model's owner and ancestors
	Payer, Payee string
}

// Claim pays out vouchers. A stale one is skipped, so that claims may race; a false one refuses all.
func (k *Keeper) Claim(ctx context.Context, vouchers []credit.Voucher) ([]Payment, error) {
	params, err := k.Params.Get(ctx)
	if err != nil {
		return nil, err
	}
	if len(vouchers) > int(params.VouchersMax) {
		return nil, credit.ErrInvalid.Wrapf("%d vouchers, more than %d", len(vouchers), params.VouchersMax)
	}
	payments := make([]Payment, 0, len(vouchers))
	for _, v := range vouchers {
		payment, fresh, err := k.claim(ctx, v, params.LanesMax)
		if err != nil {
			return nil, err
		}
		if fresh {
			payments = append(payments, payment)
		}
	}
	return payments, nil
}

// claim pays one voucher and tells whether it was newer than what its lane had seen.
func (k *Keeper) claim(ctx context.Context, v credit.Voucher, lanesMax uint32) (Payment, bool, error) {
	block := sdk.UnwrapSDKContext(ctx)
	block.GasMeter().ConsumeGas(verifyGas, "voucher signature")
	channel, err := k.channel(ctx, v.Channel)
	if err != nil {
		return Payment{}, false, err
	}
	if err := v.Verify(block.ChainID(), channel.Signer); err != nil {
		return Payment{}, false, err
	}
	if len(v.Model) > 0 && k.royalties == nil {
		return Payment{}, false, credit.ErrInvalid.Wrap("this ledger does not yet take vouchers that name a model")
	}
	if channel.State == credit.ChannelClosed {
		return Payment{}, false, credit.ErrState.Wrapf("channel %x is closed", v.Channel)
	}
	if v.Lane >= lanesMax {
		return Payment{}, false, credit.ErrLane.Wrapf("lane %d of %d", v.Lane, lanesMax)
	}
	at := collections.Join(v.Channel, v.Lane)
	lane, err := k.Lanes.Get(ctx, at)
	if errors.Is(err, collections.ErrNotFound) {
		lane, err = credit.NewLane(v.Channel, v.Lane), nil
	}
	if err != nil {
		return Payment{}, false, err
	}
	if !lane.Precedes(v) {
		return Payment{}, false, nil
	}
	paid := v.Cumulative.Sub(lane.Cumulative)
	lane = lane.Advance(v, block.BlockHeight())
	if err := k.Lanes.Set(ctx, at, lane); err != nil {
		return Payment{}, false, err
	}
	cut, err := k.pay(ctx, channel, v.Model, paid)
	return Payment{Lane: lane, Paid: paid, Cut: cut, Payer: channel.Payer, Payee: channel.Payee}, true, err
}

// pay moves paid from the deposit to the payee, less what the model's owner and ancestors have of it, which it returns.
func (k *Keeper) pay(ctx context.Context, channel credit.Channel, model []byte, paid math.Int) (math.Int, error) {
	cut := math.ZeroInt()
	if paid.IsZero() {
		return cut, nil
	}
	if paid.GT(channel.Remaining()) {
		return cut, credit.ErrDeposit.Wrapf("channel %x has %s left, the voucher asks for %s more", channel.Id, channel.Remaining(), paid)
	}
	payee, err := k.addresses.StringToBytes(channel.Payee)
	if err != nil {
		return cut, err
	}
	channel.Claimed = channel.Claimed.Add(paid)
	if err := k.Channels.Set(ctx, channel.Id, channel); err != nil {
		return cut, err
	}
	if len(model) > 0 {
		if cut, err = k.charge(ctx, model, paid); err != nil {
			return cut, err
		}
	}
	if rest := paid.Sub(cut); rest.IsPositive() {
		err = k.bank.SendCoinsFromModuleToAccount(ctx, credit.ModuleName, payee, credit.Coins(rest))
	}
	return cut, err
}

// charge moves what of paid belongs to the model's owner and ancestors to where they are paid from.
func (k *Keeper) charge(ctx context.Context, model []byte, paid math.Int) (math.Int, error) {
	cut, err := k.royalties.Charge(ctx, model, paid)
	if err != nil {
		return math.ZeroInt(), err
	}
	if cut.IsNegative() || cut.GT(paid) {
		return math.ZeroInt(), credit.ErrInvariant.Wrapf("a cut of %s from %s", cut, paid)
	}
	if cut.IsZero() {
		return cut, nil
	}
	return cut, k.bank.SendCoinsFromModuleToModule(ctx, credit.ModuleName, provenance.ModuleName, credit.Coins(cut))
}
