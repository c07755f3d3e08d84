package openaiapi

import (
	"bytes"
	"encoding/json"

	"ayni.example/inference/engine"
)

// event is one event of a stream, of chats or of completions.
type event struct {
	Error   json.RawMessage `json:"error"`
	Choices []struct {
		Index        int             `json:"index"`
		Text         string          `json:"text"`
		Delta        delta           `json:"delta"`
		Logprobs     json.RawMessage `json:"logprobs"`
		FinishReason string          `json:"finish_reason"`
	} `json:"choices"`
	Usage *struct {
		Prompt     int `json:"prompt_tokens"`
		Completion int `json:"completion_tokens"`
	} `json:"usage"`
}

type delta struct {
	Content          string            `json:"content"`
	Refusal          string            `json:"refusal"`
	Reasoning        string            `json:"reasoning"`
	ReasoningContent string            `json:"reasoning_content"` // the same, in some servers' word
	ToolCalls        []engine.ToolCall `json:"tool_calls"`
}

// logprobs has the fields of both endpoints' forms.
type logprobs struct {
	Content []struct {
		alternative
		Top []alternative `json:"top_logprobs"`
	} `json:"content"`
	Tokens        []string             `json:"tokens"`
	TokenLogprobs []*float32           `json:"token_logprobs"` // vLLM has null where there is none
	TopLogprobs   []map[string]float32 `json:"top_logprobs"`
}

type alternative struct {
	Token   string  `json:"token"`
	Logprob float32 `json:"logprob"`
	Bytes   []int   `json:"bytes"`
}

// readEvent gives the event of a line, done for the last one, and ok=false for lines that carry none.
func readEvent(line []byte) (out event, done, ok bool, err error) {
	data, ok := bytes.CutPrefix(line, []byte("data:"))
	if !ok {
		return out, false, false, nil // a comment, or a field that this API does not use
	}
	data = bytes.TrimSpace(data)
	if bytes.Equal(data, []byte("[DONE]")) {
		return out, true, true, nil
	}
	if err := json.Unmarshal(data, &out); err != nil {
		return out, false, true, engine.Errorf(engine.Unavailable, "the server sent an event that cannot be read: %w", err)
	}
	if out.Usage != nil && (out.Usage.Prompt < 0 || out.Usage.Completion < 0) {
		return out, false, true, engine.Errorf(engine.Unavailable, "the server counts %d and %d tokens", out.Usage.Prompt, out.Usage.Completion)
	}
	return out, false, true, nil
}

// chunk translates the first choice; there is never another, since n is never sent.
func (e event) chunk() (engine.Chunk, error) {
	choice := e.Choices[0]
	chunk := engine.Chunk{
		Text:     choice.Text + choice.Delta.Content + choice.Delta.Refusal,
		Thinking: choice.Delta.Reasoning + choice.Delta.ReasoningContent,
	}
	if len(choice.Delta.ToolCalls) > 0 {
		encoded, err := json.Marshal(choice.Delta.ToolCalls)
		if err != nil {
			return chunk, engine.Errorf(engine.Unavailable, "the server sent tool calls that cannot be passed on: %w", err)
		}
		chunk.ToolCalls = encoded
	}
	if len(choice.Logprobs) == 0 || bytes.Equal(choice.Logprobs, []byte("null")) {
		return chunk, nil
	}
	var told logprobs
	if err := json.Unmarshal(choice.Logprobs, &told); err != nil {
		return chunk, engine.Errorf(engine.Unavailable, "the server sent log-probabilities that cannot be read: %w", err)
	}
	chunk.Tokens = told.tokens()
	return chunk, nil
}
