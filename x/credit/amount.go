package credit

import (
	"cosmossdk.io/math"

	sdk "github.com/cosmos/cosmos-sdk/types"
)

// AmountBits bounds every amount that enters the ledger, far below the 256 bits at which arithmetic would panic.
const AmountBits = 128

// CheckAmount tells whether amount, which may come from the wire, is present, not negative and bounded.
func CheckAmount(field string, amount math.Int) error {
	switch {
	case amount.IsNil():
		return ErrInvalid.Wrapf("%s is absent", field)
	case amount.IsNegative():
		return ErrInvalid.Wrapf("%s is negative", field)
	case amount.BigIntMut().BitLen() > AmountBits:
		return ErrInvalid.Wrapf("%s exceeds %d bits", field, AmountBits)
	}
	return nil
}

// CheckPositive is CheckAmount for an amount that must move something.
func CheckPositive(field string, amount math.Int) error {
	if err := CheckAmount(field, amount); err != nil {
		return err
	}
	if amount.IsZero() {
		return ErrInvalid.Wrapf("%s is zero", field)
	}
	return nil
}

// Coins is amount as the bank takes it; nothing when zero.
func Coins(amount math.Int) sdk.Coins { return sdk.NewCoins(sdk.NewCoin(Denom, amount)) }
