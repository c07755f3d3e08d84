package zkml_test

import (
	"errors"
	"math/rand/v2"
	"slices"
	"testing"

	"ayni.example/x/zkml"
	"ayni.example/zk/circuit/circuittest"
	"ayni.example/zk/prover"
	"ayni.example/zk/soundness"
)

// TestDemandedBits holds that a ledger that asks for 128 bits takes models of profile 2 alone, that their proofs verify, and that
// they are charged for their nonces and longer hashes.
func TestDemandedBits(t *testing.T) {
	m := circuittest.MLP(rand.New(rand.NewPCG(1, 2)), 2, 16)
	params := zkml.DefaultParams()
	params.Bits = 128
	if err := params.Validate(); err != nil {
		t.Fatal(err)
	}
	costs := map[int]zkml.Cost{}
	for bits, want := range map[int]error{96: zkml.ErrCircuit, 128: nil} {
		plan, err := prover.Search(m.Circuit, soundness.Goal{Bits: bits})
		if err != nil {
			t.Fatal(err)
		}
		s, err := zkml.NewScheme(m.Circuit.Encode(), plan.Parameters.Encode())
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.Check(params); !errors.Is(err, want) {
			t.Errorf("%d bits: %v, want %v", bits, err, want)
		}
		if costs[bits], err = s.Check(zkml.DefaultParams()); err != nil {
			t.Errorf("%d bits where 96 are asked for: %v", bits, err)
		}
		model, err := prover.New(prover.Config{Circuit: m.Circuit, Weights: m.Weights, Parameters: plan.Parameters})
		if err != nil {
			t.Fatal(err)
		}
		proof, output, err := model.Prove([]byte("b"), m.Inputs)
		if err != nil {
			t.Fatal(err)
		}
		root := model.Root()
		if err := s.Verify(root[:], []byte("b"), slices.Concat(m.Inputs...), slices.Concat(output...), proof); err != nil {
			t.Errorf("%d bits: %v", bits, err)
		}
		if n := uint64(len(proof)); n > costs[bits].ProofBytes {
			t.Errorf("%d bits: %d bytes, at most %d expected", bits, n, costs[bits].ProofBytes)
		}
	}
	if a, b := costs[96], costs[128]; b.Hashes <= a.Hashes || b.Gas() <= a.Gas() || b.Rounds > 2*a.Rounds {
		t.Errorf("96 bits cost %+v, 128 bits %+v", a, b)
	}
}
