package anchored_test

import (
	"math/rand"
	"testing"

	"ayni.example/x/arena/anchored"
)

// TestSkill plays epochs with evaluators that look at answers, one that repeats the public scores, and one that says yes: the first are
// found skilled, the others are not, and qualities come out.
func TestSkill(t *testing.T) {
	t.Parallel()
	const contestants, evaluators, tasks = 8, 6, 24
	r := rand.New(rand.NewSource(1))
	e := anchored.Epoch{
		QualityLeast: anchored.One / 5, Contestants: make([]anchored.Contestant, contestants), Evaluators: make([]anchored.Evaluator, evaluators),
		Weights: make([]uint64, evaluators),
	}
	for i := range e.Evaluators {
		e.Evaluators[i].Pairs = make([]anchored.Pair, contestants)
		e.Weights[i] = uint64(anchored.One) / evaluators
	}
	truth := []float64{0.95, 0.9, 0.8, 0.7, 0.6, 0.5, 0.3, 0.1}
	for range 60 {
		e.Tasks, e.Reports = nil, make([][]byte, evaluators)
		for j := range contestants {
			prior := e.Contestants[j].Prior()
			for range tasks {
				passed := r.Float64() < truth[j]
				task := anchored.Task{Contestant: j, Evaluators: r.Perm(evaluators)[:3], Canary: r.Intn(8) == 0, Passed: passed}
				for i := range evaluators {
					for _, d := range task.Evaluators {
						if d != i {
							continue
						}
						report := byte(20)
						if passed == (r.Float64() < 0.9) {
							report = 235
						}
						switch i {
						case 4:
							report = byte((prior*255 + anchored.One/2) / anchored.One)
						case 5:
							report = 255
						}
						e.Reports[i] = append(e.Reports[i], report)
					}
				}
				e.Tasks = append(e.Tasks, task)
			}
		}
		e.Score()
	}
	for i, v := range e.Evaluators {
		skill := float64(v.Skill) / float64(anchored.One)
		if i < 4 && skill < 0.5 || i == 4 && skill != 0 || i == 5 && skill > 0.05 {
			t.Errorf("evaluator %d has skill %.3f", i, skill)
		}
	}
	for j, c := range e.Contestants {
		if q := float64(c.Quality) / float64(anchored.One); q < truth[j]-0.15 || q > truth[j]+0.15 {
			t.Errorf("contestant %d: quality %.3f, truth %.3f", j, q, truth[j])
		}
	}
}
