package provider

// DefaultGenesis is the state of a new ledger: no provider.
func DefaultGenesis() *GenesisState { return &GenesisState{Params: DefaultParams()} }

// Validate checks the genesis without any state: each entry for itself, and that none shares a key or an identity.
func (g *GenesisState) Validate() error {
	if err := g.Params.Validate(); err != nil {
		return err
	}
	addresses, keys, peers := map[string]bool{}, map[string]bool{}, map[string]bool{}
	for _, p := range g.Providers {
		if err := p.Validate(); err != nil {
			return err
		}
		if addresses[p.Address] {
			return ErrExists.Wrap(p.Address)
		}
		addresses[p.Address] = true
		if peers[p.PeerId] {
			return ErrTaken.Wrapf("peer id %s", p.PeerId)
		}
		peers[p.PeerId] = true
		for _, k := range p.Keys() {
			if keys[string(k)] {
				return ErrTaken.Wrapf("receipt key %x", k)
			}
			keys[string(k)] = true
		}
	}
	return nil
}
