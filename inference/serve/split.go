package serve

import (
	"strings"

	"ayni.example/inference/engine"
)

// split cuts a chunk of more than most tokens, so that no single frame is worth more than a slice. Where the tokens' texts do
// not add up to the chunk's, its text goes with the last piece.
func split(c engine.Chunk, most uint64) []engine.Chunk {
	if uint64(len(c.Tokens)) <= most {
		return []engine.Chunk{c}
	}
	var all strings.Builder
	for _, t := range c.Tokens {
		all.WriteString(t.Text)
	}
	aligned := all.String() == c.Text
	var pieces []engine.Chunk
	for rest := c.Tokens; len(rest) > 0; {
		n := int(min(uint64(len(rest)), most))
		piece := engine.Chunk{Tokens: rest[:n]}
		if aligned {
			for _, t := range rest[:n] {
				piece.Text += t.Text
			}
		}
		rest = rest[n:]
		if len(rest) == 0 {
			piece.Thinking, piece.ToolCalls = c.Thinking, c.ToolCalls
			if !aligned {
				piece.Text = c.Text
			}
		}
		pieces = append(pieces, piece)
	}
	return pieces
}
