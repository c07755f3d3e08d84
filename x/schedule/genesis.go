package schedule

// DefaultGenesis is the state of a new ledger: nothing is scheduled.
func DefaultGenesis() *GenesisState { return &GenesisState{Params: DefaultParams()} }

// Validate checks the genesis without any state.
func (g *GenesisState) Validate() error {
	if err := g.Params.Validate(); err != nil {
		return err
	}
	if err := g.Clock.Validate(); err != nil {
		return err
	}
	type id struct{ kind, name string }
	seen := map[id]bool{}
	for _, i := range g.Items {
		if err := i.Validate(); err != nil {
			return err
		}
		at := id{i.Kind, string(i.Name)}
		if seen[at] {
			return ErrInvalid.Wrapf("item %x of %s stands twice", i.Name, i.Kind)
		}
		seen[at] = true
	}
	return nil
}
