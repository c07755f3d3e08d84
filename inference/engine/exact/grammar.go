package exact

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"sync"

	"ayni.example/inference/engine"
	"ayni.example/tensor/grammar"
)

const (
	maxSchema   = 128 << 10 // bytes of a schema
	maxGrammars = 32        // compiled grammars that are kept
	maxKept     = 1 << 14   // symbols of one that is kept, so that all of them are some megabytes
)

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
	if known := g.find(digest); known != nil {
		return known, nil
	}
	// Out of the lock: a schema of many parts takes a while, and others must not wait for it.
	made, err := compile(format)
	if err == nil && made.Size() <= maxKept {
		g.keep(compiled{digest, made})
	}
	return made, err
}

// find makes the one it finds the first.
func (g *grammars) find(digest [sha256.Size]byte) *grammar.Grammar {
	g.mu.Lock()
	defer g.mu.Unlock()
	i := slices.IndexFunc(g.known, func(c compiled) bool { return c.digest == digest })
	if i < 0 {
		return nil
	}
	used := g.known[i]
	copy(g.known[1:], g.known[:i])
	g.known[0] = used
	return used.grammar
}

func (g *grammars) keep(c compiled) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.known = slices.Insert(g.known, 0, c)
	g.known = g.known[:min(len(g.known), maxGrammars)]
}

func compile(format json.RawMessage) (*grammar.Grammar, error) {
	var made *grammar.Grammar
	var err error
	switch text := bytes.TrimSpace(format); {
	case len(text) > maxSchema:
		err = fmt.Errorf("a schema of %d bytes, at most %d are read", len(text), maxSchema)
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
