package grad

import (
	"fmt"
	"sync/atomic"

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
	var broken atomic.Bool
	p.eachLogits(func(from int, logits []float32) {
		v := m.shape.Vocab
		pool.Run(len(logits)/v, v*expWork, func(i int) {
			x := row(logits, i, v)
			if !tensor.Finite(x) {
				broken.Store(true)
				return
			}
			out[from+i] = sample.Logprob(x, p.targets[from+i])
		})
	})
	if broken.Load() {
		return nil, fmt.Errorf("score: %w", ErrNotFinite)
	}
	return out, nil
}
