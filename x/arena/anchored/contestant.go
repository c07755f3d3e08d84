package anchored

// judge holds what evaluators think against the canaries: these count for more the further they are from it, in standard errors, but not
// where they are far better, which is what a contestant looks like that knows canaries when it sees them.
func (c *Contestant) judge(r Rules, median Num) {
	c.Measured, c.CanaryAware, c.Quality = true, false, median
	if c.Counted < countLeast {
		return
	}
	rate := quo(c.Passed, c.Counted)
	deviation := root(quo(max(varianceMin, mul(median, One-median)), c.Counted))
	if rate > median+r.Aware*deviation {
		c.CanaryAware = true
		return
	}
	z := quo(Num(size(rate-median)), deviation)
	gate := clamp(quo(2*(z-One), 3*One), r.LeastGate, One)
	part := mul(quo(c.Counted, c.Counted+canaryHalf*One), gate)
	c.Quality = clamp(median+mul(part, rate-median), 0, One)
}

// fell counts epochs below the least quality and tells when there were too many.
func (c *Contestant) fell(least Num) bool {
	if c.Quality >= least {
		c.Low = 0
		return false
	}
	c.Low = min(c.Low+1, lowMost)
	return c.Low == lowMost
}

// Discriminating is what a canary of an author is worth who opened so many of which so many passed: most where half do, little where all
// do or none.
func Discriminating(passed, opened int) Num {
	rate := frac(int64(passed+1), int64(opened+2))
	return 4 * mul(rate, One-rate)
}
