package tensor_test

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"ayni.example/tensor"
)

func TestExpToAndAboveAreTheirDefinitions(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 0))
	for range 100 {
		x := noise(r, r.IntN(300))
		for i := range x {
			x[i] = float32(int(x[i]*4)) / 4 // equal values are common
		}
		sub, least := r.Float32(), float32(r.IntN(12)-6)/4
		got := make([]float32, len(x))
		tensor.ExpTo(got, x, sub)
		want := []int32{-1}
		for i, v := range x {
			if math.Float32bits(got[i]) != math.Float32bits(tensor.Exp(v-sub)) {
				t.Fatalf("exp(%v - %v) is %v", v, sub, got[i])
			}
			if v >= least {
				want = append(want, int32(i))
			}
		}
		if have := tensor.Above([]int32{-1}, x, least); !slices.Equal(have, want) {
			t.Fatalf("at least %v of %v: %v, want %v", least, x, have, want)
		}
	}
}
