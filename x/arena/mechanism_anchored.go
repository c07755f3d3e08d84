package arena

import (
	"cmp"
	"slices"

	"cosmossdk.io/math"

	"ayni.example/x/arena/anchored"
)

// anchoredMechanism scores by sealed canaries.
type anchoredMechanism struct{ rules *Rules }

// CheckReport wants a byte for each task of the evaluator.
func (anchoredMechanism) CheckReport(e *Epoch, slot uint32, report []byte) error {
	if n := e.Assigned(slot); len(report) != n {
		return ErrReveal.Wrapf("a report of %d bytes on %d tasks", len(report), n)
	}
	return nil
}

// Score pays evaluators by skill for each report, authors by what their canaries tell apart, and contestants the square of their quality
// for their part of the tasks: what is not earned stays in the budget, and nobody gains by another's loss.
func (m anchoredMechanism) Score(p *Play) Outcome {
	canaries := m.counted(p)
	e := m.epoch(p, canaries)
	r := e.Score()
	o := Outcome{Authors: m.authors(canaries), Low: r.Low}
	for i := range p.Evaluators {
		storeEvaluator(p.Evaluators[i], e.Evaluators[i], p)
		o.Evaluators = append(o.Evaluators, scale(m.rules.Anchored.TaskFee.MulRaw(int64(r.Reports[i])), uint64(e.Evaluators[i].Skill), 1))
	}
	for j := range p.Contestants {
		storeContestant(p.Contestants[j], e.Contestants[j])
		o.Contestants = append(o.Contestants, scale(m.rules.Prize, r.Shares[j], uint64(len(p.Tasks))))
	}
	return o
}

// scale is amount * share * 2^-32 / parts, rounded down.
func scale(amount math.Int, share, parts uint64) math.Int {
	if parts == 0 {
		return math.ZeroInt()
	}
	return mulDiv(amount, math.NewIntFromUint64(share), math.NewIntFromUint64(parts).MulRaw(1<<32))
}

// counted are the canaries that count: of no author more than a quarter of those opened, the first by task.
func (anchoredMechanism) counted(p *Play) []Canary {
	most, by := (len(p.Canaries)+3)/4, map[uint64]int{}
	return slices.DeleteFunc(slices.Clone(p.Canaries), func(c Canary) bool {
		by[c.Author]++
		return by[c.Author] > most
	})
}

// authors are due a fee for each canary, by how well their own tell answers apart.
func (m anchoredMechanism) authors(canaries []Canary) []AuthorDue {
	type tally struct{ passed, opened int }
	tallies := map[uint64]*tally{}
	var numbers []uint64
	for _, c := range canaries {
		t := tallies[c.Author]
		if t == nil {
			t = &tally{}
			tallies[c.Author], numbers = t, append(numbers, c.Author)
		}
		t.opened++
		if c.Passed {
			t.passed++
		}
	}
	slices.Sort(numbers)
	due := make([]AuthorDue, len(numbers))
	for i, n := range numbers {
		t := tallies[n]
		fee := m.rules.Anchored.CanaryFee.MulRaw(int64(t.opened))
		due[i] = AuthorDue{Number: n, Opened: uint32(t.opened), Amount: scale(fee, uint64(anchored.Discriminating(t.passed, t.opened)), 1)}
	}
	return due
}

// epoch says the same in the terms of the rules.
func (m anchoredMechanism) epoch(p *Play, canaries []Canary) anchored.Epoch {
	e := anchored.Epoch{QualityLeast: anchored.Num(m.rules.Anchored.QualityBps) * anchored.One / Basis, Reports: p.Reports}
	contestants, evaluators := places(p.Epoch.Contestants), places(p.Epoch.Evaluators)
	for _, c := range p.Contestants {
		e.Contestants = append(e.Contestants, loadContestant(c))
	}
	for i, v := range p.Evaluators {
		e.Evaluators = append(e.Evaluators, loadEvaluator(v, p))
		e.Weights = append(e.Weights, p.Epoch.Evaluators[i].Weight)
	}
	for _, t := range p.Tasks {
		task := anchored.Task{Contestant: contestants[t.Contestant]}
		for _, slot := range t.Evaluators {
			task.Evaluators = append(task.Evaluators, evaluators[slot])
		}
		e.Tasks = append(e.Tasks, task)
	}
	for _, c := range canaries {
		t := &e.Tasks[c.Task]
		t.Canary, t.Passed = true, c.Passed
	}
	return e
}

// places are where slots are among seats.
func places(seats []Seat) map[uint32]int {
	at := make(map[uint32]int, len(seats))
	for i, s := range seats {
		at[s.Slot] = i
	}
	return at
}

func loadContestant(s *Standing) anchored.Contestant {
	return anchored.Contestant{
		Passed: s.Passed, Counted: s.Counted, Measured: s.Measured, Quality: s.Quality, Low: s.Low, CanaryAware: s.CanaryAware,
	}
}

func storeContestant(s *Standing, c anchored.Contestant) {
	s.Passed, s.Counted, s.Measured, s.Quality, s.Low, s.CanaryAware = c.Passed, c.Counted, c.Measured, c.Quality, c.Low, c.CanaryAware
}

func loadEvaluator(s *Standing, p *Play) anchored.Evaluator {
	v := anchored.Evaluator{
		Gain: s.Gain, Reference: s.Reference, Skill: s.Skill, Hits: s.Hits, HitCount: s.HitCount, FalseAlarms: s.FalseAlarms,
		FalseCount: s.FalseCount, Pairs: make([]anchored.Pair, len(p.Contestants)),
	}
	for j, c := range p.Epoch.Contestants {
		if known := s.pair(c.Number); known != nil {
			v.Pairs[j] = anchored.Pair{Known: known.Known, Mean: known.Mean, ErrorSum: known.ErrorSum, ErrorCount: known.ErrorCount}
		}
	}
	return v
}

// storeEvaluator forgets what was known of contestants that are there no more.
func storeEvaluator(s *Standing, v anchored.Evaluator, p *Play) {
	s.Gain, s.Reference, s.Skill, s.Hits, s.HitCount = v.Gain, v.Reference, v.Skill, v.Hits, v.HitCount
	s.FalseAlarms, s.FalseCount, s.Pairs = v.FalseAlarms, v.FalseCount, nil
	for j, c := range p.Epoch.Contestants {
		if pair := v.Pairs[j]; pair != (anchored.Pair{}) {
			s.Pairs = append(s.Pairs, Pair{
				Number: c.Number, Known: pair.Known, Mean: pair.Mean, ErrorSum: pair.ErrorSum, ErrorCount: pair.ErrorCount,
			})
		}
	}
	slices.SortFunc(s.Pairs, func(a, b Pair) int { return byNumber(a, b.Number) })
}

// pair is what is remembered with a contestant, if anything.
func (s *Standing) pair(number uint64) *Pair {
	i, there := slices.BinarySearchFunc(s.Pairs, number, byNumber)
	if !there {
		return nil
	}
	return &s.Pairs[i]
}

func byNumber(p Pair, number uint64) int { return cmp.Compare(p.Number, number) }
