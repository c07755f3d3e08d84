package ollama

import (
	"context"
	"encoding/json"
	"fmt"

	"ayni.example/inference/engine"
)

// event is a line of an answer, of generate or of chat.
type event struct {
	Error    json.RawMessage `json:"error"`
	Response string          `json:"response"`
	Thinking string          `json:"thinking"`
	Message  struct {
		Content   string     `json:"content"`
		Thinking  string     `json:"thinking"`
		ToolCalls []toolCall `json:"tool_calls"`
	} `json:"message"`
	Logprobs []struct {
		token
		Top []token `json:"top_logprobs"`
	} `json:"logprobs"`
	Done            bool   `json:"done"`
	DoneReason      string `json:"done_reason"`
	PromptEvalCount int    `json:"prompt_eval_count"`
	EvalCount       int    `json:"eval_count"`
}

type token struct {
	Token   string  `json:"token"`
	Logprob float32 `json:"logprob"`
	Bytes   []int   `json:"bytes"`
}

// text prefers the bytes, which are exact where the token is part of a character.
func (t token) text() string {
	if len(t.Bytes) == 0 {
		return t.Token
	}
	out := make([]byte, len(t.Bytes))
	for i, b := range t.Bytes {
		if b < 0 || b > 255 {
			return t.Token
		}
		out[i] = byte(b)
	}
	return string(out)
}

// Generate answers a completion or chat request. There is no second try: the first may have cost something.
func (e *Engine) Generate(ctx context.Context, req engine.Request, emit func(engine.Chunk) error) (engine.Result, error) {
	result := engine.Result{Metered: "reported"}
	if req.Options.Seed != nil {
		result.Seed = *req.Options.Seed
	}
	path, body, err := translate(req)
	if err != nil {
		return result, err
	}
	calls := 0
	err = e.client.Stream(ctx, path, body, []string{"application/x-ndjson", "application/json"}, func(line []byte) (bool, error) {
		part, err := e.read(line)
		if err != nil {
			return false, err
		}
		chunk, err := part.chunk(calls)
		if err != nil {
			return false, err
		}
		calls += len(part.Message.ToolCalls)
		if chunk.Text != "" || chunk.Thinking != "" || len(chunk.ToolCalls) > 0 || len(chunk.Tokens) > 0 {
			if err := emit(chunk); err != nil {
				return false, err
			}
		}
		if part.Done {
			part.finish(&result, calls)
		}
		return part.Done, nil
	})
	if err != nil {
		result.Finish = "cancelled"
	}
	return result, err
}

func (e *Engine) read(line []byte) (event, error) {
	var part event
	if err := json.Unmarshal(line, &part); err != nil {
		return part, engine.Errorf(engine.Unavailable, "Ollama sent a line that cannot be read: %w", err)
	}
	if len(part.Error) > 0 {
		return part, e.client.Reported(part.Error)
	}
	if part.PromptEvalCount < 0 || part.EvalCount < 0 {
		return part, engine.Errorf(engine.Unavailable, "Ollama counts %d and %d tokens", part.PromptEvalCount, part.EvalCount)
	}
	return part, nil
}

// chunk translates a line; before is how many tool calls came earlier.
func (part event) chunk(before int) (engine.Chunk, error) {
	chunk := engine.Chunk{Text: part.Response + part.Message.Content, Thinking: part.Thinking + part.Message.Thinking}
	for _, logprob := range part.Logprobs {
		out := engine.Token{ID: -1, Text: logprob.text(), Logprob: logprob.Logprob}
		for _, alt := range logprob.Top {
			out.Top = append(out.Top, engine.Alt{ID: -1, Text: alt.text(), Logprob: alt.Logprob})
		}
		chunk.Tokens = append(chunk.Tokens, out)
	}
	if len(part.Message.ToolCalls) == 0 {
		return chunk, nil
	}
	calls := make([]engine.ToolCall, len(part.Message.ToolCalls))
	for i, call := range part.Message.ToolCalls {
		index := before + i
		id := call.ID
		if id == "" {
			id = fmt.Sprintf("call_%d", index)
		}
		arguments := string(call.Function.Arguments)
		if arguments == "" || arguments == "null" {
			arguments = "{}"
		}
		calls[i] = engine.ToolCall{
			Index: &index, ID: id, Type: "function",
			Function: engine.ToolFunction{Name: call.Function.Name, Arguments: arguments},
		}
	}
	encoded, err := json.Marshal(calls)
	if err != nil {
		return chunk, engine.Errorf(engine.Unavailable, "Ollama sent tool calls that cannot be passed on: %w", err)
	}
	chunk.ToolCalls = encoded
	return chunk, nil
}

func (part event) finish(result *engine.Result, calls int) {
	result.Usage = engine.Usage{Prompt: part.PromptEvalCount, Completion: part.EvalCount}
	switch {
	case calls > 0:
		result.Finish = "tool_calls"
	case part.DoneReason == "length":
		result.Finish = "length"
	default:
		result.Finish = "stop"
	}
}

// Embed gives one vector for each input.
func (e *Engine) Embed(ctx context.Context, req engine.Request) (engine.Embedding, error) {
	if len(req.Input) == 0 {
		return engine.Embedding{}, engine.Errorf(engine.Invalid, "there is no input").WithParam("input")
	}
	body := struct {
		Model      string   `json:"model"`
		Input      []string `json:"input"`
		Truncate   bool     `json:"truncate"`
		Dimensions int      `json:"dimensions,omitempty"`
	}{Model: req.Model, Input: req.Input, Dimensions: req.Options.Dimensions}
	var answer struct {
		Embeddings [][]float32 `json:"embeddings"`
		Count      int         `json:"prompt_eval_count"`
	}
	if err := e.client.Post(ctx, "/api/embed", body, &answer); err != nil {
		return engine.Embedding{}, err
	}
	if len(answer.Embeddings) != len(req.Input) || answer.Count < 0 {
		return engine.Embedding{}, engine.Errorf(engine.Unavailable, "Ollama gave %d vectors for %d inputs", len(answer.Embeddings), len(req.Input))
	}
	return engine.Embedding{Vectors: answer.Embeddings, Usage: engine.Usage{Prompt: answer.Count}}, nil
}
