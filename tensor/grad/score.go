package grad

import (
	"fmt"

	"ayni.example/tensor"
	"ayni.example/tensor/sample"
)

// Score returns the natural log-probability of each token after the first: the bits of the Score of
// tensor/llama for the same weights in F32.
func (m *Model) Score(pool *tensor.Pool, tokens []int32) ([]float32, error) {
	p := &pass{m: m, pool: pool, layers: make([]saved, 1)}
	if err := p.set([][]int32{tokens}); err != nil {
		return nil, fmt.Errorf("score: %w", err)
	}
	p.forward()
	out := make([]float32, len(p.targets))
	finite := true
	p.eachLogits(func(from int, logits []float32) {
		for i := range len(logits) / m.shape.Vocab {
			x := row(logits, i, m.shape.Vocab)
			finite = finite && tensor.Finite(x)
			if finite {
				out[from+i] = sample.Logprob(x, p.targets[from+i])
			}
		}
	})
	if !finite {
		return nil, fmt.Errorf("score: %w", ErrNotFinite)
	}
	return out, nil
}
