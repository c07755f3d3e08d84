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
