package prover

import (
	"ayni.example/zk/circuit"
	"ayni.example/zk/transcript"
	"ayni.example/zk/verifier"
)

// ProveRun proves a run, be it a lie. With the error comes the proof up to the section that it is of.
func (m *Model) ProveRun(binding []byte, input [][]int32, run *circuit.Run) ([]byte, error) {
	r := m.begin(binding, input, run)
	err := r.sections()
	return r.proof.Proof(), err
}

// ProveLazily makes a proof whose challenges have the nonces of others, by the transcript of the statement with those.
func (m *Model) ProveLazily(nonces func(verifier.Statement) *transcript.Transcript, input [][]int32) ([]byte, error) {
	run, err := m.plan.EvaluateChecked(m.values, input)
	if err != nil {
		return nil, err
	}
	r := m.begin(nil, input, run)
	r.proof = transcript.NewWriter(nonces(verifier.Statement{
		Circuit: m.circuit, Weights: m.Root(), Parameters: m.parameters, Input: input, Output: run.Outputs,
	}))
	err = r.sections()
	return r.proof.Proof(), err
}

// Impersonate makes proofs under the root of another model.
func (m *Model) Impersonate(other *Model) { m.commitment = other.commitment }
