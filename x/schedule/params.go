package schedule

// Bounds of what the parameters may be set to.
const (
	itemsBound = 10_000
	gasBound   = 1_000_000_000
	dayBound   = 24 * 3600
)

// DefaultParams are the bounds of a new ledger. The gap is several of the pauses of an idle ledger, which makes a block a
// minute.
func DefaultParams() Params {
	return Params{
		ItemsMax: 100, GasMax: 20_000_000, RetrySeconds: 60,
		PulseSeconds: 300, GapSeconds: 900, GraceSeconds: 600, SpreadSeconds: 600,
	}
}

// Validate checks the parameters without any state.
func (p Params) Validate() error {
	switch {
	case p.ItemsMax == 0 || p.ItemsMax > itemsBound:
		return ErrInvalid.Wrapf("%d items in a block are not 1 to %d", p.ItemsMax, itemsBound)
	case p.GasMax == 0 || p.GasMax > gasBound:
		return ErrInvalid.Wrapf("%d gas for the items of a block is not 1 to %d", p.GasMax, gasBound)
	}
	for _, s := range []struct {
		name  string
		value uint32
	}{
		{"retry", p.RetrySeconds},
		{"pulse", p.PulseSeconds},
		{"gap", p.GapSeconds},
		{"grace", p.GraceSeconds},
		{"spread", p.SpreadSeconds},
	} {
		if s.value == 0 || s.value > dayBound {
			return ErrInvalid.Wrapf("%s of %d s is not 1 to %d", s.name, s.value, dayBound)
		}
	}
	if p.GapSeconds <= p.PulseSeconds {
		return ErrInvalid.Wrapf("a gap of %d s would be seen in every pulse of %d s", p.GapSeconds, p.PulseSeconds)
	}
	return nil
}
