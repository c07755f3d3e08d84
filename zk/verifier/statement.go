package verifier

import (
	"ayni.example/zk/circuit"
	"ayni.example/zk/claim"
	"ayni.example/zk/commit"
	"ayni.example/zk/field"
	"ayni.example/zk/transcript"
)

// Statement is what a proof says: the circuit with the committed weights turns the input into the output.
type Statement struct {
	Circuit    *circuit.Circuit
	Weights    [32]byte // root of their commitment
	Parameters commit.Parameters
	Binding    []byte    // what the proof is for: it is worth nothing under another binding
	Input      [][]int32 // of each input tensor, real lengths, row-major
	Output     [][]int32 // of each output tensor
}

// Transcript is that of a proof of the statement, before its first message (section 2).
func (s *Statement) Transcript() *transcript.Transcript { return s.Absorb(s.Parameters.Transcript()) }

// Absorb is an empty transcript with the statement.
func (s *Statement) Absorb(t *transcript.Transcript) *transcript.Transcript {
	digest := s.Circuit.Digest()
	t.Absorb("circuit", digest[:])
	t.Absorb("weights", s.Weights[:])
	t.Absorb("parameters", s.Parameters.Encode())
	t.Absorb("binding", s.Binding)
	t.Absorb("input", encode(s.Input))
	t.Absorb("output", encode(s.Output))
	return t
}

func encode(tensors [][]int32) []byte {
	var b []byte
	for _, values := range tensors {
		for _, x := range values {
			b = field.AppendBase(b, field.BaseInt(int64(x)))
		}
	}
	return b
}

// check refuses statements whose values do not belong to the circuit.
func (s *Statement) check(plan *circuit.Plan) error {
	if err := usable(plan, s.Parameters); err != nil {
		return err
	}
	if err := s.Circuit.CheckInputs(s.Input); err != nil {
		return refuse(ErrStatement, err)
	}
	if err := s.Circuit.CheckOutputs(s.Output); err != nil {
		return refuse(ErrStatement, err)
	}
	return nil
}

// usable refuses parameters that no proof of the circuit has, before anything is allocated by them.
func usable(plan *circuit.Plan, p commit.Parameters) error {
	if err := p.Validate(); err != nil {
		return refuse(ErrParameters, err)
	}
	if err := p.Fits(claim.Used(plan, &plan.Weights), claim.Used(plan, &plan.Witness)); err != nil {
		return refuse(ErrParameters, err)
	}
	return nil
}
