package hostile_test

import (
	"math/rand/v2"
	"runtime"
	"slices"
	"testing"

	"ayni.example/zk/circuit"
	"ayni.example/zk/circuit/circuittest"
	"ayni.example/zk/commit"
	"ayni.example/zk/prover"
	"ayni.example/zk/verifier"
	"ayni.example/zk/verifier/naive"
)

// claim is a statement with a proof, as bytes that anybody may have sent.
type claim struct {
	naive.Statement
	proof []byte
}

// fast is what zk/verifier says of it, decoding first.
func fast(c claim) error {
	decoded, err := circuit.Decode(c.Circuit)
	if err != nil {
		return err
	}
	p, err := commit.Decode(c.Parameters)
	if err != nil {
		return err
	}
	return verifier.Verify(verifier.Statement{
		Circuit: decoded, Weights: c.Weights, Parameters: p, Binding: c.Binding, Input: c.Input, Output: c.Output,
	}, c.proof)
}

// refused holds that both verifiers refuse.
func refused(tb testing.TB, c claim, format string, a ...any) {
	tb.Helper()
	if err := fast(c); err == nil {
		tb.Errorf("the verifier accepts: "+format, a...)
	}
	if err := naive.Verify(c.Statement, c.proof); err == nil {
		tb.Errorf("the naive verifier accepts: "+format, a...)
	}
}

// accepted holds that both accept.
func accepted(tb testing.TB, c claim) {
	tb.Helper()
	if err := fast(c); err != nil {
		tb.Fatalf("the verifier: %v", err)
	}
	if err := naive.Verify(c.Statement, c.proof); err != nil {
		tb.Fatalf("the naive verifier: %v", err)
	}
}

// allocated is the bytes that f allocates.
func allocated(f func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

// named is a model with parameters for its proofs.
type named struct {
	name  string
	model circuittest.Model
	p     commit.Parameters
}

// models are small circuits that have every kind of step, with parameters of every shape.
func models(r *rand.Rand) []named {
	bare := commit.Parameters{
		Weights: commit.Code{Columns: 5, InverseRate: 4, Queries: 8}, Witness: commit.Code{Columns: 5, InverseRate: 4, Queries: 8},
	}
	deep := bare
	deep.Grinding, deep.Levels = 3, []commit.Level{{Rows: 1, InverseRate: 4, Queries: 6}, {Rows: 2, InverseRate: 8, Queries: 4}}
	hiding := deep
	hiding.Weights.Tail, hiding.Witness.Tail = 8, 16
	// More queries than columns: most are drawn twice or more.
	crowded := bare
	crowded.Weights.InverseRate, crowded.Weights.Columns, crowded.Weights.Queries = 2, 3, 40
	list := make([]named, 0, 12)
	list = append(list,
		named{"everything", everything(r), deep},
		named{"everything, hidden", everything(r), hiding},
		named{"dense", circuittest.MLP(r, 3, 20), bare},
		named{"forest", circuittest.Forest(r, 5, 3, 3, 7), crowded},
	)
	for range 4 {
		list = append(list, named{"random", circuittest.Random(r), hiding})
	}
	return list
}

// second is models with parameters of profile 2, whose nonces are long enough that a changed one is hardly ever right by chance.
func second(list []named) []named {
	list = slices.Clone(list)
	for i := range list {
		list[i].name += ", profile 2"
		list[i].p.Grinding, list[i].p.Draws = 14, commit.Draws{Rounds: 12, Keys: 14, Folds: 13}
	}
	return list
}

// everything is a small circuit with each kind of step and of term.
func everything(r *rand.Rand) circuittest.Model {
	b := circuittest.NewBuilder(r, 6)
	x := b.Input(0, 255, 2, 6, 6)
	term, axes := b.Conv([]int{x}, 2, 20, [2]int{3, 3}, [2]int{1, 1}, [2]int{1, 1})
	y := b.Step(circuittest.ReLU, axes, term, b.Bias(2, 100), circuit.Term{Kind: circuit.Scale, Reading: []int{x}, Factor: 3})
	z := b.MaxPool([]int{y}, [2]int{2, 2}, [2]int{2, 2})
	pool := circuit.Term{Kind: circuit.Pool, Reading: []int{z}, Factor: 5, Window: [2]int{2, 2}, Stride: [2]int{1, 1}}
	w := b.Step(circuittest.Clamp, []int{2, 2, 2}, pool)
	h := b.Step(circuittest.ReLU, []int{5}, b.Dense([]int{w}, 5, 20), b.Bias(5, 100))
	b.Answer([]int{3}, b.Dense([]int{h}, 3, 20), b.Bias(3, 100))
	b.Forest(b.Input(0, 255, 3, 5), 4, 3, 8, 2)
	return b.Model
}

// proven proves the answer of a model.
func proven(tb testing.TB, n named) claim {
	tb.Helper()
	model, err := prover.New(prover.Config{Circuit: n.model.Circuit, Weights: n.model.Weights, Parameters: n.p, Random: rand.NewChaCha8([32]byte{1})})
	if err != nil {
		tb.Fatal(err)
	}
	proof, output, err := model.Prove([]byte("binding"), n.model.Inputs)
	if err != nil {
		tb.Fatal(err)
	}
	return claim{naive.Statement{
		Circuit: n.model.Circuit.Encode(), Weights: model.Root(), Parameters: n.p.Encode(), Binding: []byte("binding"),
		Input: n.model.Inputs, Output: output,
	}, proof}
}
