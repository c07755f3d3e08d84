package fee

// At is the quota as a block at height and unix time sees it: a new period has begun once both its blocks and its seconds have
// passed, so that a clock that jumps gives nothing away.
func (q Quota) At(p Params, height, unix int64) Quota {
	if height >= q.PeriodHeight+int64(p.QuotaBlocks) && unix >= q.PeriodTime+int64(p.QuotaSeconds) {
		q.Used, q.PeriodHeight, q.PeriodTime = 0, height, unix
	}
	return q
}

// Rest is the gas that is left in the period. A quota that was lowered may have been used beyond what it is now.
func (q Quota) Rest() uint64 { return q.Gas - min(q.Gas, q.Used) }

// Spend takes gas from the rest of the period.
func (q Quota) Spend(gas uint64) (Quota, error) {
	if rest := q.Rest(); gas > rest {
		return q, ErrQuota.Wrapf("%s has %d of %d gas left in this period, %d are asked for", q.Account, rest, q.Gas, gas)
	}
	q.Used += gas
	return q, nil
}

// Validate checks the quota without any state.
func (q Quota) Validate() error {
	switch {
	case q.Account == "":
		return ErrInvalid.Wrap("quota of no account")
	case q.Gas == 0:
		return ErrInvalid.Wrapf("quota of %s is zero", q.Account)
	case q.PeriodHeight < 0 || q.PeriodTime < 0:
		return ErrInvalid.Wrapf("quota of %s: period began at height %d and time %d", q.Account, q.PeriodHeight, q.PeriodTime)
	}
	return nil
}
