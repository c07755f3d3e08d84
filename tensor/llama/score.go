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
	s, err := m.NewState(len(tokens) - 1)
	if err != nil {
		return nil, fmt.Errorf("score: %w", err)
	}
	out := make([]float32, len(tokens)-1)
	err = s.run(ctx, tokens[:len(tokens)-1], func(i int, hidden []float32) error {
		s.project(hidden)
		if !tensor.Finite(s.logits) {
			return sample.ErrNotFinite
		}
		out[i] = sample.Logprob(s.logits, tokens[i+1])
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("score: %w", err)
	}
	return out, nil
}

// Embed returns the mean over all tokens of the final normalised hidden states, scaled to
// Euclidean length 1. It works with any model; one trained for embeddings works better.
func (m *Model) Embed(ctx context.Context, tokens []int32) ([]float32, error) {
	if len(tokens) == 0 {
		return nil, fmt.Errorf("embed: %w", ErrEmptyPrompt)
	}
	s, err := m.NewState(len(tokens))
	if err != nil {
		return nil, fmt.Errorf("embed: %w", err)
	}
	sum := make([]float32, m.shape.width)
	err = s.run(ctx, tokens, func(_ int, hidden []float32) error {
		tensor.Add(sum, hidden)
		return nil
	})
	if err == nil && !tensor.Finite(sum) {
		err = sample.ErrNotFinite
	}
	if err != nil {
		return nil, fmt.Errorf("embed: %w", err)
	}
	tensor.Normalize(sum)
	return sum, nil
}
