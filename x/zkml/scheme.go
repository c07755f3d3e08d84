package zkml

import (
	"ayni.example/zk/circuit"
	"ayni.example/zk/commit"
	"ayni.example/zk/verifier"
)

// Scheme is what a model's proofs are checked by: its circuit and parameters, decoded.
type Scheme struct {
	circuit         *circuit.Circuit
	size            int // of its encoding
	parameters      commit.Parameters
	inputs, outputs []int // integers of each tensor
}

// NewScheme decodes a model's circuit and parameters, which must be in their canonical encodings.
func NewScheme(encoded, parameters []byte) (*Scheme, error) {
	c, err := circuit.Decode(encoded)
	if err != nil {
		return nil, ErrCircuit.Wrap(err.Error())
	}
	p, err := commit.Decode(parameters)
	if err != nil {
		return nil, ErrCircuit.Wrap(err.Error())
	}
	return &Scheme{circuit: c, size: len(encoded), parameters: p, inputs: lengths(c, c.Inputs()), outputs: lengths(c, c.Outputs())}, nil
}

func lengths(c *circuit.Circuit, tensors []int) []int {
	list := make([]int, len(tensors))
	for i, id := range tensors {
		list[i] = 1
		for _, n := range c.Tensors[id].Axes {
			list[i] *= n
		}
	}
	return list
}

// Check holds a model to the ledger's parameters, and to what a message can carry, and returns what its proofs cost.
func (s *Scheme) Check(p Params) (Cost, error) {
	if n := sum(s.inputs); n > InputMax {
		return Cost{}, ErrCircuit.Wrapf("input of %d integers is more than %d", n, InputMax)
	}
	if n := sum(s.outputs); n > OutputMax {
		return Cost{}, ErrCircuit.Wrapf("output of %d integers is more than %d", n, OutputMax)
	}
	table, err := verifier.Soundness(s.circuit, s.parameters)
	if err != nil {
		return Cost{}, ErrCircuit.Wrap(err.Error())
	}
	if bits := table.Bits(); bits < int(p.Bits) {
		return Cost{}, ErrCircuit.Wrapf("proofs would have %d bits of soundness, at least %d are asked for", bits, p.Bits)
	}
	cost, err := s.Cost()
	if err != nil {
		return Cost{}, err
	}
	if gas := cost.Gas(); gas > p.GasMax {
		return cost, ErrCost.Wrapf("%d gas, at most %d", gas, p.GasMax)
	}
	return cost, nil
}

// Cost bounds the work of Verify, by circuit and parameters alone.
func (s *Scheme) Cost() (Cost, error) {
	w, err := verifier.Cost(s.circuit, s.parameters)
	if err != nil {
		return Cost{}, ErrCircuit.Wrap(err.Error())
	}
	return Cost{
		Rounds: w.Rounds, Queries: w.Queries, Hashes: w.Hashes, Products: w.Products, ProofBytes: min(w.Bytes, ProofMax),
		CircuitBytes: uint64(s.size),
	}, nil
}

// Verify checks a proof under a binding. Input and output are the tensors' integers, one tensor behind the other.
func (s *Scheme) Verify(root, binding []byte, input, output []int32, proof []byte) error {
	statement := verifier.Statement{
		Circuit: s.circuit, Weights: [DigestSize]byte(root), Parameters: s.parameters, Binding: binding,
	}
	var ok bool
	if statement.Input, ok = split(input, s.inputs); !ok {
		return ErrInvalid.Wrapf("input of %d integers, the model takes %d", len(input), sum(s.inputs))
	}
	if statement.Output, ok = split(output, s.outputs); !ok {
		return ErrInvalid.Wrapf("output of %d integers, the model gives %d", len(output), sum(s.outputs))
	}
	if err := verifier.Verify(statement, proof); err != nil {
		return ErrProof.Wrap(err.Error())
	}
	return nil
}

// split cuts integers into tensors of the given lengths, which must use them up.
func split(flat []int32, lengths []int) (tensors [][]int32, ok bool) {
	if len(flat) != sum(lengths) {
		return nil, false
	}
	for _, n := range lengths {
		tensors = append(tensors, flat[:n:n])
		flat = flat[n:]
	}
	return tensors, true
}

func sum(list []int) (n int) {
	for _, x := range list {
		n += x
	}
	return n
}
