package anchored

import (
	"math"
	"math/rand"
	"testing"
)

// TestRange plays epochs of the largest size with reports that push one way, then the other, and holds what is remembered to bounds that
// leave products in range; floating point finds the same skills.
func TestRange(t *testing.T) {
	t.Parallel()
	seed := int64(7)
	r := rand.New(rand.NewSource(seed))
	const contestants, evaluators, tasks = 4, 9, 256
	e := &Epoch{Contestants: make([]Contestant, contestants), Evaluators: make([]Evaluator, evaluators), Weights: make([]uint64, evaluators)}
	gain, reference := make([]float64, evaluators), make([]float64, evaluators)
	for i := range e.Evaluators {
		e.Weights[i], e.Evaluators[i].Pairs = uint64(One)/evaluators, make([]Pair, contestants)
	}
	for round := range 300 {
		e.Tasks, e.Reports = nil, make([][]byte, evaluators)
		for i := range evaluators {
			gain[i], reference[i] = gain[i]*0.9, reference[i]*0.9
		}
		for range tasks {
			task := Task{Contestant: r.Intn(2), Canary: true, Passed: (round/100)%2 == 0}
			if round >= 200 {
				task.Contestant, task.Passed = r.Intn(contestants), r.Intn(3) > 0
			}
			prior, y := float64(e.Contestants[task.Contestant].Prior())/float64(One), 0.0
			if task.Passed {
				y = 1
			}
			for i := range evaluators {
				task.Evaluators = append(task.Evaluators, i)
				report := byte(r.Intn(256))
				switch {
				case i == 0:
					report = 255
				case i == 1:
					report = 0
				case i > 4 && r.Intn(10) > 0:
					report = byte(30 + 195*y)
				}
				e.Reports[i] = append(e.Reports[i], report)
				p := float64(report) / 255
				gain[i] += (y-prior)*(y-prior) - (y-p)*(y-p)
				reference[i] += (y - prior) * (y - prior)
			}
			e.Tasks = append(e.Tasks, task)
		}
		e.Score()
		for i, v := range e.Evaluators {
			want := math.Max(0, math.Min(1, gain[i]/reference[i]/0.45))
			if got := float64(v.Skill) / float64(One); math.Abs(got-want) > 1e-5 {
				t.Fatalf("seed %d, epoch %d: skill of %d is %g, want %g", seed, round, i, got, want)
			}
			checkEvaluator(t, v)
		}
		for j, c := range e.Contestants {
			if c.Passed < 0 || c.Passed > c.Counted || c.Counted > 4096*One || c.Quality < 0 || c.Quality > One {
				t.Fatalf("epoch %d: contestant %d is %+v", round, j, c)
			}
		}
	}
}

// checkEvaluator holds one to the sums that a memory of 0.95 lets 256 reports an epoch come to.
func checkEvaluator(t *testing.T, v Evaluator) {
	t.Helper()
	const most = 5376 * One
	if v.Reference < 0 || v.Reference > most || v.Gain > v.Reference || v.Gain < -most || v.Hits > v.HitCount || v.FalseAlarms > v.FalseCount ||
		v.HitCount+v.FalseCount > most || v.Hits < 0 || v.FalseAlarms < 0 {
		t.Fatalf("%+v is out of range", v)
	}
	for _, p := range v.Pairs {
		// Products round down: a sum of errors may be that much below its count.
		if p.Mean < meanLeast || p.Mean > meanMost || p.ErrorCount < 0 || p.ErrorCount > most || p.ErrorSum > p.ErrorCount || p.ErrorSum < -p.ErrorCount-32 {
			t.Fatalf("%+v is out of range", p)
		}
	}
}
