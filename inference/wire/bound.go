package wire

import (
	"encoding/json"

	"ayni.example/inference/engine"
)

// promptSlack is what a chat template may add around the messages, in tokens.
const promptSlack = 1024

// PromptBound is the most tokens that a request's prompt can have: one a byte, and a template around it.
func PromptBound(body []byte) uint64 { return uint64(len(body)) + promptSlack }

// Counter counts what the chunks of one answer are charged as while it streams, which is never more than the truth. The zero
// value is ready.
type Counter struct {
	shown bool // token ids came
}

// Next is what the next chunk is charged as: its tokens where they are shown; nothing when only text comes behind tokens, since
// it was held back and belongs to them; and one for each chunk that says anything when tokens are never shown.
func (n *Counter) Next(c engine.Chunk) uint64 {
	switch {
	case len(c.Tokens) > 0:
		n.shown = true
		return uint64(len(c.Tokens))
	case n.shown || (c.Text == "" && c.Thinking == "" && !hasCalls(c.ToolCalls)):
		return 0
	default:
		return 1
	}
}

func hasCalls(raw json.RawMessage) bool {
	return len(raw) > 0 && string(raw) != "null" && string(raw) != "[]"
}
