package zkml

// Bounds of what the parameters may be set to.
const (
	blocksMax   = 50_000_000
	secondsMax  = 366 * 24 * 3600
	valuesBound = 1 << 16
	gasBound    = 40_000_000 // of a block's 50,000,000
	bitsBound   = 128
)

// DefaultParams keep a value for a week.
func DefaultParams() Params {
	return Params{RetainBlocks: 100, RetainSeconds: 7 * 24 * 3600, ValuesMax: 1024, GasMax: 20_000_000, Bits: 96}
}

// Validate checks the parameters without any state.
func (p Params) Validate() error {
	switch {
	case p.RetainBlocks == 0 || p.RetainBlocks > blocksMax:
		return ErrInvalid.Wrapf("%d blocks to keep a value are not 1 to %d", p.RetainBlocks, blocksMax)
	case p.RetainSeconds > secondsMax:
		return ErrInvalid.Wrapf("%d s to keep a value are more than %d", p.RetainSeconds, secondsMax)
	case p.ValuesMax == 0 || p.ValuesMax > valuesBound:
		return ErrInvalid.Wrapf("%d values of an account are not 1 to %d", p.ValuesMax, valuesBound)
	case p.GasMax == 0 || p.GasMax > gasBound:
		return ErrInvalid.Wrapf("%d gas for a proof are not 1 to %d", p.GasMax, gasBound)
	case p.Bits == 0 || p.Bits > bitsBound:
		return ErrInvalid.Wrapf("%d bits are not 1 to %d", p.Bits, bitsBound)
	}
	return nil
}
