package naive_test

import (
	"math/rand/v2"
	"testing"

	"ayni.example/zk/circuit/circuittest"
	"ayni.example/zk/commit"
	"ayni.example/zk/prover"
	"ayni.example/zk/verifier/naive"
)

// weak is parameters with few queries: fast, for tests of everything but soundness.
func weak(r *rand.Rand) commit.Parameters {
	q := commit.Parameters{
		Weights:  commit.Code{Columns: 4 + r.Uint32N(5), InverseRate: 2 << r.IntN(3), Queries: 6},
		Witness:  commit.Code{Columns: 4 + r.Uint32N(5), InverseRate: 2 << r.IntN(3), Queries: 7},
		Grinding: r.Uint32N(4),
	}
	if r.IntN(2) == 0 {
		q.Draws = commit.Draws{Rounds: 1 + r.Uint32N(4), Keys: 4 + r.Uint32N(4), Folds: 4 + r.Uint32N(4)}
	}
	for _, c := range []*commit.Code{&q.Weights, &q.Witness} {
		if r.IntN(2) == 0 {
			c.Tail = 8 << r.IntN(2)
		}
	}
	for range r.IntN(3) {
		if len(q.Levels) == 0 || q.Weights.Columns > 5 {
			q.Levels = append(q.Levels, commit.Level{Rows: 1, InverseRate: 4, Queries: 5})
		}
	}
	return q
}

func TestRandomCircuits(t *testing.T) {
	seed := rand.Uint64()
	n := 200
	if testing.Short() {
		n = 40
	}
	for i := range n {
		r := rand.New(rand.NewPCG(seed, uint64(i)))
		m, q := circuittest.Random(r), weak(r)
		model, err := prover.New(prover.Config{Circuit: m.Circuit, Weights: m.Weights, Parameters: q, Random: rand.NewChaCha8([32]byte{byte(i)})})
		if err != nil {
			t.Fatal(err)
		}
		proof, output, err := model.Prove([]byte("binding"), m.Inputs)
		if err != nil {
			t.Fatal(err)
		}
		err = naive.Verify(naive.Statement{
			Circuit: m.Circuit.Encode(), Weights: model.Root(), Parameters: q.Encode(), Binding: []byte("binding"),
			Input: m.Inputs, Output: output,
		}, proof)
		if err != nil {
			t.Errorf("seed %d, circuit %d: %v (%+v)", seed, i, err, q)
		}
	}
}
