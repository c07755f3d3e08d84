package keeper

import (
	"context"

	"cosmossdk.io/collections"

	"ayni.example/x/zkml"
)

// InitGenesis loads a state that has been validated; what is due stands in the schedule's genesis.
func (k *Keeper) InitGenesis(ctx context.Context, g *zkml.GenesisState) error {
	if err := k.Params.Set(ctx, g.Params); err != nil {
		return err
	}
	for _, c := range g.Circuits {
		if err := k.Circuits.Set(ctx, zkml.CircuitDigest(c), c); err != nil {
			return err
		}
	}
	for _, m := range g.Models {
		if _, err := k.canonical("owner", m.Owner); err != nil {
			return err
		}
		encoded, err := k.Circuits.Get(ctx, m.Circuit)
		if err != nil {
			return err
		}
		if err := checkCost(m, encoded); err != nil {
			return err
		}
		if err := k.Models.Set(ctx, m.Id, m); err != nil {
			return err
		}
	}
	for _, p := range g.Provers {
		submitter, err := k.canonical("submitter", p.Submitter)
		if err != nil {
			return err
		}
		if err := k.Provers.Set(ctx, collections.Join(p.Model, submitter), p); err != nil {
			return err
		}
	}
	for _, v := range g.Values {
		submitter, err := k.canonical("submitter", v.Submitter)
		if err != nil {
			return err
		}
		if err := k.Values.Set(ctx, collections.Join(v.Model, zkml.Slot(submitter, v.Context)), v); err != nil {
			return err
		}
	}
	return nil
}

// checkCost holds a model to what follows from its circuit and parameters.
func checkCost(m zkml.Model, encoded []byte) error {
	scheme, err := zkml.NewScheme(encoded, m.Parameters)
	if err != nil {
		return err
	}
	cost, err := scheme.Cost()
	if err != nil {
		return err
	}
	if m.Cost != cost {
		return zkml.ErrInvalid.Wrapf("model %x costs %v, not %v", m.Id, cost, m.Cost)
	}
	return nil
}

// ExportGenesis writes the whole state out, in the order of its keys.
func (k *Keeper) ExportGenesis(ctx context.Context) (*zkml.GenesisState, error) {
	params, err := k.Params.Get(ctx)
	if err != nil {
		return nil, err
	}
	g := &zkml.GenesisState{Params: params}
	err = k.Circuits.Walk(ctx, nil, func(_, c []byte) (bool, error) {
		g.Circuits = append(g.Circuits, c)
		return false, nil
	})
	if err != nil {
		return nil, err
	}
	err = k.Models.Walk(ctx, nil, func(_ []byte, m zkml.Model) (bool, error) {
		g.Models = append(g.Models, m)
		return false, nil
	})
	if err != nil {
		return nil, err
	}
	err = k.Provers.Walk(ctx, nil, func(_ pair, p zkml.Prover) (bool, error) {
		g.Provers = append(g.Provers, p)
		return false, nil
	})
	if err != nil {
		return nil, err
	}
	return g, k.Values.Walk(ctx, nil, func(_ pair, v zkml.Verified) (bool, error) {
		g.Values = append(g.Values, v)
		return false, nil
	})
}

// Invariants checks that the state agrees with itself; it reads all of it.
func (k *Keeper) Invariants(ctx context.Context) error {
	g, err := k.ExportGenesis(ctx)
	if err != nil {
		return err
	}
	if err := g.Validate(); err != nil {
		return zkml.ErrInvariant.Wrap(err.Error())
	}
	return k.Values.Walk(ctx, nil, func(at pair, v zkml.Verified) (bool, error) {
		submitter, err := k.canonical("submitter", v.Submitter)
		if err != nil || string(at.K1()) != string(v.Model) || string(at.K2()) != string(zkml.Slot(submitter, v.Context)) {
			return true, zkml.ErrInvariant.Wrapf("value of %s with %x stands elsewhere", v.Submitter, v.Model)
		}
		return false, nil
	})
}

// canonical reads an address and refuses any other text form, under which the same account would count as another.
func (k *Keeper) canonical(role, text string) ([]byte, error) {
	addr, canonical, err := k.address(role, text)
	if err != nil {
		return nil, err
	}
	if text != canonical {
		return nil, zkml.ErrInvalid.Wrapf("%s %s is written %s here", role, text, canonical)
	}
	return addr, nil
}
