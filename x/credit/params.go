package credit

// Bounds of what the parameters may be set to.
const (
	lanesBound    = 4096
	vouchersBound = 1000
	// secondsBound is a year; longer would lock a deposit for good by mistake.
	secondsBound = 366 * 24 * 3600
	// challengeBlocksMax is some months of the shortest blocks.
	challengeBlocksMax = 50_000_000
)

// DefaultParams are the rules of a new ledger; it has no admin until genesis names one.
func DefaultParams() Params {
	return Params{
		ChallengeBlocksMin:  5,
		ChallengeSecondsMin: 60,
		ChallengeSecondsMax: 30 * 24 * 3600,
		LanesMax:            64,
		VouchersMax:         256,
	}
}

// Validate checks the parameters without any state.
func (p Params) Validate() error {
	switch {
	case p.ChallengeBlocksMin == 0 || p.ChallengeBlocksMin > challengeBlocksMax:
		return ErrInvalid.Wrapf("least challenge period of %d blocks is not 1 to %d", p.ChallengeBlocksMin, challengeBlocksMax)
	case p.ChallengeSecondsMin == 0:
		return ErrInvalid.Wrap("least challenge period is 0 s")
	case p.ChallengeSecondsMax < p.ChallengeSecondsMin || p.ChallengeSecondsMax > secondsBound:
		return ErrInvalid.Wrapf("longest challenge period of %d s is not %d to %d", p.ChallengeSecondsMax,
			p.ChallengeSecondsMin, secondsBound)
	case p.LanesMax == 0 || p.LanesMax > lanesBound:
		return ErrInvalid.Wrapf("%d lanes are not 1 to %d", p.LanesMax, lanesBound)
	case p.VouchersMax == 0 || p.VouchersMax > vouchersBound:
		return ErrInvalid.Wrapf("%d vouchers in a claim are not 1 to %d", p.VouchersMax, vouchersBound)
	}
	return nil
}

// Succeed checks that next may replace p on a running ledger.
func (p Params) Succeed(next Params) error {
	if err := next.Validate(); err != nil {
		return err
	}
	if next.LanesMax < p.LanesMax {
		return ErrInvalid.Wrapf("lanes may not fall from %d to %d: vouchers on the upper ones may be out", p.LanesMax, next.LanesMax)
	}
	return nil
}

// CheckChallenge tells whether a channel may have this challenge period.
func (p Params) CheckChallenge(blocks, seconds uint32) error {
	if blocks < p.ChallengeBlocksMin || blocks > challengeBlocksMax {
		return ErrInvalid.Wrapf("challenge period of %d blocks is not %d to %d", blocks, p.ChallengeBlocksMin, challengeBlocksMax)
	}
	if seconds < p.ChallengeSecondsMin || seconds > p.ChallengeSecondsMax {
		return ErrInvalid.Wrapf("challenge period of %d s is not %d to %d", seconds, p.ChallengeSecondsMin, p.ChallengeSecondsMax)
	}
	return nil
}
