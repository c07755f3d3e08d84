package prover_test

import (
	"bytes"
	crypto "crypto/rand"
	"math/rand/v2"
	"testing"

	"ayni.example/zk/circuit/circuittest"
	"ayni.example/zk/commit"
	"ayni.example/zk/prover"
	"ayni.example/zk/verifier"
)

// weak is parameters with few queries: fast, for tests of everything but soundness.
func weak(r *rand.Rand) commit.Parameters {
	p := commit.Parameters{
		Weights: commit.Code{Columns: 4 + r.Uint32N(5), InverseRate: 4, Queries: 6},
		Witness: commit.Code{Columns: 4 + r.Uint32N(5), InverseRate: 2, Queries: 7},
		Levels:  []commit.Level{{Rows: 1, InverseRate: 4, Queries: 5}},
	}
	if r.IntN(2) == 0 {
		p.Draws = commit.Draws{Rounds: 1 + r.Uint32N(4), Keys: 4 + r.Uint32N(4), Folds: 4 + r.Uint32N(4)}
	}
	return p
}

// proven is a model with the proof of its inputs.
func proven(tb testing.TB, m circuittest.Model, p commit.Parameters) (verifier.Statement, []byte) {
	tb.Helper()
	model, err := prover.New(prover.Config{Circuit: m.Circuit, Weights: m.Weights, Parameters: p})
	if err != nil {
		tb.Fatal(err)
	}
	proof, output, err := model.Prove([]byte("binding"), m.Inputs)
	if err != nil {
		tb.Fatal(err)
	}
	return verifier.Statement{
		Circuit: m.Circuit, Weights: model.Root(), Parameters: p, Binding: []byte("binding"), Input: m.Inputs, Output: output,
	}, proof
}

func TestRandomCircuits(t *testing.T) {
	seed := rand.Uint64()
	n := 200
	if testing.Short() {
		n = 60
	}
	for i := range n {
		r := rand.New(rand.NewPCG(seed, uint64(i)))
		m := circuittest.Random(r)
		s, proof := proven(t, m, weak(r))
		if err := verifier.Verify(s, proof); err != nil {
			t.Fatalf("seed %d, circuit %d: %v", seed, i, err)
		}
		work, err := verifier.Cost(s.Circuit, s.Parameters)
		if err != nil {
			t.Fatal(err)
		}
		if uint64(len(proof)) > work.Bytes {
			t.Errorf("seed %d, circuit %d: %d bytes, at most %d expected", seed, i, len(proof), work.Bytes)
		}
	}
}

// TestHiding holds that a model proves again and again, with random tails on both matrices, and without randomness not at all.
func TestHiding(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	m := circuittest.Random(r)
	p := weak(r)
	p.Weights.Tail, p.Witness.Tail = 8, 8
	if _, err := prover.New(prover.Config{Circuit: m.Circuit, Weights: m.Weights, Parameters: p}); err == nil {
		t.Error("hides without random numbers")
	}
	model, err := prover.New(prover.Config{Circuit: m.Circuit, Weights: m.Weights, Parameters: p, Random: crypto.Reader})
	if err != nil {
		t.Fatal(err)
	}
	proofs := map[string]bool{}
	for range 3 {
		proof, output, err := model.Prove(nil, m.Inputs)
		if err != nil {
			t.Fatal(err)
		}
		s := verifier.Statement{Circuit: m.Circuit, Weights: model.Root(), Parameters: p, Input: m.Inputs, Output: output}
		if err := verifier.Verify(s, proof); err != nil {
			t.Fatal(err)
		}
		proofs[string(proof)] = true
	}
	if len(proofs) != 3 {
		t.Errorf("%d different proofs of 3", len(proofs))
	}
}

// TestAgain holds that the memory of one proof leaves no trace in the next: without randomness proofs of a statement are equal.
func TestAgain(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	m := circuittest.Random(r)
	model, err := prover.New(prover.Config{Circuit: m.Circuit, Weights: m.Weights, Parameters: weak(r)})
	if err != nil {
		t.Fatal(err)
	}
	first, _, err := model.Prove(nil, m.Inputs)
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := model.Prove([]byte("other"), m.Inputs); err != nil {
		t.Fatal(err)
	}
	if again, _, err := model.Prove(nil, m.Inputs); err != nil || !bytes.Equal(again, first) {
		t.Errorf("another proof the third time (%v)", err)
	}
}
