package arena

import (
	"cosmossdk.io/math"

	"ayni.example/x/credit"
)

// Bounds of what the parameters may be set to.
const (
	blocksMax       = 10_000_000
	secondsMax      = 366 * 24 * 3600
	contestantsMost = 256
	evaluatorsMost  = 64
	authorsMost     = 64
	tasksMost       = 256
	periodLeast     = 10
)

// DefaultParams ask a hundredth of a credit for a new arena, an epoch of at least a minute, and bonds that stay liable for an hour.
func DefaultParams() Params {
	return Params{
		CreateFee: math.NewInt(10_000_000_000_000_000), ContestantsMax: contestantsMost, EvaluatorsMax: evaluatorsMost,
		AuthorsMax: authorsMost, TasksMax: tasksMost, PeriodMin: 60, UnbondMin: Span{Blocks: 20, Seconds: 3600},
		EpochFee: math.NewInt(1_000_000_000_000_000),
	}
}

// Validate checks the parameters without any state.
func (p Params) Validate() error {
	for _, n := range []struct {
		name               string
		value, least, most uint32
	}{
		{"contestants_max", p.ContestantsMax, 1, contestantsMost},
		{"evaluators_max", p.EvaluatorsMax, 1, evaluatorsMost},
		{"authors_max", p.AuthorsMax, 1, authorsMost},
		{"tasks_max", p.TasksMax, 1, tasksMost},
		{"period_min", p.PeriodMin, periodLeast, secondsMax},
	} {
		if n.value < n.least || n.value > n.most {
			return ErrInvalid.Wrapf("%s of %d is not %d to %d", n.name, n.value, n.least, n.most)
		}
	}
	if err := p.UnbondMin.validate("unbond_min"); err != nil {
		return err
	}
	if err := credit.CheckAmount("epoch_fee", p.EpochFee); err != nil {
		return err
	}
	return credit.CheckAmount("create_fee", p.CreateFee)
}

func (s Span) validate(name string) error {
	if s.Blocks == 0 || s.Blocks > blocksMax || s.Seconds > secondsMax {
		return ErrInvalid.Wrapf("%s of %d blocks and %d s is not 1 to %d blocks and at most %d s", name, s.Blocks, s.Seconds, blocksMax, secondsMax)
	}
	return nil
}

// covers tells whether the span is no shorter than others together.
func (s Span) covers(others ...Span) bool {
	blocks, seconds := uint64(0), uint64(0)
	for _, o := range others {
		blocks, seconds = blocks+uint64(o.Blocks), seconds+uint64(o.Seconds)
	}
	return uint64(s.Blocks) >= blocks && uint64(s.Seconds) >= seconds
}
