package exact

import (
	"context"
	"slices"
	"strings"

	"ayni.example/inference/engine"
	"ayni.example/tensor/llama"
)

// Known is what somebody holds of an answer; both may be empty.
type Known struct {
	Tokens []int32
	Text   string
}

// Recompute is Generate with the same bits, in a part of its time when what is known of the answer is right: it is computed
// in one pass. What is known is never believed; who wants to check an answer compares it with the result.
func (e *Engine) Recompute(
	ctx context.Context, req engine.Request, known Known, emit func(engine.Chunk) error,
) (engine.Result, llama.Work, error) {
	ask, err := e.read(req)
	if err != nil {
		return engine.Result{}, llama.Work{}, err
	}
	result, work, err := ask.model.run.Recompute(ctx, ask.prompt, ask.options, ask.model.guess(known), func(token llama.Token) error {
		return emit(ask.model.chunk(token))
	})
	return ask.result(result), work, typed(err)
}

// guess foretells the known tokens, and where an answer leaves them, or none are known, the tokens that the known text has
// when it is encoded from there on. A model may have written the same text with other tokens; then a pass ends early.
func (m *Model) guess(known Known) llama.Guess {
	return func(chosen []int32) []int32 {
		if n := len(chosen); n < len(known.Tokens) && slices.Equal(chosen, known.Tokens[:n]) {
			return known.Tokens[n:]
		}
		written := string(m.spell(chosen))
		rest, ok := strings.CutPrefix(known.Text, written)
		if !ok || rest == "" {
			return nil
		}
		return m.encode(rest)
	}
}

// encode gives tokens that spell a text which goes on from another: some tokenizers put a space before what they encode.
func (m *Model) encode(text string) []int32 {
	tokens := m.run.Tokenizer.Encode(text)
	if string(m.spell(tokens)) == text {
		return tokens
	}
	if bare, ok := strings.CutPrefix(text, " "); ok {
		if tokens = m.run.Tokenizer.Encode(bare); string(m.spell(tokens)) == text {
			return tokens
		}
	}
	return nil
}

func (m *Model) spell(tokens []int32) []byte {
	out := make([]byte, 0, 4*len(tokens))
	for _, id := range tokens {
		out = append(out, m.run.Tokenizer.Piece(id)...)
	}
	return out
}
