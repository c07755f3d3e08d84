package verifier

import (
	"ayni.example/zk/circuit"
	"ayni.example/zk/claim"
	"ayni.example/zk/commit"
	"ayni.example/zk/field"
	"ayni.example/zk/soundness"
)

// Cost bounds what Verify does, and the length of the longest proof, by circuit and parameters alone.
func Cost(c *circuit.Circuit, p commit.Parameters) (commit.Work, error) {
	s, err := survey(c, p)
	if err != nil {
		return commit.Work{}, err
	}
	w := commit.Cost(p, s.Rows[0], s.Rows[1])
	public := 0
	for i := range s.Plan.Tensors {
		if kind := s.Plan.Tensors[i].Kind; kind == circuit.Input || kind == circuit.Output {
			public += s.Plan.Tensors[i].Size()
		}
	}
	w.Bytes += uint64(len([32]byte{}) + field.Bytes*s.Values)
	w.Hashes += uint64(3*s.Messages + s.Points + s.Zeros + s.Values/4 + public/16 + 16)
	w.Products += uint64(s.Products + public)
	for _, r := range s.Sumchecks {
		// A round absorbs two blocks or so, and draws a challenge.
		w.Rounds += uint64(r.Rounds)
		w.Bytes += uint64(field.Bytes * r.Rounds * r.Degree)
		w.Hashes += uint64(r.Rounds * (3 + r.Degree/4))
		w.Products += uint64(r.Rounds * (2*r.Degree + 2))
	}
	for _, t := range s.Terms() {
		w.Draws(p, int(t.Draws))
	}
	return w, nil
}

// Soundness is how likely false proofs are, step by step: refuse parameters with fewer bits than you demand.
func Soundness(c *circuit.Circuit, p commit.Parameters) (soundness.Table, error) {
	s, err := survey(c, p)
	if err != nil {
		return soundness.Table{}, err
	}
	return s.Table(p), nil
}

func survey(c *circuit.Circuit, p commit.Parameters) (*claim.Survey, error) {
	plan, err := c.Plan()
	if err != nil {
		return nil, refuse(ErrStatement, err)
	}
	if err := usable(plan, p); err != nil {
		return nil, err
	}
	return claim.NewSurvey(plan, p), nil
}
