package tensor_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"ayni.example/tensor"
)

func noise(r *rand.Rand, n int) []float32 {
	x := make([]float32, n)
	for i := range x {
		x[i] = float32(r.NormFloat64())
	}
	return x
}

func TestScoresAreDotsOfStoredKeys(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 0))
	for range 100 {
		size, positions := 1+r.IntN(130), 1+r.IntN(70)
		blocks := (positions + tensor.KeyBlock - 1) / tensor.KeyBlock
		q, keys := noise(r, size), make([]float32, blocks*tensor.KeyBlock*size)
		scale := r.Float32()
		want := make([]float32, positions)
		for at := range want {
			k := noise(r, size)
			tensor.PutKey(keys[at/tensor.KeyBlock*tensor.KeyBlock*size:], k, at%tensor.KeyBlock)
			want[at] = float32(tensor.Dot(q, k) * scale)
		}
		got := make([]float32, positions)
		tensor.Scores(got, q, keys, scale)
		for at := range want {
			if math.Float32bits(got[at]) != math.Float32bits(want[at]) {
				t.Fatalf("size %d, position %d of %d: %x, want %x", size, at, positions, got[at], want[at])
			}
		}
	}
}

func TestMixAddContinuesMix(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 0))
	for range 100 {
		width, rows := 1+r.IntN(70), 1+r.IntN(50)
		stride := width + r.IntN(3)
		weight, values := noise(r, rows), noise(r, rows*stride)
		want, got := make([]float32, width), make([]float32, width)
		tensor.Mix(want, weight, values, stride)
		cut := r.IntN(rows + 1)
		tensor.MixAdd(got, weight[:cut], values, stride)
		tensor.MixAdd(got, weight[cut:], values[min(cut*stride, len(values)):], stride)
		for i := range want {
			if math.Float32bits(got[i]) != math.Float32bits(want[i]) {
				t.Fatalf("%d rows cut at %d, output %d: %x, want %x", rows, cut, i, got[i], want[i])
			}
		}
	}
}
