package prover_test

import (
	"math/rand/v2"
	"testing"

	"ayni.example/zk/commit"
	"ayni.example/zk/prover"
	"ayni.example/zk/verifier"
)

func BenchmarkMLP(b *testing.B) {
	r := rand.New(rand.NewPCG(1, 2))
	c, w := mlp(r, 4, 1024, 10, 15)
	p := commit.Parameters{
		Weights: commit.Code{Columns: 14, InverseRate: 4, Queries: 142}, Witness: commit.Code{Columns: 10, InverseRate: 4, Queries: 142},
		Levels: []commit.Level{{Rows: 5, InverseRate: 8, Queries: 116}, {Rows: 4, InverseRate: 16, Queries: 100}},
	}
	m, err := prover.New(prover.Config{Circuit: c, Weights: w, Parameters: p})
	if err != nil {
		b.Fatal(err)
	}
	in := [][]int32{input(r, 1024)}
	var proof []byte
	s := verifier.Statement{Circuit: c, Weights: m.Root(), Parameters: p, Input: in}
	b.Run("prove", func(b *testing.B) {
		for b.Loop() {
			if proof, s.Output, err = m.Prove(nil, in); err != nil {
				b.Fatal(err)
			}
		}
		b.ReportMetric(float64(len(proof)), "bytes")
	})
	b.Run("verify", func(b *testing.B) {
		for b.Loop() {
			if err := verifier.Verify(s, proof); err != nil {
				b.Fatal(err)
			}
		}
	})
}
