package provider

import (
	"time"

	"ayni.example/internal/clock"
	"ayni.example/tensor"
)

// Score is how fast the exact engine is here, in operations a second: of one core, and of all.
type Score struct {
	Core uint64 `json:"core"`
	All  uint64 `json:"all"`
}

const (
	scoreSide   = 384                    // of the square matrices: they fit into the cache of a core
	scoreTime   = 300 * time.Millisecond // of each measurement
	scoreRounds = 3
)

// Measure runs the benchmark: products of matrices by the exact engine, the best of a few rounds. It takes about two seconds.
func Measure(now clock.Clock, threads int) Score {
	return Score{Core: measure(now, 1), All: measure(now, max(threads, 1))}
}

func measure(now clock.Clock, threads int) uint64 {
	pool := tensor.NewPool(threads)
	side := scoreSide
	if threads > 1 {
		side *= 2 // enough panels for all
	}
	a, b, c := numbers(side*side, 3), numbers(side*side, 7), make([]float32, side*side)
	product := func() {
		tensor.Gemm(pool, tensor.RowMajor(c, side, side), tensor.RowMajor(a, side, side), tensor.RowMajor(b, side, side), false)
	}
	product() // warm up
	var best float64
	for range scoreRounds {
		began, done := now(), 0
		var took time.Duration
		for took < scoreTime {
			product()
			done++
			took = now().Sub(began)
		}
		best = max(best, 2*float64(side)*float64(side)*float64(side)*float64(done)/took.Seconds())
	}
	return uint64(best)
}

// numbers between -1 and 1 that are no powers of two.
func numbers(n int, step uint32) []float32 {
	out := make([]float32, n)
	state := step
	for i := range out {
		state = state*1664525 + 1013904223
		out[i] = float32(int32(state))/(1<<31) + 1.0/3
	}
	return out
}
