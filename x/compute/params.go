package compute

import (
	"cosmossdk.io/math"

	"ayni.example/x/credit"
)

// Hard bounds of parameters: what one message, one match or one page can hold whatever is decided.
const (
	bidsBound    = 16
	declineBound = 64
	batchBound   = 256
	leasesBound  = 1_000
	pendingBound = 256
	countBound   = 10_000
	secondsBound = 366 * 24 * 3600
	blocksBound  = 1_000_000
	FullBps      = 10_000
)

// DefaultParams are those of a new network.
func DefaultParams() Params {
	return Params{
		OrdersMax: 256, ClosedMax: 64, BidsMax: 8, DeclinesMax: 64, LeasesMax: 100, BatchMax: 200,
		WindowBlocksMax: 10_000, PendingMax: 64,
		StartBlocks: 5, StartSeconds: 600, DowntimeSeconds: 600, DepositSeconds: 60,
		SilenceBlocks: 5, SilenceSeconds: 3_600, ReviewSecondsMax: 7 * 24 * 3600, ReclaimSecondsMax: 30 * 24 * 3600,
		LeaseBond: math.NewIntWithDecimal(1, 17), TrainingBondBps: 2_000, ChallengerBps: 5_000,
		RewardMax: math.NewIntWithDecimal(2, 18),
	}
}

// Validate checks the parameters.
func (p Params) Validate() error {
	for _, b := range []struct {
		name        string
		value       uint32
		least, most uint32
	}{
		{"orders_max", p.OrdersMax, 1, countBound},
		{"closed_max", p.ClosedMax, 1, countBound},
		{"bids_max", p.BidsMax, 1, bidsBound},
		{"declines_max", p.DeclinesMax, 1, declineBound},
		{"leases_max", p.LeasesMax, 1, leasesBound},
		{"batch_max", p.BatchMax, 1, batchBound},
		{"window_blocks_max", p.WindowBlocksMax, 0, blocksBound},
		{"pending_max", p.PendingMax, 1, pendingBound},
		{"start_blocks", p.StartBlocks, 1, blocksBound},
		{"start_seconds", p.StartSeconds, 1, secondsBound},
		{"downtime_seconds", p.DowntimeSeconds, 1, secondsBound},
		{"deposit_seconds", p.DepositSeconds, 1, secondsBound},
		{"silence_blocks", p.SilenceBlocks, 1, blocksBound},
		{"silence_seconds", p.SilenceSeconds, 1, secondsBound},
		{"review_seconds_max", p.ReviewSecondsMax, 1, secondsBound},
		{"reclaim_seconds_max", p.ReclaimSecondsMax, 0, secondsBound},
		{"training_bond_bps", p.TrainingBondBps, 0, 10 * FullBps},
		{"challenger_bps", p.ChallengerBps, 0, FullBps},
	} {
		if b.value < b.least || b.value > b.most {
			return ErrInvalid.Wrapf("%s is %d, not %d to %d", b.name, b.value, b.least, b.most)
		}
	}
	if p.SilenceSeconds < p.DowntimeSeconds {
		return ErrInvalid.Wrapf("a silence of %d s would close what a settlement after %d s pays", p.SilenceSeconds, p.DowntimeSeconds)
	}
	if err := money("reward_max", p.RewardMax); err != nil {
		return err
	}
	return money("lease_bond", p.LeaseBond)
}

// Reward is what whoever refutes a lease with a bond gets of it. It is bounded, and never all: a liar who has a friend refute the lie
// loses half of the bond at least, and all but the most of a reward of a large one.
func (p Params) Reward(bond math.Int) math.Int {
	part := bond.MulRaw(int64(p.ChallengerBps)).QuoRaw(FullBps)
	if p.RewardMax.IsNil() || p.RewardMax.IsZero() {
		return part
	}
	return math.MinInt(part, p.RewardMax)
}

// Bond is what a lease of this price holds of the provider's collateral.
func (p Params) Bond(s Spec, price math.Int) math.Int {
	if s.Unit != UnitStep {
		return p.LeaseBond
	}
	part := price.Mul(math.NewIntFromUint64(s.Units())).MulRaw(int64(p.TrainingBondBps)).QuoRaw(FullBps)
	return math.MaxInt(p.LeaseBond, part)
}

// money checks an amount that may come from the wire.
func money(field string, amount math.Int) error {
	if err := credit.CheckAmount(field, amount); err != nil {
		return ErrInvalid.Wrap(err.Error())
	}
	return nil
}
