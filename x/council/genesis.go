package council

import "bytes"

// DefaultGenesis is a council without seats; consensus starts only with some.
func DefaultGenesis() *GenesisState { return &GenesisState{Params: DefaultParams()} }

// Validate checks the genesis without any state: each entry for itself, and that seats and keys, proposals and votes agree.
func (g *GenesisState) Validate() error {
	if err := g.Params.Validate(); err != nil {
		return err
	}
	if err := g.validateSeats(); err != nil {
		return err
	}
	return g.validateProposals()
}

func (g *GenesisState) validateSeats() error {
	keys := map[string]Key{}
	inUse := 0
	for _, k := range g.Keys {
		if err := k.Validate(); err != nil {
			return err
		}
		if _, twice := keys[string(k.Key)]; twice {
			return ErrInvalid.Wrapf("key %x stands twice", k.Key)
		}
		keys[string(k.Key)] = k
		if !k.Retired() {
			inUse++
		}
	}
	seen := map[string]bool{}
	for _, s := range g.Seats {
		if err := s.Validate(); err != nil {
			return err
		}
		if seen[s.Operator] {
			return ErrInvalid.Wrapf("seat of %s stands twice", s.Operator)
		}
		seen[s.Operator] = true
		if k, ok := keys[string(s.ConsensusKey)]; !ok || k.Retired() || k.Operator != s.Operator {
			return ErrInvalid.Wrapf("key of the seat of %s is not its own", s.Operator)
		}
	}
	if len(g.Seats) > seatsBound {
		return ErrFull.Wrapf("%d seats, more than %d", len(g.Seats), seatsBound)
	}
	if inUse != len(g.Seats) {
		return ErrInvalid.Wrapf("%d keys are in use by %d seats", inUse, len(g.Seats))
	}
	return nil
}

func (g *GenesisState) validateProposals() error {
	open := map[uint64]bool{}
	for _, p := range g.Proposals {
		if err := p.Validate(); err != nil {
			return err
		}
		if _, twice := open[p.Id]; twice || p.Id > g.ProposalsMade {
			return ErrInvalid.Wrapf("proposal %d stands twice, or was never made", p.Id)
		}
		open[p.Id] = p.Status == ProposalOpen
	}
	type ballot struct {
		proposal uint64
		voter    string
	}
	seen := map[ballot]bool{}
	for _, v := range g.Votes {
		at := ballot{v.Proposal, v.Voter}
		if _, ok := open[v.Proposal]; !ok || v.Voter == "" || seen[at] {
			return ErrInvalid.Wrapf("vote of %q stands twice, or on no proposal: %d", v.Voter, v.Proposal)
		}
		seen[at] = true
	}
	return nil
}

// NewSeat is an active seat with its key, as at the beginning of a network.
func NewSeat(operator, name string, key []byte, power uint64) (Seat, Key) {
	key = bytes.Clone(key)
	return Seat{Operator: operator, Name: name, ConsensusKey: key, Power: power, Status: StatusActive},
		Key{Key: key, Operator: operator}
}
