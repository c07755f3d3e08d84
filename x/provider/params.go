package provider

import (
	"cosmossdk.io/math"

	"ayni.example/x/credit"
)

// Bounds of the unbonding: a bond may not be lost by a slip in genesis.
const (
	unbondingBlocksBound  = 50_000_000
	unbondingSecondsBound = 366 * 24 * 3600
)

// DefaultParams ask for one credit, held for an hour after leaving; there is no admin until genesis names one.
func DefaultParams() Params {
	return Params{
		BondMin:          math.NewInt(1_000_000_000_000_000_000),
		UnbondingBlocks:  20,
		UnbondingSeconds: 3600,
	}
}

// Validate checks the parameters without any state.
func (p Params) Validate() error {
	if err := credit.CheckAmount("least bond", p.BondMin); err != nil {
		return err
	}
	if p.UnbondingBlocks == 0 || p.UnbondingBlocks > unbondingBlocksBound {
		return ErrInvalid.Wrapf("unbonding of %d blocks is not 1 to %d", p.UnbondingBlocks, unbondingBlocksBound)
	}
	if p.UnbondingSeconds > unbondingSecondsBound {
		return ErrInvalid.Wrapf("unbonding of %d s is more than %d", p.UnbondingSeconds, unbondingSecondsBound)
	}
	return nil
}

// CheckBond tells whether a provider may stand in with bond.
func (p Params) CheckBond(bond math.Int) error {
	if bond.LT(p.BondMin) {
		return ErrBond.Wrapf("%s %s, at least %s", bond, credit.Denom, p.BondMin)
	}
	return nil
}
