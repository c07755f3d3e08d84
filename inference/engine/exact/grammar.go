package exact

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"slices"
	"sync"

	"ayni.example/inference/engine"
	"ayni.example/tensor/grammar"
)

// maxGrammars bounds the compiled grammars that are kept.
const maxGrammars = 32

// grammars compiles what answers must look like, and keeps the last ones: applications ask for the same shape again.
type grammars struct {
	mu    sync.Mutex
	known []compiled // used last first
}

type compiled struct {
	digest  [sha256.Size]byte
	grammar *grammar.Grammar
}

// compile takes a JSON schema or the word "json"; nothing is no grammar.
func (g *grammars) compile(format json.RawMessage) (*grammar.Grammar, error) {
	if len(format) == 0 {
		return nil, nil
	}
	digest := sha256.Sum256(format)
	g.mu.Lock()
	defer g.mu.Unlock()
	i := slices.IndexFunc(g.known, func(c compiled) bool { return c.digest == digest })
	if i < 0 {
		made, err := compile(format)
		if err != nil {
			return nil, err
		}
		i = min(len(g.known), maxGrammars-1)
		g.known = append(g.known[:i], compiled{digest, made})
	}
	used := g.known[i]
	copy(g.known[1:], g.known[:i])
	g.known[0] = used
	return used.grammar, nil
}

func compile(format json.RawMessage) (*grammar.Grammar, error) {
	var made *grammar.Grammar
	var err error
	switch text := bytes.TrimSpace(format); {
	case string(text) == `"json"`:
		made, err = grammar.JSON()
	case len(text) > 0 && text[0] == '{':
		made, err = grammar.FromSchema(text)
	default:
		err = errors.New(`want a JSON schema or "json"`)
	}
	if err != nil {
		return nil, engine.Errorf(engine.Invalid, "the form of the answer: %w", err).WithParam("response_format")
	}
	return made, nil
}
