package fee

import (
	"cosmossdk.io/math"

	"ayni.example/x/credit"
)

// Bounds of what the parameters may be set to. Least change and widest range of prices bound the steps from the ceiling down
// to the floor, which whoever asks for the price computes: some 1,400.
const (
	basis     = 10_000
	changeMin = 500
	changeMax = basis / 2
	rangeMax  = 10_000

	targetMax  = 1 << 40
	decayMax   = 3_600
	blocksMax  = 50_000_000
	secondsMax = 366 * 24 * 3600
)

// DefaultParams are the rules of a new ledger: a transfer costs about 0.0001 credits, at most 1,000 times as much. The target is
// half of what a block holds. It has no admin until genesis names one.
func DefaultParams() Params {
	return Params{
		PriceFloor: math.NewInt(1_000_000_000), PriceCeiling: math.NewInt(1_000_000_000_000),
		TargetGas: 25_000_000, ChangeBps: 1_250, DecaySeconds: 2,
		QuotaBlocks: 100, QuotaSeconds: 24 * 3600,
	}
}

// Validate checks the parameters without any state.
func (p Params) Validate() error {
	if err := credit.CheckPositive("price floor", p.PriceFloor); err != nil { // from zero no price could rise
		return ErrInvalid.Wrap(err.Error())
	}
	if err := credit.CheckPositive("price ceiling", p.PriceCeiling); err != nil {
		return ErrInvalid.Wrap(err.Error())
	}
	switch {
	case p.PriceCeiling.LT(p.PriceFloor) || p.PriceCeiling.GT(p.PriceFloor.MulRaw(rangeMax)):
		return ErrInvalid.Wrapf("price ceiling %s is not 1 to %d times the floor %s", p.PriceCeiling, rangeMax, p.PriceFloor)
	case p.TargetGas == 0 || p.TargetGas > targetMax:
		return ErrInvalid.Wrapf("target of %d gas is not 1 to %d", p.TargetGas, int64(targetMax))
	case p.ChangeBps < changeMin || p.ChangeBps > changeMax:
		return ErrInvalid.Wrapf("change of %d ten thousandths is not %d to %d", p.ChangeBps, changeMin, changeMax)
	case p.DecaySeconds == 0 || p.DecaySeconds > decayMax:
		return ErrInvalid.Wrapf("decay after %d s is not 1 to %d", p.DecaySeconds, decayMax)
	case p.QuotaBlocks == 0 || p.QuotaBlocks > blocksMax:
		return ErrInvalid.Wrapf("quota period of %d blocks is not 1 to %d", p.QuotaBlocks, blocksMax)
	case p.QuotaSeconds == 0 || p.QuotaSeconds > secondsMax:
		return ErrInvalid.Wrapf("quota period of %d s is not 1 to %d", p.QuotaSeconds, secondsMax)
	}
	return nil
}
