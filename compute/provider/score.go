package provider

import (
	"encoding/binary"
	"time"

	"ayni.example/compute/challenge"
	"ayni.example/internal/clock"
)

// Score is how fast the exact engine is here, in operations a second: of one core, and of all.
type Score struct {
	Core uint64 `json:"core"`
	All  uint64 `json:"all"`
}

const (
	scoreTime   = 300 * time.Millisecond // of each measurement, at least
	scoreRounds = 3
)

// Measure runs the benchmark, the best of a few rounds: the work of a challenge, so that an honest machine passes it. It takes about
// two seconds.
func Measure(now clock.Clock, threads int) Score {
	return Score{Core: measure(now, 1), All: measure(now, max(threads, 1))}
}

func measure(now clock.Clock, threads int) uint64 {
	task := challenge.TaskFor(0, threads, 0)
	var seed [32]byte
	var best float64
	for range scoreRounds {
		began, done := now(), uint64(0)
		var took time.Duration
		for took < scoreTime {
			binary.BigEndian.PutUint64(seed[:], done)
			task.Compute(seed)
			done++
			took = now().Sub(began)
		}
		best = max(best, float64(task.Operations()*done)/took.Seconds())
	}
	return uint64(best)
}
