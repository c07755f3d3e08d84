package hostile_test

import (
	"encoding/binary"
	"errors"
	"math/rand/v2"
	"strings"
	"testing"

	"ayni.example/zk/circuit"
	"ayni.example/zk/commit"
	"ayni.example/zk/prover"
	"ayni.example/zk/transcript"
	"ayni.example/zk/verifier"
	"ayni.example/zk/verifier/naive"
)

// traced is a proof with the lengths that it had at the end of each section.
func traced(tb testing.TB, n named) (claim, map[string]int) {
	tb.Helper()
	ends := map[string]int{}
	model, err := prover.New(prover.Config{
		Circuit: n.model.Circuit, Weights: n.model.Weights, Parameters: n.p, Random: rand.NewChaCha8([32]byte{1}),
		Progress: func(section string, length int) { ends[section] = length },
	})
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
	}, proof}, ends
}

// TestNoncesOfEachDraw changes a nonce of each kind of draw in each section: both verifiers refuse it, and say where.
func TestNoncesOfEachDraw(t *testing.T) {
	n := second(models(rand.New(rand.NewPCG(1, 2))))[1] // everything, hidden
	c, ends := traced(t, n)
	accepted(t, c)
	const nonce, element, root = transcript.NonceBytes, 16, 32
	for _, x := range []struct {
		draw, after string
		behind      int // what the section before ended with
		section     error
		slow        string
	}{
		{"the point of the steps", "commitment", 0, verifier.ErrLinear, "keys"},
		{"the batch of products", "steps", 0, verifier.ErrProduct, "a round"},
		{"a round of products", "steps", nonce + 2*element, verifier.ErrProduct, "a round"},
		{"the point of a zero check", "products", 0, verifier.ErrZero, "a round"},
		{"a round of a zero check", "products", nonce + 4*element, verifier.ErrZero, "a round"},
		{"keys", "zero checks", 0, verifier.ErrFractions, "keys"},
		{"the first layer", "zero checks", nonce + 4*element, verifier.ErrFractions, "a round"},
		{"a round of a layer", "zero checks", nonce + 4*element + nonce + 2*element, verifier.ErrFractions, "a round"},
		{"the batch of the witness", "lookups", 0, verifier.ErrWitness, "a round"},
		{"a round that folds the witness", "lookups", nonce + 2*element, verifier.ErrWitness, "a fold"},
		{"the batch of the weights", "witness", 0, verifier.ErrWeights, "a round"},
		{"a round that folds the weights", "witness", nonce + 2*element, verifier.ErrWeights, "a fold"},
		{"the mask of the weights", "weights", element, verifier.ErrOpening, "a fold"},
		{"the mask of the witness", "weights", 2*element + nonce, verifier.ErrOpening, "a fold"},
		{"queries", "weights", 2*(element+nonce) + root, verifier.ErrOpening, "queries"},
	} {
		at := ends[x.after] + x.behind
		// A nonce in a hundred or less is right by chance: of four, one is not.
		missed := false
		for guess := range uint64(4) {
			changed := c
			changed.proof = append([]byte(nil), c.proof...)
			binary.LittleEndian.PutUint64(changed.proof[at:], 1<<40+guess)
			refused(t, changed, "another nonce before %s", x.draw)
			fast, slow := fast(changed), naive.Verify(changed.Statement, changed.proof)
			missed = missed || errors.Is(fast, x.section) && errors.Is(fast, transcript.ErrGrind) &&
				slow != nil && strings.Contains(slow.Error(), "section 2: the nonce before "+x.slow)
		}
		if !missed {
			t.Errorf("another nonce before %s is refused for another reason: %v", x.draw, fast(c))
		}
	}
}

// TestOtherProfile holds that a proof is of the profile of its parameters.
func TestOtherProfile(t *testing.T) {
	first := models(rand.New(rand.NewPCG(3, 4)))
	for i, next := range second(first) {
		a, b := proven(t, first[i]), proven(t, next)
		accepted(t, a)
		accepted(t, b)
		a.Parameters, b.Parameters = b.Parameters, a.Parameters
		refused(t, a, "%s: a proof of profile 1 in profile 2", next.name)
		refused(t, b, "%s: a proof of profile 2 in profile 1", next.name)
	}
}

// TestOtherNonces holds that the bits of nonces are part of what is proved, also where there are more of them.
func TestOtherNonces(t *testing.T) {
	n := second(models(rand.New(rand.NewPCG(5, 4))))[0]
	c := proven(t, n)
	for name, change := range map[string]func(d *commit.Draws){
		"rounds": func(d *commit.Draws) { d.Rounds-- }, "keys": func(d *commit.Draws) { d.Keys-- }, "folds": func(d *commit.Draws) { d.Folds-- },
	} {
		p := n.p
		change(&p.Draws)
		other := c
		other.Parameters = p.Encode()
		refused(t, other, "a bit less for %s", name)
	}
}

// TestSecondProfileOfEdges holds that both verifiers accept proofs of the smallest circuits in profile 2.
func TestSecondProfileOfEdges(t *testing.T) {
	for name, m := range edges(rand.New(rand.NewPCG(21, 22))) {
		for _, tail := range []uint32{0, 8} {
			p := commit.Parameters{
				Weights: commit.Code{Columns: 3, InverseRate: 2, Queries: 5, Tail: tail}, Witness: commit.Code{Columns: 3, InverseRate: 256, Queries: 8, Tail: tail},
				Draws: commit.Draws{Rounds: 3, Keys: 5, Folds: 4},
			}
			c := proven(t, named{name, m, p})
			accepted(t, c)
			decoded, err := circuit.Decode(c.Circuit)
			if err != nil {
				t.Fatal(err)
			}
			work, err := verifier.Cost(decoded, p)
			if err != nil || uint64(len(c.proof)) > work.Bytes {
				t.Errorf("%s: %d bytes, at most %d expected, %v", name, len(c.proof), work.Bytes, err)
			}
		}
	}
}
