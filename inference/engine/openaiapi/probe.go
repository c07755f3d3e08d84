package openaiapi

import (
	"context"
	"encoding/json"
	"slices"
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
	var found, missing []string
	for _, attempt := range probes(model) {
		if attempt.needs != "" && !slices.Contains(found, attempt.needs) {
			continue
		}
		works, err := e.try(ctx, attempt.req)
		if err != nil {
			return nil, err
		}
		if works {
			found = append(found, attempt.capability)
		} else {
			missing = append(missing, attempt.capability)
		}
	}
	// What works in chats only is not promised: callers do not ask by endpoint.
	found = slices.Compact(slices.DeleteFunc(found, func(capability string) bool { return slices.Contains(missing, capability) }))
	e.mu.Lock()
	defer e.mu.Unlock()
	if len(e.known) < maxModels {
		e.known[model] = found
	}
	return found, nil
}

type attempt struct {
	capability string
	needs      string // tried only where this works
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
	completion := engine.Request{Kind: engine.Completion, Model: model, Prompt: "Hi", Raw: true, Options: options}
	completionLogprobs := completion
	completionLogprobs.Options = logprobs.Options
	return []attempt{
		{"chat", "", chat},
		{"completion", "", completion},
		{"tools", "chat", tools},
		{"json_schema", "chat", schema},
		{"logprobs", "chat", logprobs},
		{"logprobs", "completion", completionLogprobs},
		{"embedding", "", engine.Request{Kind: engine.Embeddings, Model: model, Input: []string{"Hi"}}},
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
