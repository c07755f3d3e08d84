package verifier

import (
	"errors"

	"ayni.example/zk/circuit"
	"ayni.example/zk/claim"
	"ayni.example/zk/commit"
	"ayni.example/zk/field"
	"ayni.example/zk/transcript"
)

// verification is a proof half read.
type verification struct {
	*Statement
	plan   *circuit.Plan
	proof  *transcript.Reader
	root   [32]byte // of the witness
	public map[int][]int32

	products claim.Products
	values   []field.E // V of each product
	weights  []claim.Entry
	witness  []claim.Entry
}

// Verify checks a proof of the statement. The circuit is a valid one, as circuit.Decode returns it. Whether the parameters
// are sound is not asked here, because it does not depend on the proof: see zk/soundness.
func Verify(s Statement, proof []byte) error {
	plan, err := s.Circuit.Plan()
	if err != nil {
		return refuse(ErrStatement, err)
	}
	if err := s.check(plan); err != nil {
		return err
	}
	v := &verification{Statement: &s, plan: plan, public: map[int][]int32{}}
	for i, tensor := range s.Circuit.Inputs() {
		v.public[tensor] = s.Input[i]
	}
	for i, tensor := range s.Circuit.Outputs() {
		v.public[tensor] = s.Output[i]
	}
	v.proof = transcript.NewReader(s.Transcript(), proof)
	return v.run()
}

func (v *verification) run() (err error) {
	if v.root, err = v.proof.ReceiveRoot("witness"); err != nil {
		return refuse(ErrOpening, err)
	}
	for _, section := range []func() error{v.steps, v.sumOfProducts, v.zeroChecks, v.lookups} {
		if err := section(); err != nil {
			return err
		}
	}
	witness, err := v.reduceWitness()
	if err != nil {
		return err
	}
	weights, err := v.reduceWeights()
	if err != nil {
		return err
	}
	if err := commit.Verify(v.proof, v.Parameters,
		commit.Claim{Root: v.Weights, Statement: weights}, commit.Claim{Root: v.root, Statement: witness}); err != nil {
		return refuse(ErrOpening, err)
	}
	if err := v.proof.Close(); err != nil {
		return refuse(ErrLength, err)
	}
	return nil
}

// claim checks the value of a public tensor, and keeps that of a committed one for section 7.
func (v *verification) claim(e claim.Entry, value field.E) error {
	e.Value = value
	switch place := &v.plan.Tensors[e.Tensor]; place.Kind {
	case circuit.Weight:
		v.weights = append(v.weights, e)
	case circuit.Witness:
		v.witness = append(v.witness, e)
	default:
		if e.Functional.OnIntegers(v.public[e.Tensor], place.Axes) != value {
			return refuse(ErrPublic, errValue)
		}
	}
	return nil
}

var errValue = errors.New("the value sent is another")
