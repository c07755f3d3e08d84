package sample

import (
	"cmp"
	"slices"

	"ayni.example/tensor"
)

// MaxTop is the largest number of alternatives that Top returns.
const MaxTop = 64

// Alt is a token and its natural log-probability under the model.
type Alt struct {
	ID      int32
	Logprob float32
}

// Logprob is the natural log of the softmax of raw logits at one token.
func Logprob(logits []float32, id int32) float32 {
	return float32(float64(logits[id]) - tensor.LogSumExp(logits))
}

// Top is the n likeliest tokens, likeliest first, the least id first among equals.
func Top(logits []float32, n int) []Alt {
	n = min(n, MaxTop, len(logits))
	if n <= 0 {
		return nil
	}
	top := make([]Alt, 0, n+1)
	for i, v := range logits {
		if len(top) == n && v <= top[n-1].Logprob {
			continue
		}
		at, _ := slices.BinarySearchFunc(top, v, func(a Alt, v float32) int {
			return cmp.Or(cmp.Compare(v, a.Logprob), -1) // after its equals
		})
		top = slices.Insert(top, at, Alt{int32(i), v})
		top = top[:min(n, len(top))]
	}
	lse := tensor.LogSumExp(logits)
	for i := range top {
		top[i].Logprob = float32(float64(top[i].Logprob) - lse)
	}
	return top
}
