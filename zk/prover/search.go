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
	// How the steps count depends a little on the columns, which are not known yet: as many as there are values is the most.
	most := commit.Parameters{Weights: commit.Code{Columns: uint32(plan.Weights.Bits)}, Witness: commit.Code{Columns: uint32(plan.Witness.Bits)}}
	least := commit.Parameters{}
	goal.Terms = claim.NewSurvey(plan, most).Terms()
	for i, t := range claim.NewSurvey(plan, least).Terms() {
		goal.Terms[i].Count = max(goal.Terms[i].Count, t.Count)
	}
	return soundness.Search(goal)
}
