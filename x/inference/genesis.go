package inference

// DefaultGenesis is the state of a new ledger: no model, no offer.
func DefaultGenesis() *GenesisState { return &GenesisState{Params: DefaultParams()} }

// Validate checks the genesis without any state: each entry for itself, and that each offer is of a registered model.
func (g *GenesisState) Validate() error {
	if err := g.Params.Validate(); err != nil {
		return err
	}
	models := map[string]Model{}
	for _, m := range g.Models {
		if err := m.Validate(); err != nil {
			return err
		}
		if _, twice := models[string(m.Digest)]; twice || m.Registrant == "" || m.RegisteredHeight < 0 {
			return ErrInvalid.Wrapf("model %x stands twice, or without registrant or height", m.Digest)
		}
		models[string(m.Digest)] = m
	}
	return g.validateOffers(models)
}

func (g *GenesisState) validateOffers(models map[string]Model) error {
	type place struct{ provider, model string }
	offers, counts := map[place]bool{}, map[string]uint32{}
	for _, o := range g.Offers {
		if err := o.Validate(); err != nil {
			return err
		}
		model, found := models[string(o.Model)]
		if !found {
			return ErrNotFound.Wrapf("model %x of an offer", o.Model)
		}
		if err := o.Serves(model); err != nil {
			return err
		}
		at := place{o.Provider, string(o.Model)}
		if offers[at] || o.Provider == "" || o.UpdatedHeight < 0 {
			return ErrInvalid.Wrapf("an offer of model %x stands twice, or without provider or height", o.Model)
		}
		offers[at] = true
		if counts[o.Provider]++; counts[o.Provider] > g.Params.OffersMax {
			return ErrFull.Wrapf("%s has more than %d", o.Provider, g.Params.OffersMax)
		}
	}
	return nil
}
