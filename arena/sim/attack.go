package sim

import "math"

// Size of a simulated arena.
const (
	evaluators  = 20
	contestants = 40
	owned       = 8 // of the contestants, by the cabal; they are bad
	tasks       = 16
	overlap     = 3
	epochs      = 160
	warm        = 60 // epochs before any is measured
	rightRate   = 0.9
	canaryRate  = 0.125
)

// Strategy is how the first evaluator reports.
type Strategy int

// Strategies.
const (
	Honest Strategy = iota
	Copier
	Constant
	Random
)

// Attack is who does what.
type Attack struct {
	First Strategy
	// Delay is how many epochs old the scores are that a copier knows.
	Delay int
	// Cabal is its part of the stake; a crude one says that all others are bad.
	Cabal float64
	Crude bool
	// Leak is the part of the canaries that the cabal and its contestants know.
	Leak float64
}

// Outcome is what came of it, on average over the measured epochs.
type Outcome struct {
	// Pay is the first evaluator's for its stake, by that of honest ones.
	Pay float64
	// Take is the cabal's part of rewards, Fair what stake and quality deserve.
	Take, Fair float64
	// Error is the root mean square of quality less truth; Rank the rank correlation of both.
	Error, Rank float64
}

// posterior is what an honest evaluator believes of an answer that looks good or not.
func posterior(prior float64, good bool) float64 {
	up, down := rightRate*prior, (1-rightRate)*(1-prior)
	if !good {
		up, down = (1-rightRate)*prior, rightRate*(1-prior)
	}
	return up / (up + down)
}

func within(x, least, most float64) float64 { return math.Max(least, math.Min(most, x)) }
