package engine

import (
	"encoding/json"
	"fmt"
)

// maxToolCalls and maxToolBytes bound what one answer may ask for.
const (
	maxToolCalls = 128
	maxToolBytes = 1 << 20
)

// ToolCall is one call in OpenAI's form; in a delta the arguments are a piece and Index says which call it belongs to.
type ToolCall struct {
	Index    *int         `json:"index,omitempty"`
	ID       string       `json:"id,omitempty"`
	Type     string       `json:"type,omitempty"`
	Function ToolFunction `json:"function"`
}

// ToolFunction names a function and carries its arguments as the text of a JSON object.
type ToolFunction struct {
	Name      string `json:"name,omitempty"`
	Arguments string `json:"arguments"`
}

// ToolCalls puts the pieces of a stream together. The zero value is ready.
type ToolCalls struct {
	calls []ToolCall
	bytes int
}

// Add takes the tool calls of one chunk.
func (t *ToolCalls) Add(delta json.RawMessage) error {
	if len(delta) == 0 {
		return nil
	}
	if t.bytes += len(delta); t.bytes > maxToolBytes {
		return Errorf(TooLarge, "tool calls exceed %d bytes", maxToolBytes)
	}
	var pieces []ToolCall
	if err := json.Unmarshal(delta, &pieces); err != nil {
		return fmt.Errorf("read tool calls: %w", err)
	}
	for _, piece := range pieces {
		index := len(t.calls)
		if piece.Index != nil {
			index = *piece.Index
		}
		if index < 0 || index > len(t.calls) || index >= maxToolCalls {
			return Errorf(Unavailable, "the backend sent tool call %d after %d", index, len(t.calls))
		}
		if index == len(t.calls) {
			t.calls = append(t.calls, ToolCall{Type: "function"})
		}
		t.merge(index, piece)
	}
	return nil
}

// Calls are the whole calls so far, without indexes, as a message of a chat carries them.
func (t *ToolCalls) Calls() []ToolCall { return t.calls }

func (t *ToolCalls) merge(index int, piece ToolCall) {
	call := &t.calls[index]
	if piece.ID != "" {
		call.ID = piece.ID
	}
	if piece.Type != "" {
		call.Type = piece.Type
	}
	call.Function.Name += piece.Function.Name
	call.Function.Arguments += piece.Function.Arguments
}
