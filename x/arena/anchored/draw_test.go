package anchored_test

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"ayni.example/x/arena/anchored"
)

// TestDraw pins what ledgers agree on.
func TestDraw(t *testing.T) {
	t.Parallel()
	weights := []uint64{1, 1, 1, 1, 0, 1, 1, 1}
	drawn := make([][]int, 0, 4)
	for task := range uint32(4) {
		drawn = append(drawn, anchored.Draw([]byte("seed"), []byte("arena"), task, weights, 3))
	}
	if got := fmt.Sprint(drawn); got != "[[2 3 6] [1 2 5] [2 3 0] [0 1 2]]" {
		t.Errorf("drawn %s", got)
	}
	for name, other := range map[string][]int{
		"seed":    anchored.Draw([]byte("deed"), []byte("arena"), 0, weights, 7),
		"subject": anchored.Draw([]byte("seed"), []byte("arenb"), 0, weights, 7),
		"number":  anchored.Draw([]byte("seed"), []byte("arena"), 1, weights, 7),
	} {
		if slices.Equal(other, anchored.Draw([]byte("seed"), []byte("arena"), 0, weights, 7)) {
			t.Errorf("another %s draws the same", name)
		}
	}
}

// TestDrawEven draws often enough that a chance that is off by two hundredths shows, and that who has half of the stake has no more than
// its cap.
func TestDrawEven(t *testing.T) {
	t.Parallel()
	const draws = 20_000
	weights := anchored.Cap([]uint64{16, 4, 4, 2, 2, 2, 1, 1})
	if weights[0] != 8 {
		t.Fatalf("half of the stake of eight counts for %d of 32", weights[0])
	}
	total := 0.0
	for _, w := range weights {
		total += float64(w)
	}
	first := make([]float64, len(weights))
	for task := range uint32(draws) {
		first[anchored.Draw([]byte("even"), nil, task, weights, 3)[0]]++
	}
	for i, w := range weights {
		if got, want := first[i]/draws, float64(w)/total; math.Abs(got-want) > 0.015 {
			t.Errorf("evaluator %d is drawn first in %.3f of tasks, want %.3f", i, got, want)
		}
	}
}

func FuzzDraw(f *testing.F) {
	f.Add([]byte("seed"), uint8(8), uint64(anchored.One), 3)
	f.Add([]byte{}, uint8(1), uint64(1), 9)
	f.Fuzz(func(t *testing.T, seed []byte, evaluators uint8, weight uint64, n int) {
		weights, eligible := make([]uint64, evaluators%64), 0
		n %= 10
		for i := range weights {
			if weights[i] = weight >> 8 >> (i % 40); weights[i] > 0 {
				eligible++
			}
		}
		drawn := anchored.Draw(seed, nil, 2, weights, n)
		if want := max(0, min(eligible, n)); len(drawn) != want {
			t.Fatalf("%d of %d eligible are drawn, want %d", len(drawn), eligible, want)
		}
		for k, i := range drawn {
			if weights[i] == 0 || slices.Contains(drawn[:k], i) {
				t.Fatalf("drawn %v of %v", drawn, weights)
			}
		}
	})
}
