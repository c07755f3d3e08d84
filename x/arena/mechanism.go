package arena

import "cosmossdk.io/math"

// Mechanism is how an arena turns what evaluators say into pay.
type Mechanism interface {
	// CheckReport tells whether an evaluator's report has the form of its epoch.
	CheckReport(e *Epoch, slot uint32, report []byte) error
	// Score ends an epoch: it brings standings up to date and says what everybody is due.
	Score(p *Play) Outcome
}

// Mechanism is the arena's.
func (a *Arena) Mechanism() Mechanism {
	if a.Rules.Anchored != nil {
		return anchoredMechanism{&a.Rules}
	}
	return yumaMechanism{&a.Rules}
}

// Play is all that is known at an epoch's end. Members stand as in the epoch.
type Play struct {
	*Epoch
	Height      int64
	Contestants []*Standing
	Evaluators  []*Standing
	// Reports are by evaluators, empty where none was revealed.
	Reports  [][]byte
	Canaries []Canary
}

// Outcome is what members are due, by their places in the epoch. It may be more than the rules or the budget allow: then it is cut.
type Outcome struct {
	Contestants []math.Int
	Evaluators  []math.Int
	// Authors are by the canaries' authors, in order of numbers.
	Authors []AuthorDue
	// Low are contestants that lose their seats for want of quality.
	Low []bool
}

// AuthorDue is what an author is due for the canaries it opened.
type AuthorDue struct {
	Number uint64
	Opened uint32
	Amount math.Int
}

// Sum is what is due for measuring: to evaluators and authors.
func (o Outcome) Sum() math.Int {
	sum := math.ZeroInt()
	for _, d := range o.Evaluators {
		sum = sum.Add(d)
	}
	for _, d := range o.Authors {
		sum = sum.Add(d.Amount)
	}
	return sum
}

// Dealer is who names the tasks.
func (a *Arena) Dealer() string {
	if a.Rules.Anchored != nil && a.Rules.Anchored.Dealer != "" {
		return a.Rules.Anchored.Dealer
	}
	return a.Owner
}

// EvaluatorsLeast is how many evaluators an epoch needs.
func (r Rules) EvaluatorsLeast() uint32 {
	if r.Anchored == nil {
		return 1
	}
	return r.Anchored.Overlap
}

// Assigned counts the tasks of an evaluator.
func (e *Epoch) Assigned(slot uint32) int {
	n := 0
	for _, t := range e.Tasks {
		for _, s := range t.Evaluators {
			if s == slot {
				n++
			}
		}
	}
	return n
}

// Verdict is what most voters say, if they do.
func (d *Dispute) Verdict() (passed, decided bool) {
	yes := 0
	for _, b := range d.Votes {
		if b.Passed {
			yes++
		}
	}
	no := len(d.Votes) - yes
	return yes > no, yes != no
}

// Part is what the pool's money is of a total, in 2^-32.
func (p Pool) Part(total math.Int) uint64 {
	if !total.IsPositive() {
		return 0
	}
	return mulDiv(p.Amount, math.NewInt(1<<32), total).Uint64()
}

// Cut is an amount's part of most, where a sum is more than that.
func Cut(amount, sum, most math.Int) math.Int {
	if sum.LTE(most) {
		return amount
	}
	return mulDiv(amount, most, sum)
}
