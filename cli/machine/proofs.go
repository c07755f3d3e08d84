package machine

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"sync"

	"ayni.example/inference/engine/proved"
	"ayni.example/inference/remote"
	"ayni.example/x/zkml"
)

// schemesMax bounds the circuits that are kept decoded.
const schemesMax = 64

// provable is what the ledger says of models whose answers are proved.
type provable interface {
	ProofModel(ctx context.Context, id []byte) (zkml.Model, error)
	ProofCircuit(ctx context.Context, id []byte) ([]byte, error)
}

// proofs verifies what other machines proved, against the ledger's models. A model's id binds all that is kept of it.
type proofs struct {
	ledger provable
	mu     sync.Mutex
	known  map[string]scheme
}

type scheme struct {
	*zkml.Scheme
	root []byte
}

var _ remote.Proofs = (*proofs)(nil)

func newProofs(ledger provable) *proofs { return &proofs{ledger: ledger, known: map[string]scheme{}} }

// Check verifies one answer.
func (p *proofs) Check(ctx context.Context, digest, question string, text []byte) error {
	s, err := p.scheme(ctx, digest)
	if err != nil {
		return fmt.Errorf("verify the prediction: %w", err)
	}
	if err := proved.Check(s.Scheme, s.root, question, text); errors.Is(err, zkml.ErrProof) {
		return fmt.Errorf("%w: %w", remote.ErrProof, err)
	} else if err != nil {
		return fmt.Errorf("verify the prediction: %w", err)
	}
	return nil
}

func (p *proofs) scheme(ctx context.Context, digest string) (scheme, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if s, ok := p.known[digest]; ok {
		return s, nil
	}
	id, err := hex.DecodeString(digest)
	if err != nil {
		return scheme{}, fmt.Errorf("digest of the model: %w", err)
	}
	model, err := p.ledger.ProofModel(ctx, id)
	if err != nil {
		return scheme{}, err
	}
	circuit, err := p.ledger.ProofCircuit(ctx, id)
	if err != nil {
		return scheme{}, err
	}
	decoded, err := zkml.NewScheme(circuit, model.Parameters)
	if err != nil {
		return scheme{}, err
	}
	if len(p.known) >= schemesMax {
		clear(p.known)
	}
	s := scheme{decoded, model.Root}
	p.known[digest] = s
	return s, nil
}
