package openaiapi

import (
	"context"

	"ayni.example/inference/engine"
)

// Embed gives one vector for each input.
func (e *Engine) Embed(ctx context.Context, req engine.Request) (engine.Embedding, error) {
	if len(req.Input) == 0 {
		return engine.Embedding{}, engine.Errorf(engine.Invalid, "there is no input").WithParam("input")
	}
	body := struct {
		Model      string   `json:"model"`
		Input      []string `json:"input"`
		Format     string   `json:"encoding_format"`
		Dimensions int      `json:"dimensions,omitempty"`
	}{Model: req.Model, Input: req.Input, Format: "float", Dimensions: req.Options.Dimensions}
	var answer struct {
		Data []struct {
			Index     int       `json:"index"`
			Embedding []float32 `json:"embedding"`
		} `json:"data"`
		Usage struct {
			Prompt int `json:"prompt_tokens"`
		} `json:"usage"`
	}
	if err := e.client.Post(ctx, "/embeddings", body, &answer); err != nil {
		return engine.Embedding{}, err
	}
	out := engine.Embedding{Vectors: make([][]float32, len(req.Input)), Usage: engine.Usage{Prompt: max(0, answer.Usage.Prompt)}}
	for _, entry := range answer.Data {
		if entry.Index < 0 || entry.Index >= len(out.Vectors) || out.Vectors[entry.Index] != nil || len(entry.Embedding) == 0 {
			return engine.Embedding{}, engine.Errorf(engine.Unavailable, "the server gave vector %d of %d inputs twice, or empty", entry.Index, len(req.Input))
		}
		out.Vectors[entry.Index] = entry.Embedding
	}
	if len(answer.Data) != len(req.Input) {
		return engine.Embedding{}, engine.Errorf(engine.Unavailable, "the server gave %d vectors for %d inputs", len(answer.Data), len(req.Input))
	}
	return out, nil
}
