package prover

import (
	"ayni.example/zk/circuit"
	"ayni.example/zk/claim"
	"ayni.example/zk/commit"
	"ayni.example/zk/soundness"
)

// Search finds parameters for a circuit: those of the goal's sizes and steps are filled in.
func Search(c *circuit.Circuit, goal soundness.Goal) (soundness.Plan, error) {
	plan, err := c.Plan()
	if err != nil {
		return soundness.Plan{}, err
	}
	goal.Weights, goal.Witness = max(1, claim.Used(plan, &plan.Weights)), max(1, claim.Used(plan, &plan.Witness))
	goal.Blocks = func(columns uint32) int { return len(claim.Blocks(plan, int(columns))) }
	goal.Terms = func(p commit.Parameters) []soundness.Term { return claim.NewSurvey(plan, p).Terms() }
	return soundness.Search(goal)
}

// UsualBytes is an opening's length that models are compiled for unless they are told otherwise: a proof is shorter than 250 kB.
const UsualBytes = 220_000

// DeepBytes is the same beyond 96 bits: with the rest of a proof, what the ledger takes.
const DeepBytes = 340_000

// Balance finds parameters for use: of the fastest prover whose opening has at most goal.MaxBytes, made shorter for a quarter more
// of that opening's time, which is a small part of a proof's. Without MaxBytes they are the shortest. Beyond 96 bits they are those of Search.
func Balance(c *circuit.Circuit, goal soundness.Goal) (soundness.Plan, error) {
	fast, err := Search(c, goal)
	if err != nil || goal.MaxBytes == 0 || goal.Bits > soundness.Default {
		return fast, err
	}
	goal.MaxBytes, goal.MaxTime = 0, fast.Time+fast.Time/4
	return Search(c, goal)
}
