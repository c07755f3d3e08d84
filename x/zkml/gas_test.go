package zkml_test

import (
	"math/rand/v2"
	"slices"
	"testing"

	"ayni.example/x/zkml"
	"ayni.example/zk/circuit/circuittest"
	"ayni.example/zk/prover"
	"ayni.example/zk/soundness"
)

// BenchmarkGas tells how long a unit of gas takes, for models of all kinds: verifying is charged before it begins, so what it costs
// has to follow from circuit and parameters.
func BenchmarkGas(b *testing.B) {
	for name, model := range map[string]func(*rand.Rand) circuittest.Model{
		"mlp 2 x 64":         func(r *rand.Rand) circuittest.Model { return circuittest.MLP(r, 2, 64) },
		"mlp 4 x 512":        func(r *rand.Rand) circuittest.Model { return circuittest.MLP(r, 4, 512) },
		"mnist":              func(r *rand.Rand) circuittest.Model { return circuittest.MNIST(r) },
		"cnn":                func(r *rand.Rand) circuittest.Model { return circuittest.CNN(r) },
		"forest 4 x 3":       func(r *rand.Rand) circuittest.Model { return circuittest.Forest(r, 4, 3, 1, 4) },
		"forest 128 x 9":     func(r *rand.Rand) circuittest.Model { return circuittest.Forest(r, 128, 9, 1, 64) },
		"forest 32 x 6 x 64": func(r *rand.Rand) circuittest.Model { return circuittest.Forest(r, 32, 6, 64, 16) },
	} {
		b.Run(name, func(b *testing.B) {
			m := model(rand.New(rand.NewPCG(1, 2)))
			plan, err := prover.Search(m.Circuit, soundness.Goal{})
			if err != nil {
				b.Fatal(err)
			}
			committed, err := prover.New(prover.Config{Circuit: m.Circuit, Weights: m.Weights, Parameters: plan.Parameters})
			if err != nil {
				b.Fatal(err)
			}
			proof, output, err := committed.Prove([]byte("b"), m.Inputs)
			if err != nil {
				b.Fatal(err)
			}
			root, encoded := committed.Root(), m.Circuit.Encode()
			var cost zkml.Cost
			for b.Loop() {
				scheme, err := zkml.NewScheme(encoded, plan.Parameters.Encode())
				if err != nil {
					b.Fatal(err)
				}
				if cost, err = scheme.Cost(); err != nil {
					b.Fatal(err)
				}
				if err := scheme.Verify(root[:], []byte("b"), slices.Concat(m.Inputs...), slices.Concat(output...), proof); err != nil {
					b.Fatal(err)
				}
			}
			gas := cost.Gas()
			b.ReportMetric(float64(gas), "gas")
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(gas), "ns/gas")
			b.ReportMetric(float64(len(proof)), "bytes")
			b.ReportMetric(float64(cost.ProofBytes), "most-bytes")
			b.ReportMetric(float64(len(encoded)), "circuit-bytes")
			b.Logf("%+v", cost)
		})
	}
}
