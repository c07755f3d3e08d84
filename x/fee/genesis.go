package fee

// DefaultGenesis is the state of a new ledger: the price at its floor, no quota.
func DefaultGenesis() *GenesisState { return &GenesisState{Params: DefaultParams()} }

// Validate checks the genesis without any state.
func (g *GenesisState) Validate() error {
	if err := g.Params.Validate(); err != nil {
		return err
	}
	if g.Mark != nil {
		if err := g.Mark.Validate(); err != nil {
			return err
		}
	}
	seen := map[string]bool{}
	for _, q := range g.Quotas {
		if err := q.Validate(); err != nil {
			return err
		}
		if seen[q.Account] {
			return ErrInvalid.Wrapf("quota of %s stands twice", q.Account)
		}
		seen[q.Account] = true
	}
	return nil
}
