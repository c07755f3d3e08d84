package bundle

import (
	"crypto/sha3"
	"errors"
	"fmt"
	"io"

	"ayni.example/zk/circuit"
	"ayni.example/zk/commit"
	"ayni.example/zk/prover"
	"ayni.example/zk/quant"
	"ayni.example/zk/soundness"
)

// SeedSize is the length of the seed from which the randomness of a commitment is drawn.
const SeedSize = 32

// ErrRoot refuses a bundle whose weights are not those that its root commits to.
var ErrRoot = errors.New("the weights are not those of the root")

// Bundle is a model ready to be proved.
type Bundle struct {
	Card
	Circuit    *circuit.Circuit
	Weights    circuit.Weights
	Parameters commit.Parameters
	Root       [32]byte // the commitment to the weights
	Seed       [SeedSize]byte
}

// Card is what a reader should know of a model beside its integers. No proof says anything of it.
type Card struct {
	Name     string           `json:"name"`
	Source   string           `json:"source,omitempty"` // SHA-256 of the float model's file, hex
	Input    quant.Encoding   `json:"input"`
	Output   quant.Decoding   `json:"output"`
	Notes    []string         `json:"notes,omitempty"`
	Accuracy []quant.Accuracy `json:"accuracy,omitempty"`
}

// Config is what Make needs.
type Config struct {
	Name   string
	Source string
	Model  *quant.Model
	Hide   bool      // hide the weights, for one proof, and the activations
	Goal   Goal      // of the search for parameters
	Random io.Reader // the seed comes from it
}

// Goal is what an owner may ask of the proofs.
type Goal struct {
	Bits     int    // of soundness; 0 is soundness.Default
	Grinding uint32 // bits of it that are work of the prover
	MaxBytes uint64 // of the opening, on average, as prover.Balance has it; 0 is the shortest that is found
}

// Make searches parameters and commits to the weights.
func Make(cfg Config) (*Bundle, error) {
	b := &Bundle{
		Card:    Card{Name: cfg.Name, Source: cfg.Source, Input: cfg.Model.Input, Output: cfg.Model.Output, Notes: cfg.Model.Notes},
		Circuit: cfg.Model.Circuit, Weights: cfg.Model.Weights,
	}
	plan, err := prover.Balance(b.Circuit, soundness.Goal{
		Bits: cfg.Goal.Bits, Grinding: cfg.Goal.Grinding, MaxBytes: cfg.Goal.MaxBytes, HideWeights: cfg.Hide, HideWitness: cfg.Hide,
	})
	if err != nil {
		return nil, fmt.Errorf("search parameters of proofs: %w", err)
	}
	b.Parameters = plan.Parameters
	if _, err := io.ReadFull(cfg.Random, b.Seed[:]); err != nil {
		return nil, fmt.Errorf("draw the seed of the commitment: %w", err)
	}
	m, err := b.commit(cfg.Random)
	if err != nil {
		return nil, err
	}
	b.Root = m.Root()
	return b, b.check()
}

// Quantised is the integer model with its encodings: Infer runs it on reals without a proof.
func (b *Bundle) Quantised() *quant.Model {
	return &quant.Model{Circuit: b.Circuit, Weights: b.Weights, Input: b.Input, Output: b.Output, Notes: b.Notes}
}

// Hides tells whether the commitment hides the weights, which it does for one proof.
func (b *Bundle) Hides() bool { return b.Parameters.Weights.Tail > 0 }

// Prover commits to the weights once more and holds the root to the file's. Random masks the activations of each proof where
// the parameters ask for it. It is for one proof at a time.
func (b *Bundle) Prover(random io.Reader) (*prover.Model, error) {
	m, err := b.commit(random)
	if err != nil {
		return nil, err
	}
	if m.Root() != b.Root {
		return nil, fmt.Errorf("model %s: %w", b.Name, ErrRoot)
	}
	return m, nil
}

func (b *Bundle) commit(random io.Reader) (*prover.Model, error) {
	source := &randomness{next: seeded(b.Seed)}
	m, err := prover.New(prover.Config{Circuit: b.Circuit, Weights: b.Weights, Parameters: b.Parameters, Random: source})
	if err != nil {
		return nil, fmt.Errorf("model %s: %w", b.Name, err)
	}
	source.next = random
	return m, nil
}

// randomness is the seed's while the weights are committed to, so that the root is the same each time, and fresh afterwards.
type randomness struct{ next io.Reader }

func (r *randomness) Read(p []byte) (int, error) { return r.next.Read(p) }

func seeded(seed [SeedSize]byte) io.Reader {
	x := sha3.NewSHAKE256()
	_, _ = x.Write([]byte("ayni/commitment/1")) // a hash takes everything
	_, _ = x.Write(seed[:])
	return x
}
