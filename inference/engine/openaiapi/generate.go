package openaiapi

import (
	"context"

	"ayni.example/inference/engine"
)

// Generate answers a completion or chat request. There is no second try: the first may have cost something.
func (e *Engine) Generate(ctx context.Context, req engine.Request, emit func(engine.Chunk) error) (engine.Result, error) {
	a := answer{client: e, emit: emit, result: engine.Result{Metered: "reported"}}
	if req.Options.Seed != nil {
		a.result.Seed = *req.Options.Seed
	}
	path, body, err := translate(req)
	if err != nil {
		return a.result, err
	}
	if err := e.client.Stream(ctx, path, body, []string{"text/event-stream"}, a.take); err != nil {
		a.result.Finish = "cancelled"
		return a.result, err
	}
	if a.result.Finish == "" {
		a.result.Finish = "cancelled"
		return a.result, engine.Errorf(engine.Unavailable, "the server ended the answer without saying why")
	}
	if !a.counted {
		a.result.Usage.Completion = a.pieces
	}
	return a.result, nil
}

type answer struct {
	client  *Engine
	emit    func(engine.Chunk) error
	result  engine.Result
	pieces  int  // chunks with something in them: never more than tokens
	counted bool // the server told the usage
}

func (a *answer) take(line []byte) (done bool, err error) {
	event, done, ok, err := readEvent(line)
	if err != nil || done || !ok {
		return done, err
	}
	if len(event.Error) > 0 && string(event.Error) != "null" {
		return false, a.client.client.Reported(event.Error)
	}
	if event.Usage != nil {
		a.counted = true
		a.result.Usage = engine.Usage{Prompt: event.Usage.Prompt, Completion: event.Usage.Completion}
	}
	if len(event.Choices) == 0 {
		return false, nil
	}
	chunk, err := event.chunk()
	if err != nil {
		return false, err
	}
	if reason := event.Choices[0].FinishReason; reason != "" {
		a.result.Finish = finishOf(reason)
	}
	if chunk.Text == "" && chunk.Thinking == "" && len(chunk.ToolCalls) == 0 && len(chunk.Tokens) == 0 {
		return false, nil
	}
	a.pieces++
	return false, a.emit(chunk)
}

// finishOf keeps to the reasons that engines give; a filter's cut is a cut.
func finishOf(reason string) string {
	switch reason {
	case "length", "content_filter":
		return "length"
	case "tool_calls", "function_call":
		return "tool_calls"
	default:
		return "stop"
	}
}
