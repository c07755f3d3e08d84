package inference

// offersBound bounds what one withdrawal may have to remove.
const offersBound = 1000

// DefaultParams are the bounds of a new ledger.
func DefaultParams() Params { return Params{OffersMax: 100} }

// Validate checks the parameters without any state.
func (p Params) Validate() error {
	if p.OffersMax == 0 || p.OffersMax > offersBound {
		return ErrInvalid.Wrapf("%d offers of a provider are not 1 to %d", p.OffersMax, offersBound)
	}
	return nil
}
