package credit

import (
	"cosmossdk.io/math"
)

// DefaultGenesis is the state of a new ledger: no issuer, no channel.
func DefaultGenesis() *GenesisState { return &GenesisState{Params: DefaultParams()} }

// Validate checks the genesis without any state: each entry for itself, and what lanes and channels say of each other.
func (g *GenesisState) Validate() error {
	if err := g.Params.Validate(); err != nil {
		return err
	}
	issuers := map[string]bool{}
	for _, i := range g.Issuers {
		if err := i.Validate(); err != nil {
			return err
		}
		if issuers[i.Address] {
			return ErrInvalid.Wrapf("issuer %s stands twice", i.Address)
		}
		issuers[i.Address] = true
	}
	if err := g.validateSequences(); err != nil {
		return err
	}
	if err := g.validateChannels(); err != nil {
		return err
	}
	return g.validateHolds()
}

// validateHolds checks that a nonce is burnt once, and that of each hold until its deadline.
func (g *GenesisState) validateHolds() error {
	burnt := map[string]int64{}
	for _, n := range g.Nonces {
		if err := n.Validate(); err != nil {
			return err
		}
		at := n.Payer + string(n.Nonce)
		if _, twice := burnt[at]; twice {
			return ErrInvalid.Wrapf("nonce %x of %s stands twice", n.Nonce, n.Payer)
		}
		burnt[at] = n.Until
	}
	seen := map[string]bool{}
	for _, h := range g.Holds {
		if err := h.Validate(); err != nil {
			return err
		}
		at := h.Payer + string(h.Nonce)
		if until, ok := burnt[at]; !ok || until != h.Deadline || seen[at] {
			return ErrInvalid.Wrapf("hold %x of %s stands twice or its nonce is not burnt", h.Nonce, h.Payer)
		}
		seen[at] = true
	}
	return nil
}

func (g *GenesisState) validateSequences() error {
	seen := map[string]bool{}
	for _, s := range g.Sequences {
		if s.Payer == "" || s.Next == 0 || seen[s.Payer] {
			return ErrInvalid.Wrapf("sequence %d of %q is zero or stands twice", s.Next, s.Payer)
		}
		seen[s.Payer] = true
	}
	for _, c := range g.Channels {
		if !seen[c.Payer] {
			return ErrInvalid.Wrapf("payer %s has a channel and no sequence", c.Payer)
		}
	}
	return nil
}

func (g *GenesisState) validateChannels() error {
	unclaimed := map[string]math.Int{}
	for _, c := range g.Channels {
		if err := c.Validate(); err != nil {
			return err
		}
		if _, twice := unclaimed[string(c.Id)]; twice {
			return ErrInvalid.Wrapf("channel %x stands twice", c.Id)
		}
		unclaimed[string(c.Id)] = c.Claimed
	}
	type place struct {
		channel string
		lane    uint32
	}
	lanes := map[place]bool{}
	for _, l := range g.Lanes {
		if err := l.Validate(); err != nil {
			return err
		}
		at := place{string(l.Channel), l.Lane}
		rest, found := unclaimed[at.channel]
		if !found || lanes[at] || l.Lane >= g.Params.LanesMax {
			return ErrLane.Wrapf("lane %d of channel %x is out of range, stands twice or has no channel", l.Lane, l.Channel)
		}
		lanes[at] = true
		unclaimed[at.channel] = rest.Sub(l.Cumulative)
	}
	for _, c := range g.Channels {
		if rest := unclaimed[string(c.Id)]; !rest.IsZero() {
			return ErrInvariant.Wrapf("channel %x: claimed amount and lanes differ by %s", c.Id, rest)
		}
	}
	return nil
}
