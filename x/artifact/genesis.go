package artifact

import (
	"encoding/binary"

	"ayni.example/x/credit"
	"ayni.example/x/internal/bound"
)

// DefaultGenesis is the state of a new ledger: no pledge.
func DefaultGenesis() *GenesisState { return &GenesisState{Params: DefaultParams()} }

// Validate checks the genesis without any state: each entry for itself, and that challenges belong to pledges.
func (g *GenesisState) Validate() error {
	if err := g.Params.Validate(); err != nil {
		return err
	}
	waiting := map[string]uint32{}
	for _, p := range g.Pledges {
		if err := p.Validate(); err != nil {
			return err
		}
		name := p.Holder + string(p.Digest)
		if _, twice := waiting[name]; twice {
			return ErrExists.Wrapf("pledge of %s for %x", p.Holder, p.Digest)
		}
		waiting[name] = p.Waiting
	}
	leaves := map[string]bool{}
	for _, c := range g.Challenges {
		if err := c.Validate(); err != nil {
			return err
		}
		name := c.Holder + string(c.Digest)
		leaf := string(binary.BigEndian.AppendUint64([]byte(name), c.Leaf))
		if waiting[name] == 0 || leaves[leaf] {
			return ErrInvalid.Wrapf("challenge of %s for leaf %d of %x", c.Holder, c.Leaf, c.Digest)
		}
		waiting[name]--
		leaves[leaf] = true
	}
	for name, n := range waiting {
		if n != 0 {
			return ErrInvalid.Wrapf("pledge %q waits for %d challenges that are not there", name, n)
		}
	}
	holders := map[string]bool{}
	for _, r := range g.Records {
		if holders[r.Holder] {
			return ErrExists.Wrapf("record of %s", r.Holder)
		}
		holders[r.Holder] = true
	}
	return nil
}

// Validate checks the pledge without any state.
func (p Pledge) Validate() error {
	form := MsgPledge{Digest: p.Digest, Size_: p.Size_, Root: p.Root, Bond: p.Bond}
	if err := form.ValidateBasic(); err != nil {
		return err
	}
	if p.Waiting > challengesBound {
		return ErrInvalid.Wrapf("%d challenges wait, more than %d", p.Waiting, challengesBound)
	}
	return nil
}

// Validate checks the challenge without any state.
func (c Challenge) Validate() error {
	if err := bound.Length("digest", c.Digest, DigestSize); err != nil {
		return ErrInvalid.Wrap(err.Error())
	}
	return credit.CheckPositive("deposit", c.Deposit)
}
