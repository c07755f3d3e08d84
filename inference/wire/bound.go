package wire

import (
	"encoding/json"

	"ayni.example/inference/engine"
)

// promptSlack is what a chat template may add around the messages, in tokens.
const promptSlack = 1024

// PromptBound is the most tokens that a request's prompt can have: one a byte, and a template around it.
func PromptBound(body []byte) uint64 { return uint64(len(body)) + promptSlack }

// Tokens is what a chunk is charged as while it streams: its tokens where they are shown, else one for each chunk that says
// anything, which is never more than the truth.
func Tokens(c engine.Chunk) uint64 {
	switch {
	case len(c.Tokens) > 0:
		return uint64(len(c.Tokens))
	case c.Text != "" || c.Thinking != "" || hasCalls(c.ToolCalls):
		return 1
	default:
		return 0
	}
}

func hasCalls(raw json.RawMessage) bool {
	return len(raw) > 0 && string(raw) != "null" && string(raw) != "[]"
}
