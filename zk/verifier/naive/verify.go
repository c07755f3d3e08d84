package naive

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"

	"ayni.example/zk/circuit"
)

// Statement is what a proof says.
type Statement struct {
	Circuit    []byte   // canonical encoding, section 3
	Weights    [32]byte // root of their commitment
	Parameters []byte   // canonical encoding, section 8
	Binding    []byte
	Input      [][]int32 // of each input tensor, real lengths, row-major
	Output     [][]int32
}

// errStatement is said of what no proof can say.
var errStatement = errors.New("the statement is not one that a proof can have")

type verifier struct {
	transcript
	c       *circuit.Circuit
	p       parameters
	tensors []*tensor // those of the circuit
	steps   []step
	tables  []table

	weights, witness         stack
	weightsRoot, witnessRoot [32]byte

	g           []ext
	products    []product
	beta, gamma ext
	leaves      values
}

// Verify checks a proof of the statement. Whether the parameters are sound enough is another question: section 10.
func Verify(s Statement, proof []byte) error {
	v, err := newVerifier(s)
	if err != nil {
		return err
	}
	v.statement(s)
	v.proof = proof
	v.witnessRoot = v.root("witness")
	var weights, witness statement
	for _, section := range []func(){
		v.linearOperations, v.productCheck, v.zeroChecks, v.lookups,
		func() { witness = v.reduceWitness() }, func() { weights = v.reduceWeights() },
		func() { v.opening(weights, witness) },
		func() { v.check(len(v.proof) == 0, "9: the proof goes on after its end") },
	} {
		if section(); v.err != nil {
			return v.err
		}
	}
	return nil
}

func newVerifier(s Statement) (*verifier, error) {
	c, err := circuit.Decode(s.Circuit)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errStatement, err)
	}
	q, ok := parseParameters(s.Parameters)
	if !ok {
		return nil, fmt.Errorf("%w: parameters", errStatement)
	}
	v := &verifier{c: c, p: q, weightsRoot: s.Weights}
	v.layout()
	if v.weights.rows > 1<<12 || v.witness.rows > 1<<12 {
		return nil, fmt.Errorf("%w: more than 2^12 rows", errStatement)
	}
	if !v.public(circuit.Input, s.Input) || !v.public(circuit.Output, s.Output) {
		return nil, fmt.Errorf("%w: public values", errStatement)
	}
	return v, nil
}

// public takes the values of the tensors of a kind; false where they are not in their range.
func (v *verifier) public(kind circuit.Kind, lists [][]int32) bool {
	for id, t := range v.c.Tensors {
		if t.Kind != kind {
			continue
		}
		if len(lists) == 0 || !v.tensors[id].publish(lists[0]) {
			return false
		}
		low, high := v.allowed(id)
		for _, x := range lists[0] {
			if x < low || x > high {
				return false
			}
		}
		lists = lists[1:]
	}
	return len(lists) == 0
}

// allowed is the range of a public tensor.
func (v *verifier) allowed(id int) (low, high int32) {
	if v.c.Tensors[id].Kind == circuit.Output {
		return -(p - 1) / 2, (p - 1) / 2
	}
	for _, s := range v.steps {
		if s.Forest != nil && s.Forest.Input == id {
			return 0, 1<<s.Forest.Bits - 1
		}
	}
	return -128, 255
}

// statement is absorbed before anything else.
func (v *verifier) statement(s Statement) {
	v.state = sha256.Sum256(fmt.Append(nil, "ayni/proof-", v.p.profile))
	v.nonces = v.p.nonces
	digest := sha256.Sum256(s.Circuit)
	v.absorb("circuit", digest[:])
	v.absorb("weights", s.Weights[:])
	v.absorb("parameters", s.Parameters)
	v.absorb("binding", s.Binding)
	v.absorb("input", elements(s.Input))
	v.absorb("output", elements(s.Output))
}

func elements(lists [][]int32) []byte {
	var b []byte
	for _, list := range lists {
		for _, x := range list {
			b = binary.LittleEndian.AppendUint32(b, integer(int64(x))[0])
		}
	}
	return b
}
