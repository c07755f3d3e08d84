package answer

import (
	"errors"
	"fmt"

	"ayni.example/zk/circuit"
	"ayni.example/zk/commit"
	"ayni.example/zk/soundness"
	"ayni.example/zk/verifier"
)

// ErrWeak refuses a proof whose parameters do not give the soundness that was asked for.
var ErrWeak = errors.New("the proof's parameters are too weak")

// Answer says that a model gave an output for an input, and proves it.
type Answer struct {
	Circuit    *circuit.Circuit
	Root       [32]byte // the commitment to the model's weights
	Parameters commit.Parameters
	Binding    []byte // what the proof is bound to, chosen by whom it is for
	Use        Use
	Input      [][]int32 // one slice a tensor, in the circuit's order
	Output     [][]int32
	Proof      []byte
}

// Use is what a ledger's binding is made of; empty for an answer that is for no ledger. Nothing here compares it with Binding.
type Use struct {
	Chain     string
	Submitter []byte // account
	Context   []byte // what the answer is about
	Nonce     uint64
}

// Is tells whether the answer is for a ledger.
func (u Use) Is() bool { return u.Chain != "" }

// Verify checks the proof and demands so many bits of soundness, soundness.Default when 0. It gives the bound, line by line.
func (a *Answer) Verify(bits int) (soundness.Table, error) {
	if bits == 0 {
		bits = soundness.Default
	}
	table, err := verifier.Soundness(a.Circuit, a.Parameters)
	if err != nil {
		return table, err
	}
	if got := table.Bits(); got < bits {
		return table, fmt.Errorf("%w: %d bits, %d are asked for", ErrWeak, got, bits)
	}
	return table, verifier.Verify(verifier.Statement{
		Circuit: a.Circuit, Weights: a.Root, Parameters: a.Parameters, Binding: a.Binding, Input: a.Input, Output: a.Output,
	}, a.Proof)
}

// Flat are integers of several tensors one behind the other, as ledgers have them.
func Flat(tensors [][]int32) []int32 {
	var out []int32
	for _, t := range tensors {
		out = append(out, t...)
	}
	return out
}

// Split cuts integers by the lengths of a circuit's public tensors: Inputs() or Outputs().
func Split(c *circuit.Circuit, tensors []int, flat []int32) ([][]int32, error) {
	out := make([][]int32, 0, len(tensors))
	rest := flat
	for _, id := range tensors {
		n := 1
		for _, a := range c.Tensors[id].Axes {
			n *= a
		}
		if n > len(rest) {
			return nil, fmt.Errorf("%d integers are too few", len(flat))
		}
		out, rest = append(out, rest[:n:n]), rest[n:]
	}
	if len(rest) > 0 {
		return nil, fmt.Errorf("%d integers, %d are too many", len(flat), len(rest))
	}
	return out, nil
}
