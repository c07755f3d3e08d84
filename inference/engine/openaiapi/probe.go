package openaiapi

import (
	"context"
	"encoding/json"
	"time"

	"ayni.example/inference/engine"
)

const probeTime = 30 * time.Second

// capabilities are found once for each model. A server that is down is an error; a model that refuses lacks what it refused.
func (e *Engine) capabilities(ctx context.Context, model string) ([]string, error) {
	if !e.probe {
		return []string{"chat", "completion"}, nil
	}
	e.mu.Lock()
	known, ok := e.known[model]
	e.mu.Unlock()
	if ok {
		return known, nil
	}
	var found []string
	for _, attempt := range probes(model) {
		works, err := e.try(ctx, attempt.req)
		if err != nil {
			return nil, err
		}
		if works {
			found = append(found, attempt.capability)
		}
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if len(e.known) < maxModels {
		e.known[model] = found
	}
	return found, nil
}

type attempt struct {
	capability string
	req        engine.Request
}

func probes(model string) []attempt {
	one := 1
	options := engine.Options{MaxTokens: &one}
	chat := engine.Request{Kind: engine.Chat, Model: model, Messages: []engine.Message{{Role: "user", Content: "Hi"}}, Options: options}
	tools, schema, logprobs := chat, chat, chat
	tools.Tools = json.RawMessage(`[{"type":"function","function":{"name":"now","description":"tells the time",` +
		`"parameters":{"type":"object","properties":{}}}}]`)
	schema.Format = json.RawMessage(`{"type":"object","properties":{"a":{"type":"string"}},"required":["a"],"additionalProperties":false}`)
	logprobs.Options.Logprobs, logprobs.Options.TopLogprobs = true, 1
	return []attempt{
		{"chat", chat},
		{"completion", engine.Request{Kind: engine.Completion, Model: model, Prompt: "Hi", Raw: true, Options: options}},
		{"tools", tools},
		{"json_schema", schema},
		{"logprobs", logprobs},
		{"embedding", engine.Request{Kind: engine.Embeddings, Model: model, Input: []string{"Hi"}}},
	}
}

func (e *Engine) try(ctx context.Context, req engine.Request) (bool, error) {
	ctx, cancel := context.WithTimeout(ctx, probeTime)
	defer cancel()
	if req.Kind == engine.Embeddings {
		_, err := e.Embed(ctx, req)
		return settled(err)
	}
	tokens := 0
	_, err := e.Generate(ctx, req, func(chunk engine.Chunk) error {
		tokens += len(chunk.Tokens)
		return nil
	})
	works, err := settled(err)
	// Some servers take the switch and ignore it.
	return works && (!req.Options.Logprobs || tokens > 0), err
}

// settled tells a refusal, which answers the question, from a failure, which leaves it open.
func settled(err error) (works bool, open error) {
	switch {
	case err == nil:
		return true, nil
	case engine.IsKind(err, engine.Invalid), engine.IsKind(err, engine.Unsupported), engine.IsKind(err, engine.NotFound):
		return false, nil
	default:
		return false, err
	}
}
