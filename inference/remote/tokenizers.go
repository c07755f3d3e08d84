package remote

import (
	"context"

	"ayni.example/inference/engine"
)

// Tokenizers check the counting of providers for the models that this machine has too, by model digest.
type Tokenizers map[string]Tokenizer

// Tokenizer belongs to one model.
type Tokenizer struct {
	Engine engine.Engine
	Name   string                   // the engine's own name of the model
	Decode func(ids []int32) string // the text of token ids
}

var _ Meter = Tokenizers(nil)

// Prompt counts with the engine that has the model.
func (t Tokenizers) Prompt(ctx context.Context, modelDigest string, req engine.Request) (int, bool) {
	here, ok := t[modelDigest]
	if !ok || here.Engine == nil {
		return 0, false
	}
	req.Model = here.Name
	tokens, ok, err := here.Engine.Count(ctx, req)
	return tokens, ok && err == nil
}

// Text decodes.
func (t Tokenizers) Text(_ context.Context, modelDigest string, ids []int32) (string, bool) {
	here, ok := t[modelDigest]
	if !ok || here.Decode == nil {
		return "", false
	}
	return here.Decode(ids), true
}
