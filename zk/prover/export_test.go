package prover

import "ayni.example/zk/circuit"

// ProveRun proves a run, be it a lie. With the error comes the proof up to the section that it is of.
func (m *Model) ProveRun(binding []byte, input [][]int32, run *circuit.Run) ([]byte, error) {
	r := m.begin(binding, input, run)
	err := r.sections()
	return r.proof.Proof(), err
}

// Impersonate makes proofs under the root of another model.
func (m *Model) Impersonate(other *Model) { m.commitment = other.commitment }
