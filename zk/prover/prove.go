package prover

import (
	"fmt"

	"ayni.example/zk/circuit"
	"ayni.example/zk/claim"
	"ayni.example/zk/field"
	"ayni.example/zk/transcript"
	"ayni.example/zk/verifier"
)

// run is a proof in the making.
type run struct {
	*Model
	proof    *transcript.Writer
	used     int // values of the witness
	public   map[int][]int32
	witness  []field.Element // the stack
	weights  []claim.Entry   // claims on the weights
	claims   []claim.Entry   // claims on the witness
	products claim.Products
	rows     map[int]field.Vec // of the tensors of products: rows of the commitment, combined
	// of each MaxPool, y - x_d at each padded position
	differences map[int][][]field.Element
	path        path              // of the forest whose leaves are made
	whole       map[int]field.Vec // of those whose rows end within a product: A before its variables are bound
}

// Prove runs the model and proves the answer. The proof is for the binding alone.
func (m *Model) Prove(binding []byte, input [][]int32) (proof []byte, output [][]int32, err error) {
	done, err := m.plan.EvaluateChecked(m.values, input)
	if err != nil {
		return nil, nil, err
	}
	r := m.begin(binding, input, done)
	if err := r.sections(); err != nil {
		return nil, nil, err
	}
	return r.proof.Proof(), done.Outputs, nil
}

// begin is the empty proof of what the circuit made of the input.
func (m *Model) begin(binding []byte, input [][]int32, done *circuit.Run) *run {
	s := verifier.Statement{
		Circuit: m.circuit, Weights: m.Root(), Parameters: m.parameters, Binding: binding, Input: input, Output: done.Outputs,
	}
	r := &run{
		Model: m, used: claim.Used(m.plan, &m.plan.Witness), proof: transcript.NewWriter(s.Transcript()), public: map[int][]int32{},
		differences: map[int][][]field.Element{}, rows: map[int]field.Vec{}, whole: map[int]field.Vec{},
	}
	for i, tensor := range m.circuit.Inputs() {
		r.public[tensor] = input[i]
	}
	for i, tensor := range m.circuit.Outputs() {
		r.public[tensor] = done.Outputs[i]
	}
	r.witness = m.memory.numbers(1 << max(m.plan.Witness.Bits, int(m.parameters.Witness.Columns)))
	field.Integers(r.witness, done.Witness)
	return r
}

// sections writes the proof. Progress hears their names.
func (r *run) sections() error {
	done := func(section string) { r.progress(section, len(r.proof.Proof())) }
	done("answer")
	commitment, err := r.scheme.CommitWitness(r.witness[:max(1, r.used)], r.random)
	if err != nil {
		return fmt.Errorf("commit to the witness: %w", err)
	}
	r.proof.SendRoot("witness", commitment.Root())
	done("commitment")
	terms := r.steps()
	done("steps")
	r.sumOfProducts(terms)
	done("products")
	r.zeroChecks()
	done("zero checks")
	if err := r.lookups(); err != nil {
		return err
	}
	done("lookups")
	witness := r.reduceWitness()
	witness.Commitment = commitment
	done("witness")
	weights := r.reduceWeights()
	weights.Commitment = r.commitment
	done("weights")
	if err := r.scheme.Open(r.proof, weights, witness); err != nil {
		return err
	}
	done("opening")
	return nil
}

// send is a message of entries that have their values, which become claims.
func (r *run) send(tag string, entries []claim.Entry) {
	r.proof.Send(tag, claim.Values(entries)...)
	for _, e := range entries {
		if e.Product != claim.NoProduct {
			continue
		}
		switch r.plan.Tensors[e.Tensor].Kind {
		case circuit.Weight:
			r.weights = append(r.weights, e)
		case circuit.Witness:
			r.claims = append(r.claims, e)
		default: // public
		}
	}
}
