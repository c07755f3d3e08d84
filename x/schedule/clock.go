package schedule

// Advance notes that a block came at now. A clock that was never noted begins there; a pause longer than the gap is a time in
// which the ledger stood still, and those who have deadlines get a grace from its end.
func (c Clock) Advance(now int64, p Params) Clock {
	switch {
	case c.Pulse == 0:
		c.Pulse = now
	case now-c.Pulse > int64(p.GapSeconds):
		// A gap in the grace of another goes on from that one's beginning: whoever was given time then has not had it.
		if c.GraceEnd <= c.Pulse {
			c.GapStart = c.Pulse
		}
		c.GapEnd, c.GraceEnd = now, now+int64(p.GraceSeconds)
		c.Pulse = now
	case now-c.Pulse >= int64(p.PulseSeconds):
		c.Pulse = now
	}
	return c
}

// Postpone tells to when a deadline at due moves that is reached at now, if it does: what fell into the gap or its grace comes
// after the grace, spread over some time in its old order. What was due before the gap stays.
func (c Clock) Postpone(due, now int64, p Params) (int64, bool) {
	if now >= c.GraceEnd || due <= c.GapStart {
		return due, false
	}
	into, gap := min(due, c.GapEnd)-c.GapStart, c.GapEnd-c.GapStart
	return c.GraceEnd + mulDiv(into, int64(p.SpreadSeconds), gap), true
}

// mulDiv is a*b/c without overflow for 0 < a <= c < 2^41 and b of a day.
func mulDiv(a, b, c int64) int64 { return a/c*b + a%c*b/c }

// Validate checks the clock without any state.
func (c Clock) Validate() error {
	for _, at := range []int64{c.Pulse, c.GapStart, c.GapEnd, c.GraceEnd} {
		if at < 0 || at > farthest {
			return ErrInvalid.Wrapf("clock notes the time %d", at)
		}
	}
	none := c.GapStart == 0 && c.GapEnd == 0 && c.GraceEnd == 0
	if !none && (c.GapStart >= c.GapEnd || c.GapEnd >= c.GraceEnd || c.GapEnd > c.Pulse) {
		return ErrInvalid.Wrap("clock notes a gap that does not end before its grace")
	}
	return nil
}
