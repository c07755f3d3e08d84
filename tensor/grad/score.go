package grad

import (
	"fmt"

	"ayni.example/tensor"
)

// Score returns the natural log-probability of each token after the first: the bits of the Score of
// tensor/llama for the same weights in F32.
func (m *Model) Score(pool *tensor.Pool, tokens []int32) ([]float32, error) {
	return nil, fmt.Errorf("score: not there yet")
}
