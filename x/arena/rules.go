package arena

import (
	"cosmossdk.io/math"

	"ayni.example/x/credit"
)

// Basis is the whole that a part in hundredths of a percent is of.
const Basis = 10_000

const (
	riseMax      = 10 * Basis
	ownerMax     = Basis / 5
	immunityMax  = 10_000
	overlapMax   = 9
	labelMax     = 64
	affiliateMax = 16
	// AuthorsLeast is how many independent authors an epoch of sealed canaries needs, so that none has above a quarter.
	AuthorsLeast = 4
)

// Validate checks the rules without any state.
func (r Rules) Validate() error {
	if (r.Anchored == nil) == (r.Yuma == nil) {
		return ErrRules.Wrap("exactly one mechanism is named: anchored or yuma")
	}
	for _, n := range []struct {
		name               string
		value, least, most uint32
	}{
		{"contestants", r.Contestants, 1, contestantsMost},
		{"evaluators", r.Evaluators, 1, evaluatorsMost},
		{"authors", r.Authors, 0, authorsMost},
		{"immunity", r.Immunity, 0, immunityMax},
		{"owner_bps", r.OwnerBps, 0, ownerMax},
		{"period", r.Period, periodLeast, secondsMax},
	} {
		if n.value < n.least || n.value > n.most {
			return ErrRules.Wrapf("%s of %d is not %d to %d", n.name, n.value, n.least, n.most)
		}
	}
	for _, a := range []struct {
		name  string
		value math.Int
	}{
		{"contestant_bond", r.ContestantBond},
		{"evaluator_bond", r.EvaluatorBond},
		{"author_bond", r.AuthorBond},
		{"prize", r.Prize},
		{"evaluation", r.Evaluation},
	} {
		if err := credit.CheckAmount(a.name, a.value); err != nil {
			return ErrRules.Wrap(err.Error())
		}
	}
	if !r.EvaluatorBond.IsPositive() {
		return ErrRules.Wrap("evaluators need a bond that can be slashed")
	}
	if err := r.Price.validate(); err != nil {
		return err
	}
	return r.validateTimes()
}

// validateTimes bounds the phases; stake stays liable for longer than an epoch lasts.
func (r Rules) validateTimes() error {
	phases := []Span{r.Work, r.Reveal}
	if r.Anchored != nil {
		if err := r.Anchored.validate(r); err != nil {
			return err
		}
		phases = append(phases, r.Anchored.Deal, r.Anchored.Challenge, r.Anchored.Vote)
	}
	for _, p := range append(phases, r.Unbond) {
		if err := p.validate("a phase"); err != nil {
			return ErrRules.Wrap(err.Error())
		}
	}
	if !r.Unbond.covers(phases...) {
		return ErrRules.Wrap("unbond is shorter than the phases of an epoch together: stake could leave before it is slashed")
	}
	if r.Yuma != nil {
		return r.Yuma.validate()
	}
	return nil
}

// Fits tells whether the ledger's parameters let such an arena be.
func (r Rules) Fits(p Params) error {
	for _, n := range []struct {
		name        string
		value, most uint32
	}{
		{"contestants", r.Contestants, p.ContestantsMax},
		{"evaluators", r.Evaluators, p.EvaluatorsMax},
		{"authors", r.Authors, p.AuthorsMax},
		{"tasks", r.tasks(), p.TasksMax},
	} {
		if n.value > n.most {
			return ErrRules.Wrapf("%d %s are more than the %d of this ledger", n.value, n.name, n.most)
		}
	}
	if r.Period < p.PeriodMin {
		return ErrRules.Wrapf("a period of %d s is less than the %d of this ledger", r.Period, p.PeriodMin)
	}
	if !r.Unbond.covers(p.UnbondMin) {
		return ErrRules.Wrapf("unbond is shorter than the %d blocks and %d s of this ledger", p.UnbondMin.Blocks, p.UnbondMin.Seconds)
	}
	return nil
}

func (r Rules) tasks() uint32 {
	if r.Anchored == nil {
		return 0
	}
	return r.Anchored.Tasks
}

// Seats is how many members of a role there may be.
func (r Rules) Seats(role Role) uint32 {
	switch role {
	case Contestant:
		return r.Contestants
	case Evaluator:
		return r.Evaluators
	case Author:
		return r.Authors
	case RoleUnspecified:
	}
	return 0
}

// BondOf is the least bond of a role.
func (r Rules) BondOf(role Role) math.Int {
	switch role {
	case Contestant:
		return r.ContestantBond
	case Evaluator:
		return r.EvaluatorBond
	case Author:
		return r.AuthorBond
	case RoleUnspecified:
	}
	return math.ZeroInt()
}

func (a Anchored) validate(r Rules) error {
	switch {
	case a.Tasks == 0 || a.Tasks > tasksMost:
		return ErrRules.Wrapf("%d tasks are not 1 to %d", a.Tasks, tasksMost)
	case a.Overlap == 0 || a.Overlap > overlapMax:
		return ErrRules.Wrapf("overlap of %d is not 1 to %d", a.Overlap, overlapMax)
	case r.Authors < AuthorsLeast:
		return ErrRules.Wrapf("%d seats of authors are fewer than the %d who must be independent", r.Authors, AuthorsLeast)
	case !r.AuthorBond.IsPositive():
		return ErrRules.Wrap("authors need a bond that can be slashed")
	case a.QualityBps > Basis:
		return ErrRules.Wrapf("quality_bps of %d is more than %d", a.QualityBps, Basis)
	}
	if a.Dealer != "" {
		if err := checkAddress("dealer", a.Dealer); err != nil {
			return err
		}
	}
	for _, f := range []struct {
		name  string
		value math.Int
	}{{"task_fee", a.TaskFee}, {"canary_fee", a.CanaryFee}, {"challenge_bond", a.ChallengeBond}} {
		if err := credit.CheckAmount(f.name, f.value); err != nil {
			return ErrRules.Wrap(err.Error())
		}
	}
	if !a.ChallengeBond.IsPositive() {
		return ErrRules.Wrap("a challenge needs a bond, which its loser pays")
	}
	return nil
}
