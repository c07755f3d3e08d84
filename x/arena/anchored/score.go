package anchored

import "slices"

// Prior is the public expectation of a contestant's next answer, on the grid of reports: who reports it adds exactly nothing.
func (c Contestant) Prior() Num { return Standard().prior(c) }

func (rules Rules) prior(c Contestant) Num {
	q := rules.Newcomer
	if c.Measured {
		q = c.Quality
	}
	q = clamp(q, rules.PriorLeast, rules.PriorMost)
	return chance(byte((q*reportMost + One/2) / One))
}

// chance is what a byte of a report says.
func chance(b byte) Num { return Num(b) * One / reportMost }

// Score ends an epoch by the standard rules.
func (e *Epoch) Score() Result { return Standard().Score(e) }

// Score ends an epoch.
func (rules Rules) Score(e *Epoch) Result {
	r := Result{Reports: make([]int, len(e.Evaluators)), Shares: make([]uint64, len(e.Contestants)), Low: make([]bool, len(e.Contestants))}
	priors := make([]Num, len(e.Contestants))
	for j := range e.Contestants {
		priors[j] = rules.prior(e.Contestants[j])
		e.Contestants[j].forget(rules)
	}
	e.countCanaries()
	for i := range e.Evaluators {
		r.Reports[i] = e.evaluate(rules, i, priors)
	}
	capped := limit(e.Weights, rules.Parts)
	volume := make([]uint64, len(e.Contestants))
	for _, t := range e.Tasks {
		volume[t.Contestant]++
	}
	for j := range e.Contestants {
		c := &e.Contestants[j]
		if volume[j] > 0 {
			c.judge(rules, e.median(rules, j, capped, priors[j]))
			r.Low[j] = c.fell(e.QualityLeast)
		}
		r.Shares[j] = volume[j] * uint64(mul(c.Quality, c.Quality))
	}
	return r
}

func (c *Contestant) forget(r Rules) {
	c.Passed, c.Counted = mul(c.Passed, r.CanaryMemory), mul(c.Counted, r.CanaryMemory)
}

func (e *Epoch) countCanaries() {
	for _, t := range e.Tasks {
		if !t.Canary {
			continue
		}
		c := &e.Contestants[t.Contestant]
		c.Counted += One
		c.Passed += outcome(t.Passed)
	}
}

func outcome(passed bool) Num {
	if passed {
		return One
	}
	return 0
}

// seen is what an evaluator said of one contestant in this epoch: how often it raised the prior.
type seen struct{ raised, count Num }

// evaluate reads one evaluator's reports: canaries tell its skill and its errors, all of them its means. It returns how many there were.
func (e *Epoch) evaluate(r Rules, i int, priors []Num) int {
	v, report := &e.Evaluators[i], e.Reports[i]
	v.fade(r)
	means := make([]seen, len(e.Contestants))
	n := 0
	for _, t := range e.Tasks {
		if !slices.Contains(t.Evaluators, i) || n >= len(report) {
			continue
		}
		p, prior := chance(report[n]), priors[t.Contestant]
		n++
		up := raised(p, prior)
		means[t.Contestant].raised += up
		means[t.Contestant].count += One
		if t.Canary {
			v.learn(t, p, prior, up)
		}
	}
	v.Skill = v.skill(r)
	for j, s := range means {
		if s.count > 0 {
			v.Pairs[j].towards(r, v.correct(quo(s.raised, s.count)), priors[j])
		}
	}
	return n
}

// raised is One where a report is above the prior, nothing below, half where it is the prior.
func raised(p, prior Num) Num {
	switch {
	case p > prior:
		return One
	case p < prior:
		return 0
	}
	return One / 2
}

// median is what evaluators of influence think of a contestant, each by its mean; the prior where there is none.
func (e *Epoch) median(r Rules, j int, capped []uint64, prior Num) Num {
	var votes []vote
	total := uint64(0)
	for i := range e.Evaluators {
		v := &e.Evaluators[i]
		p := &v.Pairs[j]
		influence := uint64(mul(mul(Num(min(capped[i], uint64(One))), v.Skill), p.factor(r)))
		if !p.Known || influence == 0 {
			continue
		}
		votes = append(votes, vote{p.Mean, influence})
		total += influence
	}
	if total == 0 {
		return prior
	}
	return clamp(middle(votes, total), 0, One)
}
