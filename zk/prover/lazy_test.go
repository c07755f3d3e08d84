package prover_test

import (
	"errors"
	"fmt"
	"testing"

	"ayni.example/zk/commit"
	"ayni.example/zk/prover"
	"ayni.example/zk/transcript"
	"ayni.example/zk/verifier"
	"ayni.example/zk/verifier/naive"
)

// TestLazyProver makes proofs that are right but for the work of one kind of draw, which both verifiers miss.
func TestLazyProver(t *testing.T) {
	m := layers()
	p := few()
	p.Grinding, p.Draws = 10, commit.Draws{Rounds: 7, Keys: 8, Folds: 9}
	model, err := prover.New(prover.Config{Circuit: m.Circuit, Weights: m.Weights, Parameters: p})
	if err != nil {
		t.Fatal(err)
	}
	for kind, name := range []string{"none", "rounds", "keys", "folds", "queries"} {
		lazy := func(s verifier.Statement) *transcript.Transcript {
			nonces := p.Nonces()
			if kind > 0 {
				nonces[kind-1] = 1
			}
			return s.Absorb(transcript.New(2, nonces))
		}
		proof, err := model.ProveLazily(lazy, m.Inputs)
		if err != nil {
			t.Fatal(err)
		}
		plan, err := m.Circuit.Plan()
		if err != nil {
			t.Fatal(err)
		}
		run, err := plan.Evaluate(m.Weights, m.Inputs)
		if err != nil {
			t.Fatal(err)
		}
		fast := verifier.Verify(verifier.Statement{Circuit: m.Circuit, Weights: model.Root(), Parameters: p, Input: m.Inputs, Output: run.Outputs}, proof)
		slow := naive.Verify(naive.Statement{
			Circuit: m.Circuit.Encode(), Weights: model.Root(), Parameters: p.Encode(), Input: m.Inputs, Output: run.Outputs,
		}, proof)
		said := fmt.Sprintf("%v; %v", fast, slow)
		if honest := kind == 0; (fast == nil) != honest || (slow == nil) != honest || !honest && !errors.Is(fast, transcript.ErrGrind) {
			t.Errorf("without the work of %s: %s", name, said)
		}
		t.Logf("without the work of %s: %s", name, said)
	}
}
