package llama

import (
	"context"
	"fmt"

	"ayni.example/tensor"
	"ayni.example/tensor/sample"
)

// Score returns the natural log-probability of each token after the first, given those
// before it, in one pass: element i belongs to tokens[i+1]. The bits are those that Generate
// reports for the same text.
func (m *Model) Score(ctx context.Context, tokens []int32) ([]float32, error) {
	if len(tokens) < 2 {
		return nil, fmt.Errorf("score: %d tokens, want at least 2", len(tokens))
	}
	// The last token is only predicted, so its id is checked here.
	if last := tokens[len(tokens)-1]; last < 0 || int(last) >= m.Vocab {
		return nil, fmt.Errorf("score: %w", &TokenError{ID: last, Vocab: m.Vocab})
	}
	s, err := m.newState(len(tokens)-1, max(m.chunk, scoreChunk))
	if err != nil {
		return nil, fmt.Errorf("score: %w", err)
	}
	out := make([]float32, len(tokens)-1)
	err = s.logits(ctx, tokens[:len(tokens)-1], 0, func(i int, logits []float32) error {
		if !tensor.Finite(logits) {
			return sample.ErrNotFinite
		}
		out[i] = sample.Logprob(logits, tokens[i+1])
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("score: %w", err)
	}
	return out, nil
}

// scoreChunk is how many tokens of a known text are computed together at least.
const scoreChunk = 256

// logits appends tokens and visits the logits after each one from the given index on, which visit may change. Many rows
// go through the output matrix together.
func (s *State) logits(ctx context.Context, tokens []int32, from int, visit func(i int, logits []float32) error) error {
	vocab, most := s.m.shape.vocab, s.m.shape.logitRows()
	return s.run(ctx, tokens, from, func(at, n int) error {
		for row := 0; row < n; row += most {
			block := s.pass.project(row, min(most, n-row))
			for i := 0; i*vocab < len(block); i++ {
				if err := visit(at+row+i, block[i*vocab:(i+1)*vocab]); err != nil {
					return err
				}
			}
		}
		return nil
	})
}

// Embed returns the mean over all tokens of the final normalised hidden states, scaled to
// Euclidean length 1. It works with any model; one trained for embeddings works better.
func (m *Model) Embed(ctx context.Context, tokens []int32) ([]float32, error) {
	if len(tokens) == 0 {
		return nil, fmt.Errorf("embed: %w", ErrEmptyPrompt)
	}
	s, err := m.newState(len(tokens), max(m.chunk, scoreChunk))
	if err != nil {
		return nil, fmt.Errorf("embed: %w", err)
	}
	sum := make([]float32, m.shape.width)
	err = s.run(ctx, tokens, 0, func(_, n int) error {
		for row := range n {
			tensor.Add(sum, s.pass.hidden(row))
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("embed: %w", err)
	}
	return finishEmbedding(sum)
}

// finishEmbedding scales a sum of hidden states.
func finishEmbedding(sum []float32) ([]float32, error) {
	if !tensor.Finite(sum) {
		return nil, fmt.Errorf("embed: %w", sample.ErrNotFinite)
	}
	tensor.Normalize(sum)
	return sum, nil
}
