package artifact

import (
	"cosmossdk.io/math"

	"ayni.example/x/credit"
)

// Bounds of what the parameters may be set to.
const (
	basis           = 10_000
	rewardMax       = basis / 2
	blocksMax       = 50_000_000
	secondsMax      = 30 * 24 * 3600
	termMax         = 10 * 366 * 24 * 3600
	challengesBound = 16
)

// DefaultParams ask for a bond of one credit and give a holder ten minutes.
func DefaultParams() Params {
	return Params{
		BondMin: math.NewInt(1_000_000_000_000_000_000), Deposit: math.NewInt(10_000_000_000_000_000),
		AnswerBlocks: 5, AnswerSeconds: 600, ChallengesMax: 4, RewardBps: rewardMax, TermSecondsMax: 366 * 24 * 3600,
	}
}

// Validate checks the parameters without any state.
func (p Params) Validate() error {
	if err := credit.CheckAmount("least bond", p.BondMin); err != nil {
		return err
	}
	if err := credit.CheckPositive("deposit", p.Deposit); err != nil { // free challenges would cost holders without end
		return err
	}
	switch {
	case p.AnswerBlocks == 0 || p.AnswerBlocks > blocksMax:
		return ErrInvalid.Wrapf("%d blocks for an answer are not 1 to %d", p.AnswerBlocks, blocksMax)
	case p.AnswerSeconds > secondsMax:
		return ErrInvalid.Wrapf("%d s for an answer are more than %d", p.AnswerSeconds, secondsMax)
	case p.ChallengesMax == 0 || p.ChallengesMax > challengesBound:
		return ErrInvalid.Wrapf("%d challenges at once are not 1 to %d", p.ChallengesMax, challengesBound)
	case p.RewardBps > rewardMax: // with all of it a holder could take its own bond back by a challenge of its own
		return ErrInvalid.Wrapf("reward of %d ten thousandths is more than %d", p.RewardBps, rewardMax)
	case p.TermSecondsMax == 0 || p.TermSecondsMax > termMax:
		return ErrInvalid.Wrapf("term of %d s is not 1 to %d", p.TermSecondsMax, int64(termMax))
	}
	return nil
}

// RewardFloor is the challenger's part of a broken pledge's bond, rounded down; the rest is for the fees.
func (p Params) RewardFloor(bond math.Int) math.Int {
	return bond.MulRaw(int64(p.RewardBps)).QuoRaw(basis)
}

// EarnedFloor is what an answer pays the holder of a challenge's deposit, rounded down; the rest is for the fees, or a holder could
// fill all places with challenges of its own for nothing.
func EarnedFloor(deposit math.Int) math.Int { return deposit.QuoRaw(2) }

// CheckTerm tells whether a pledge may be bound until then.
func (p Params) CheckTerm(until, now int64) error {
	if until <= now || until > now+int64(p.TermSecondsMax) {
		return ErrTerm.Wrapf("until %d is not within %d s from %d on", until, p.TermSecondsMax, now)
	}
	return nil
}
