package beacon

// DefaultGenesis is the state of a new ledger: no key, no round.
func DefaultGenesis() *GenesisState { return &GenesisState{Params: DefaultParams()} }

// Validate checks the genesis without any other state.
func (g *GenesisState) Validate() error {
	if err := g.Params.Validate(); err != nil {
		return err
	}
	if len(g.Seed) != 0 && len(g.Seed) != OutputSize {
		return ErrInvalid.Wrapf("seed has %d bytes", len(g.Seed))
	}
	seen := map[string]bool{}
	for _, s := range g.Seats {
		if err := s.Validate(); err != nil {
			return err
		}
		if seen[s.Operator] || len(s.Key) > 0 && seen[string(s.Key)] {
			return ErrInvalid.Wrapf("seat of %s or its key stands twice", s.Operator)
		}
		seen[s.Operator], seen[string(s.Key)] = true, true
	}
	if err := g.validateRounds(); err != nil {
		return err
	}
	return g.validateWithholdings()
}

// validateRounds holds rounds and outputs to one unbroken row each that ends with the last round.
func (g *GenesisState) validateRounds() error {
	outputs := map[uint64][]byte{}
	for i, o := range g.Outputs {
		if len(o.Value) != 0 && len(o.Value) != OutputSize {
			return ErrInvalid.Wrapf("output of round %d has %d bytes", o.Round, len(o.Value))
		}
		if o.Round == 0 || i > 0 && o.Round != g.Outputs[i-1].Round+1 {
			return ErrInvalid.Wrapf("output of round %d is out of order", o.Round)
		}
		outputs[o.Round] = o.Value
	}
	closed := g.Last
	for i := range g.Rounds {
		r := &g.Rounds[i]
		if err := r.Validate(); err != nil {
			return err
		}
		if i > 0 && r.Number != g.Rounds[i-1].Number+1 {
			return ErrInvalid.Wrapf("round %d is out of order", r.Number)
		}
		if r.Open() {
			if r.Number != g.Last {
				return ErrInvalid.Wrapf("round %d is open and not the last", r.Number)
			}
			closed--
			continue
		}
		if output, kept := outputs[r.Number]; !kept || string(output) != string(r.Output) {
			return ErrInvalid.Wrapf("round %d has another output than is kept for it", r.Number)
		}
	}
	if n := len(g.Rounds); n > 0 && g.Rounds[n-1].Number != g.Last {
		return ErrInvalid.Wrapf("the last round is %d and not %d", g.Rounds[n-1].Number, g.Last)
	}
	if n := len(g.Outputs); n > 0 && g.Outputs[n-1].Round != closed || n == 0 && closed != 0 {
		return ErrInvalid.Wrapf("outputs do not end with round %d", closed)
	}
	return nil
}

// validateWithholdings holds each to an entrant of a round whose proofs are kept.
func (g *GenesisState) validateWithholdings() error {
	type fact struct {
		operator string
		round    uint64
	}
	entered := map[fact]bool{}
	for _, r := range g.Rounds {
		for _, e := range r.Entrants {
			entered[fact{e.Operator, r.Number}] = true
		}
	}
	for _, w := range g.Withholdings {
		at := fact{w.Operator, w.Round}
		if !entered[at] || w.Windows == 0 || w.Height < 1 {
			return ErrInvalid.Wrapf("withholding of %s in round %d stands twice or has no round", w.Operator, w.Round)
		}
		delete(entered, at)
	}
	return nil
}
