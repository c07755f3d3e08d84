package beacon

// Bounds of what the parameters may be set to.
const (
	windowBlocksBound  = 10_000
	windowSecondsBound = 24 * 3600
	strikesBound       = 1_000
	barSecondsBound    = 30 * 24 * 3600
	keepRoundsBound    = 100_000
	keepOutputsBound   = 10_000_000
)

// DefaultParams close a round without those who are missing after some fifteen seconds, forgive a seat the loss of three
// windows, and keep proofs of 1,000 rounds and outputs of 100,000.
func DefaultParams() Params {
	return Params{
		WindowBlocks: 10, WindowSeconds: 15,
		Allowance: 3, BarSeconds: 600, ForgiveRounds: 20,
		KeepRounds: 1_000, KeepOutputs: 100_000,
	}
}

// Validate checks the parameters without any state.
func (p Params) Validate() error {
	for _, v := range []struct {
		name         string
		value, bound uint32
	}{
		{"window blocks", p.WindowBlocks, windowBlocksBound},
		{"window seconds", p.WindowSeconds, windowSecondsBound},
		{"bar seconds", p.BarSeconds, barSecondsBound},
		{"rounds until a strike is forgiven", p.ForgiveRounds, strikesBound},
		{"rounds that are kept", p.KeepRounds, keepRoundsBound},
		{"outputs that are kept", p.KeepOutputs, keepOutputsBound},
	} {
		if v.value == 0 || v.value > v.bound {
			return ErrInvalid.Wrapf("%s: %d is not 1 to %d", v.name, v.value, v.bound)
		}
	}
	if p.Allowance > strikesBound {
		return ErrInvalid.Wrapf("allowance of %d strikes is more than %d", p.Allowance, strikesBound)
	}
	if p.KeepOutputs < p.KeepRounds {
		return ErrInvalid.Wrapf("outputs of %d rounds are kept and proofs of %d", p.KeepOutputs, p.KeepRounds)
	}
	return nil
}
