package main

import (
	"context"
	"fmt"
	"strings"
)

// provedModel is what test/bench/zkml says of a model, in seconds.
type provedModel struct {
	Name    string
	Weights int
	Bits    int
	Hides   bool
	Infer   float64 `json:"infer_s"`
	Prove   float64 `json:"prove_s"`
	Verify  float64 `json:"verify_s"`
	Commit  float64 `json:"commit_s"`
	Bytes   int
}

// goals are what proofs of a model should take at most.
func goals() map[string]struct{ prove, verify, size string } {
	return map[string]struct{ prove, verify, size string }{
		"MLP 4x1024²":              {"35 ms, then 20 ms", "6 ms", "250 kB"},
		"MNIST CNN":                {"15 ms", "6 ms", "200 kB"},
		"CNN 264k, 32x32x3":        {"40 ms", "8 ms", "250 kB"},
		"forest 128x9, 128 inputs": {"200 ms", "", ""},
	}
}

// proofs compares proving with the bare inference, with plain Go, and with what others prove.
func (b *bench) proofs(ctx context.Context, s *section) {
	var r struct {
		Cases, Deep, Portable []provedModel
		Groth16               struct {
			Size   int
			Prove  float64 `json:"prove_s"`
			Verify float64 `json:"verify_s"`
			Setup  float64 `json:"setup_s"`
			Bytes  int
		}
	}
	if !b.numbers(ctx, s, &r, "zkml") {
		return
	}
	plain := map[string]provedModel{}
	for _, m := range r.Portable {
		plain[m.Name] = m
	}
	byName := map[string]provedModel{}
	for _, m := range r.Cases {
		byName[m.Name] = m
		if m.Hides {
			s.add(m.hidingRow(byName[strings.TrimSuffix(m.Name, ", hiding")]))
			continue
		}
		s.rows = append(s.rows, m.rows(plain[m.Name])...)
	}
	for _, m := range r.Deep {
		s.add(m.deepRow(byName[m.Name]))
	}
	g, mlp := r.Groth16, byName["MLP 4x1024²"]
	products := float64(g.Size * g.Size)
	for _, m := range []provedModel{byName["y = Wx + b, 64x64"], mlp} {
		own := m.Prove / float64(m.Weights)
		s.add(row{
			what: m.Name + ": proving, for each product of a weight", figure: fmt.Sprintf("%.1f ns", 1e9*own),
			against: fmt.Sprintf("gnark 0.16.0, Groth16 over BN254, y = Wx, %d x %d: %.0f ns", g.Size, g.Size, 1e9*g.Prove/products),
			ratio:   fmt.Sprintf("%.5f×", own*products/g.Prove), runs: "median",
		})
	}
	s.add(row{
		what:    mlp.Name + ": verify, length",
		figure:  fmt.Sprintf("%s, %.0f kB", millis(mlp.Verify), float64(mlp.Bytes)/1e3),
		against: fmt.Sprintf("the same Groth16: %s, %.1f kB, after a trusted set-up of %.1f s for this circuit alone", millis(g.Verify), float64(g.Bytes)/1e3, g.Setup),
		ratio:   fmt.Sprintf("%.1f×", mlp.Verify/g.Verify), runs: "median",
	})
	s.published(byName)
	s.note("One thread, processor time of the process with its collections of garbage; inference, prover and verifier take turns. The inference is the integer circuit's that the " +
		"prover runs first, and is part of the time to prove. *Hiding* masks weights and activations, the weights for one proof. Parameters are " +
		"those of `ayni zkml compile`: of the fastest prover for an opening of at most 220 kB, made shorter for a quarter more of its time, with 8 bits of grinding; the calculator's union bound gives the bits. *128 bits* is proof profile 2, whose prover looks for a nonce before each challenge (here on one thread, else on all). *Without assembly* is the same with `AYNI_KERNEL=portable`, " +
		"where Go's own SHA-256 keeps its instructions. Networks and forest without a name are random, MNIST and CNN are the files of `zkml/testdata`. " +
		"Groth16 hides W and x and binds no weights to a model; ours shows the input and holds the weights to a commitment.")
}

// rows are those of a model and of the same without assembly.
func (m provedModel) rows(plain provedModel) []row {
	infer := "unproved inference: " + millis(m.Infer)
	g := goals()[m.Name]
	ms := func(x float64, goal string) string { return millis(x) + atMost(goal) }
	list := []row{
		{m.Name + ": prove", ms(m.Prove, g.prove), infer, fmt.Sprintf("%.1f×", m.Prove/m.Infer), "median"},
		{m.Name + ": verify", ms(m.Verify, g.verify), infer, fmt.Sprintf("%.1f×", m.Verify/m.Infer), "median"},
		{
			m.Name + ": proof; soundness; commitment to the weights, once", fmt.Sprintf("%.0f kB%s; %d bits; %s", float64(m.Bytes)/1e3, atMost(g.size), m.Bits, millis(m.Commit)),
			fmt.Sprintf("%d weights", m.Weights), "", "1",
		},
	}
	if plain.Prove > 0 {
		list = append(list, row{
			m.Name + ": prove, verify without assembly", millis(plain.Prove) + ", " + millis(plain.Verify), "with it",
			fmt.Sprintf("%.2f×, %.2f× (goal: at most 4×)", plain.Prove/m.Prove, plain.Verify/m.Verify), "median",
		})
	}
	return list
}

func (m provedModel) hidingRow(bare provedModel) row {
	return row{
		m.Name + ": prove, verify, proof", fmt.Sprintf("%s, %s, %.0f kB", millis(m.Prove), millis(m.Verify), float64(m.Bytes)/1e3),
		"not hiding", fmt.Sprintf("%.2f×, %.2f×, %.2f×", m.Prove/bare.Prove, m.Verify/bare.Verify, float64(m.Bytes)/float64(bare.Bytes)), "median",
	}
}

// deepRow is that of a model at more bits.
func (m provedModel) deepRow(bare provedModel) row {
	return row{
		fmt.Sprintf("%s, %d bits: prove, verify, proof", m.Name, m.Bits), fmt.Sprintf("%s, %s, %.0f kB", millis(m.Prove), millis(m.Verify), float64(m.Bytes)/1e3),
		fmt.Sprintf("%d bits", bare.Bits), fmt.Sprintf("%.0f×, %.2f×, %.2f×", m.Prove/bare.Prove, m.Verify/bare.Verify, float64(m.Bytes)/float64(bare.Bytes)), "median",
	}
}

// millis has three digits, whatever the size.
func millis(seconds float64) string { return fmt.Sprintf("%.3g ms", 1e3*seconds) }

func atMost(goal string) string {
	if goal == "" {
		return ""
	}
	return " (goal: at most " + goal + ")"
}

// published are figures of others, from other machines: a ratio of them says little, and none is written.
func (s *section) published(own map[string]provedModel) {
	for _, p := range []struct{ model, who, figures string }{
		{"MLP 4x1024²", "DeepProve, dense network of 4 million weights", "prove 2335 ms, verify 520 ms"},
		{"MLP 4x1024²", "EZKL, the same, as DeepProve published it", "prove 126831 ms, verify 1112 ms"},
		{"CNN 264k, 32x32x3", "DeepProve, network of 264k weights for CIFAR-10", "prove 1242 ms, verify 599 ms"},
		{"CNN 264k, 32x32x3", "EZKL, the same, as DeepProve published it", "prove 196567 ms"},
		{"forest 128x9, 128 inputs", "Remainder, a forest of 128 trees, depth 9, 128 inputs", "prove 54 s"},
	} {
		m := own[p.model]
		s.add(row{
			p.model + ": prove, verify", millis(m.Prove) + ", " + millis(m.Verify),
			"published, another machine, not run here: " + p.who + ": " + p.figures, "", "",
		})
	}
}
