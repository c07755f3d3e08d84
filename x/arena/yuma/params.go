package yuma

import "errors"

// Errors of what is given to an epoch.
var (
	ErrParams = errors.New("yuma: unfit parameters")
	ErrEpoch  = errors.New("yuma: unfit epoch")
	ErrReport = errors.New("yuma: unfit report")
)

const ppm = 1_000_000

// NoOwner says that no member is exempt as the owner.
const NoOwner = -1

// Params are the rules of epochs. Fractions named as of 16 bits are n/65535.
type Params struct {
	// Kappa is the part of the stake that must back a weight, 16 bits; half is 32767.
	Kappa uint16
	// BondsPenalty is how much of a weight beyond the consensus earns no bond, 16 bits.
	BondsPenalty uint16
	// BondsMovingAverage is how much of the old bonds stays, in millionths.
	BondsMovingAverage uint32
	// Yuma3 keeps bonds of each validator apart, so that newcomers reach their due without dilution.
	Yuma3 bool
	// LiquidAlpha lets bonds move faster the further a weight is from the consensus; it needs Yuma3.
	LiquidAlpha bool
	// AlphaLow and AlphaHigh are the slowest and the fastest, 16 bits; AlphaSteepness is in hundredths.
	AlphaLow, AlphaHigh, AlphaSteepness uint16
	// ActivityCutoff is after how many blocks without new weights a validator's stake does not count.
	ActivityCutoff uint64
	// MaxAllowedValidators is how many of those with most stake get a permit.
	MaxAllowedValidators uint32
	// MinStake is below what stake counts as none.
	MinStake uint64
	// Owner is the uid that always has a permit and may weigh itself, or NoOwner.
	Owner int
}

// Validate checks parameters.
func (p Params) Validate() error {
	switch {
	case p.BondsMovingAverage > ppm:
		return errorf(ErrParams, "bonds_moving_average of %d is more than %d", p.BondsMovingAverage, ppm)
	case p.LiquidAlpha && !p.Yuma3:
		return errorf(ErrParams, "liquid_alpha works with yuma3 alone")
	case p.AlphaLow > p.AlphaHigh:
		return errorf(ErrParams, "alpha_low of %d is above alpha_high of %d", p.AlphaLow, p.AlphaHigh)
	case p.Owner < NoOwner || p.Owner >= MembersMost:
		return errorf(ErrParams, "owner %d is not a uid: name %d for none", p.Owner, NoOwner)
	}
	return nil
}

// alpha is how much of the new bonds counts without liquid alpha.
func (p Params) alpha() Num { return One - Num((uint64(p.BondsMovingAverage)<<fraction)/ppm) }
