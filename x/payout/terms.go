package payout

import (
	"cosmossdk.io/math"

	"ayni.example/x/credit"
	"ayni.example/x/zkml"
)

// Bounds of what the parameters may be set to.
const (
	blocksBound  = 50_000_000
	secondsBound = 10 * 366 * 24 * 3600
)

// DefaultParams let a promise lock money for a year.
func DefaultParams() Params {
	return Params{BlocksMax: blocksBound, SecondsMax: 366 * 24 * 3600}
}

// Validate checks the parameters without any state.
func (p Params) Validate() error {
	switch {
	case p.BlocksMax == 0 || p.BlocksMax > blocksBound:
		return ErrInvalid.Wrapf("%d blocks of a promise are not 1 to %d", p.BlocksMax, blocksBound)
	case p.SecondsMax == 0 || p.SecondsMax > secondsBound:
		return ErrInvalid.Wrapf("%d s of a promise are not 1 to %d", p.SecondsMax, int64(secondsBound))
	}
	return nil
}

// Requirement is what a value must meet to pay, for a submitter's address in bytes.
func (t Terms) Requirement(submitter []byte) zkml.Requirement {
	return zkml.Requirement{Model: t.Model, Submitter: submitter, Input: t.Input, Blocks: t.FreshBlocks, Seconds: t.FreshSeconds}
}

// PaysFloor is what a value comes to: a unit for each one of its integer, at most what is locked.
func (t Terms) PaysFloor(v zkml.Verified) (math.Int, error) {
	if int(t.Index) >= len(v.Output) {
		return math.Int{}, ErrNothing.Wrapf("the output has %d integers, none at %d", len(v.Output), t.Index)
	}
	if v.Output[t.Index] <= 0 {
		return math.Int{}, ErrNothing.Wrapf("it is %d", v.Output[t.Index])
	}
	return math.MinInt(t.Unit.MulRaw(int64(v.Output[t.Index])), t.Most), nil
}

// Validate checks the terms without any state.
func (t Terms) Validate() error {
	if err := t.Requirement([]byte(t.Submitter)).Validate(); err != nil {
		return err
	}
	switch {
	case len(t.Context) > zkml.ContextMax:
		return ErrInvalid.Wrapf("context of %d bytes is more than %d", len(t.Context), zkml.ContextMax)
	case t.Index >= zkml.OutputMax:
		return ErrInvalid.Wrapf("output has no integer at %d", t.Index)
	}
	if err := credit.CheckPositive("unit", t.Unit); err != nil {
		return err
	}
	return credit.CheckPositive("most", t.Most)
}

// ValidateBasic checks the message's form.
func (m *MsgPromise) ValidateBasic() error { return m.Terms.Validate() }

// ValidateBasic checks the message's form.
func (m *MsgUpdateParams) ValidateBasic() error { return m.Params.Validate() }

// DefaultGenesis is the state of a new ledger: nothing promised.
func DefaultGenesis() *GenesisState { return &GenesisState{Params: DefaultParams()} }

// Validate checks the genesis without any state.
func (g *GenesisState) Validate() error {
	if err := g.Params.Validate(); err != nil {
		return err
	}
	type name struct {
		payer  string
		number uint64
	}
	seen := map[name]bool{}
	for _, p := range g.Promises {
		if err := p.Terms.Validate(); err != nil {
			return err
		}
		if seen[name{p.Payer, p.Number}] {
			return ErrExists.Wrapf("promise %d of %s", p.Number, p.Payer)
		}
		seen[name{p.Payer, p.Number}] = true
	}
	return nil
}
