// Package sim attacks the mechanisms of arenas, as ledgers run them, under a seed: evaluators that copy or do not look, cabals that lift
// their own contestants, leaked canaries.
//
//	Attack + Mechanism + seed -> Run -> Outcome
package sim
