package zkml

// DefaultGenesis is the state of a new ledger: no model.
func DefaultGenesis() *GenesisState { return &GenesisState{Params: DefaultParams()} }

// Validate checks the genesis without any state: each entry for itself, and that what belongs together is there.
func (g *GenesisState) Validate() error {
	if err := g.Params.Validate(); err != nil {
		return err
	}
	models, err := g.validateModels()
	if err != nil {
		return err
	}
	type prover struct{ model, submitter string }
	provers, standing := map[prover]Prover{}, map[prover]uint32{}
	for _, p := range g.Provers {
		name := prover{string(p.Model), p.Submitter}
		if _, twice := provers[name]; twice || !models[name.model] || p.Nonce == 0 {
			return ErrInvalid.Wrapf("prover %s with %x", p.Submitter, p.Model)
		}
		provers[name] = p
	}
	slots := map[string]bool{}
	for _, v := range g.Values {
		if err := v.Validate(); err != nil {
			return err
		}
		name := prover{string(v.Model), v.Submitter}
		slot := string(v.Model) + string(Slot([]byte(v.Submitter), v.Context))
		if slots[slot] || v.Nonce > provers[name].Nonce {
			return ErrInvalid.Wrapf("value of %s with %x in context %x", v.Submitter, v.Model, v.Context)
		}
		slots[slot] = true
		standing[name]++
	}
	for _, p := range g.Provers {
		if n := standing[prover{string(p.Model), p.Submitter}]; n != p.Values {
			return ErrInvalid.Wrapf("prover %s with %x has %d values, not %d", p.Submitter, p.Model, n, p.Values)
		}
	}
	return nil
}

func (g *GenesisState) validateModels() (map[string]bool, error) {
	circuits, models := map[string]bool{}, map[string]bool{}
	for _, c := range g.Circuits {
		if len(c) == 0 || len(c) > CircuitMax {
			return nil, ErrInvalid.Wrapf("circuit of %d bytes is not 1 to %d", len(c), CircuitMax)
		}
		circuits[string(CircuitDigest(c))] = true
	}
	if len(circuits) != len(g.Circuits) {
		return nil, ErrExists.Wrap("a circuit stands twice")
	}
	used := map[string]bool{}
	for _, m := range g.Models {
		if err := m.Validate(); err != nil {
			return nil, err
		}
		if models[string(m.Id)] {
			return nil, ErrExists.Wrapf("model %x", m.Id)
		}
		if !circuits[string(m.Circuit)] {
			return nil, ErrInvalid.Wrapf("model %x has no circuit", m.Id)
		}
		models[string(m.Id)], used[string(m.Circuit)] = true, true
	}
	if len(used) != len(circuits) {
		return nil, ErrInvalid.Wrap("a circuit belongs to no model")
	}
	return models, nil
}
