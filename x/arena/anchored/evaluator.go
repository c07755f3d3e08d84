package anchored

import "slices"

func (v *Evaluator) fade(r Rules) {
	for _, n := range []*Num{&v.Gain, &v.Reference} {
		*n = mul(*n, r.Memory)
	}
	for _, n := range []*Num{&v.Hits, &v.HitCount, &v.FalseAlarms, &v.FalseCount} {
		*n = mul(*n, r.ErrorMemory)
	}
	for j := range v.Pairs {
		p := &v.Pairs[j]
		p.ErrorSum, p.ErrorCount = mul(p.ErrorSum, r.ErrorMemory), mul(p.ErrorCount, r.ErrorMemory)
	}
}

// learn reads a report on a canary. The squared error is least in expectation where the report is what the evaluator believes (Brier 1950),
// so that the gain over the prior is what it knows beyond it.
func (v *Evaluator) learn(t Task, p, prior, up Num) {
	y := outcome(t.Passed)
	reference := mul(y-prior, y-prior)
	v.Gain += reference - mul(y-p, y-p)
	v.Reference += reference
	pair := &v.Pairs[t.Contestant]
	pair.ErrorSum += p - y
	pair.ErrorCount += One
	if t.Passed {
		v.Hits, v.HitCount = v.Hits+up, v.HitCount+One
	} else {
		v.FalseAlarms, v.FalseCount = v.FalseAlarms+up, v.FalseCount+One
	}
}

func (v *Evaluator) skill(r Rules) Num {
	if v.Reference <= 0 || v.Gain <= 0 {
		return r.SkillLeast
	}
	return clamp(quo(quo(v.Gain, v.Reference), r.Attainable), r.SkillLeast, One)
}

// correct turns how often an evaluator raised the prior into how often answers pass, by its hits and false alarms on canaries.
func (v *Evaluator) correct(raised Num) Num {
	hits := quo(v.Hits+rateStart*hitStart, v.HitCount+rateStart*One)
	alarms := quo(v.FalseAlarms+rateStart*falseStart, v.FalseCount+rateStart*One)
	return clamp(quo(raised-alarms, max(hits-alarms, trustMin)), meanLeast, meanMost)
}

// towards moves the mean to what the last reports say; the first begin at the prior.
func (p *Pair) towards(r Rules, last, prior Num) {
	if !p.Known {
		p.Known, p.Mean = true, prior
	}
	p.Mean += mul(r.Step, last-p.Mean)
}

// factor is what errors with this contestant leave of an evaluator's influence on it.
func (p *Pair) factor(r Rules) Num {
	e := quo(p.ErrorSum, p.ErrorCount+errorStart*One)
	return max(0, One-r.ErrorSlope*Num(size(e)))
}

// vote is a value with its weight.
type vote struct {
	value  Num
	weight uint64
}

// middle is the least value with at least half of the weight at or below it.
func middle(votes []vote, total uint64) Num {
	slices.SortStableFunc(votes, func(a, b vote) int {
		switch {
		case a.value < b.value:
			return -1
		case a.value > b.value:
			return 1
		}
		return 0
	})
	sum := uint64(0)
	for _, v := range votes {
		sum += v.weight
		if 2*sum >= total {
			return v.value
		}
	}
	return votes[len(votes)-1].value
}
