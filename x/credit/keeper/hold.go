package keeper

import (
	"context"
	"errors"

	"cosmossdk.io/collections"
	"cosmossdk.io/math"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"ayni.example/internal/ethkey"
	"ayni.example/x/credit"
	"ayni.example/x/schedule"
)

const (
	lapseGas      = 100_000
	forgetItemGas = 2_000_000
	attempts      = 3
	// lapseBlocks is how many blocks a hold lasts at least, however long one of them took.
	lapseBlocks = 5
)

// Kinds are the sorts of work that the module schedules.
func (k *Keeper) Kinds() []schedule.Kind {
	return []schedule.Kind{
		{Name: credit.KindForget, Gas: forgetItemGas, Attempts: attempts, Run: k.forget},
		{Name: credit.KindLapse, Gas: lapseGas, Attempts: attempts, Grace: true, Run: k.lapse},
	}
}

// Hold locks the most that a permit lets its payee be paid.
func (k *Keeper) Hold(ctx context.Context, p credit.Permit, signature []byte) (credit.Hold, error) {
	if err := k.checkPayment(ctx, p.From, p.To, p.Validate()); err != nil {
		return credit.Hold{}, err
	}
	block := sdk.UnwrapSDKContext(ctx)
	if err := p.CheckTime(block.BlockTime().Unix()); err != nil {
		return credit.Hold{}, err
	}
	signer, digest, err := recoverSigner(block, p.Digest, signature)
	if err != nil {
		return credit.Hold{}, err
	}
	if err := k.burn(ctx, p.From, p.Nonce, digest, p.Deadline); err != nil {
		return credit.Hold{}, err
	}
	if err := k.draw(ctx, p.From, p.To, p.Amount, p.Nonce, signer); err != nil {
		return credit.Hold{}, err
	}
	hold := credit.Hold{
		Payer: ethkey.Format(p.From), Nonce: p.Nonce, Payee: ethkey.Format(p.To), Facilitator: ethkey.Format(p.Facilitator),
		Amount: p.Amount, Deadline: p.Deadline,
	}
	if err := k.Holds.Set(ctx, collections.Join(p.From, p.Nonce), hold); err != nil {
		return hold, err
	}
	return hold, k.scheduler.Schedule(ctx, credit.KindLapse, credit.HoldName(p.From, p.Nonce),
		schedule.Plan{Height: block.BlockHeight() + lapseBlocks, Time: p.Deadline})
}

// Settle pays amount of a hold to its payee, and the rest back to its payer.
func (k *Keeper) Settle(ctx context.Context, facilitator, payer, nonce []byte, amount math.Int) (credit.Hold, error) {
	hold, err := k.hold(ctx, payer, nonce)
	if err != nil {
		return hold, err
	}
	if err := k.checkParty(facilitator, hold.Facilitator, "only the hold's facilitator settles it"); err != nil {
		return hold, err
	}
	if amount.GT(hold.Amount) {
		return hold, credit.ErrExceeds.Wrapf("%s of %s", amount, hold.Amount)
	}
	return hold, k.end(ctx, hold, payer, amount)
}

// Release gives a hold back.
func (k *Keeper) Release(ctx context.Context, sender, payer, nonce []byte) (credit.Hold, error) {
	hold, err := k.hold(ctx, payer, nonce)
	if err != nil {
		return hold, err
	}
	if k.checkParty(sender, hold.Payee, "") != nil {
		if err := k.checkParty(sender, hold.Facilitator, "only the hold's payee and facilitator release it"); err != nil {
			return hold, err
		}
	}
	return hold, k.end(ctx, hold, payer, math.ZeroInt())
}

// end takes a hold out of the schedule and pays it out.
func (k *Keeper) end(ctx context.Context, hold credit.Hold, payer []byte, paid math.Int) error {
	err := k.scheduler.Cancel(ctx, credit.KindLapse, credit.HoldName(payer, hold.Nonce))
	if err != nil && !schedule.ErrNotFound.Is(err) { // the schedule gives up what fails again and again
		return err
	}
	return k.divide(ctx, hold, payer, paid)
}

// divide removes a hold and pays out all of it.
func (k *Keeper) divide(ctx context.Context, hold credit.Hold, payer []byte, paid math.Int) error {
	if err := k.Holds.Remove(ctx, collections.Join(payer, hold.Nonce)); err != nil {
		return err
	}
	if paid.IsPositive() {
		payee, err := k.addresses.StringToBytes(hold.Payee)
		if err != nil {
			return err
		}
		if err := k.bank.SendCoinsFromModuleToAccount(ctx, credit.ModuleName, payee, credit.Coins(paid)); err != nil {
			return err
		}
	}
	rest := hold.Amount.Sub(paid)
	if rest.IsZero() {
		return nil
	}
	return k.bank.SendCoinsFromModuleToAccount(ctx, credit.ModuleName, payer, credit.Coins(rest))
}

// lapse gives back a hold that nobody has settled.
func (k *Keeper) lapse(ctx context.Context, due schedule.Due) error {
	name := due.Item.Name
	if len(name) != ethkey.AddressSize+credit.NonceSize {
		return credit.ErrInvalid.Wrapf("name of a hold has %d bytes", len(name))
	}
	payer, nonce := name[:ethkey.AddressSize], name[ethkey.AddressSize:]
	hold, err := k.hold(ctx, payer, nonce)
	if err != nil {
		return err
	}
	if err := k.divide(ctx, hold, payer, math.ZeroInt()); err != nil {
		return err
	}
	return emit(ctx, settledEvent(hold, math.ZeroInt(), true))
}

func (k *Keeper) hold(ctx context.Context, payer, nonce []byte) (credit.Hold, error) {
	hold, err := k.Holds.Get(ctx, collections.Join(payer, nonce))
	if errors.Is(err, collections.ErrNotFound) {
		return hold, credit.ErrNotFound.Wrapf("hold %x", nonce)
	}
	return hold, err
}
