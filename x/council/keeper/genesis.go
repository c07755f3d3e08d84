package keeper

import (
	"context"
	"errors"

	"cosmossdk.io/collections"

	"ayni.example/x/council"
)

// InitGenesis loads a state that has been validated; EndBlock then tells consensus of its active seats.
func (k *Keeper) InitGenesis(ctx context.Context, g *council.GenesisState) error {
	if err := k.Params.Set(ctx, g.Params); err != nil {
		return err
	}
	for _, s := range g.Seats {
		account, err := k.canonical("operator", s.Operator)
		if err != nil {
			return err
		}
		if err := k.ByAccount.Set(ctx, account, s); err != nil {
			return err
		}
	}
	for _, key := range g.Keys {
		if _, err := k.canonical("operator", key.Operator); err != nil {
			return err
		}
		if err := k.Keys.Set(ctx, council.ConsensusAddress(key.Key), key); err != nil {
			return err
		}
	}
	return k.initProposals(ctx, g)
}

func (k *Keeper) initProposals(ctx context.Context, g *council.GenesisState) error {
	if g.ProposalsMade > 0 {
		if err := k.Made.Set(ctx, g.ProposalsMade); err != nil {
			return err
		}
	}
	for _, p := range g.Proposals {
		proposer, err := k.canonical("proposer", p.Proposer)
		if err != nil {
			return err
		}
		if err := k.Proposals.Set(ctx, p.Id, p); err != nil {
			return err
		}
		if p.Status != council.ProposalOpen {
			continue
		}
		if err := k.Open.Set(ctx, collections.Join(proposer, p.Id)); err != nil {
			return err
		}
	}
	for _, v := range g.Votes {
		voter, err := k.canonical("voter", v.Voter)
		if err != nil {
			return err
		}
		if err := k.Votes.Set(ctx, collections.Join(v.Proposal, voter), v); err != nil {
			return err
		}
	}
	return nil
}

// ExportGenesis writes the whole state out, in the order of its keys. What consensus was told is what the active seats say.
func (k *Keeper) ExportGenesis(ctx context.Context) (*council.GenesisState, error) {
	params, err := k.Params.Get(ctx)
	if err != nil {
		return nil, err
	}
	g := &council.GenesisState{Params: params}
	if g.Seats, err = k.Seats(ctx); err != nil {
		return nil, err
	}
	if err := k.Keys.Walk(ctx, nil, func(_ []byte, key council.Key) (bool, error) {
		g.Keys = append(g.Keys, key)
		return false, nil
	}); err != nil {
		return nil, err
	}
	if g.ProposalsMade, err = k.Made.Get(ctx); err != nil && !errors.Is(err, collections.ErrNotFound) {
		return nil, err
	}
	if err := k.Proposals.Walk(ctx, nil, func(_ uint64, p council.Proposal) (bool, error) {
		g.Proposals = append(g.Proposals, p)
		return false, nil
	}); err != nil {
		return nil, err
	}
	return g, k.Votes.Walk(ctx, nil, func(_ ballot, v council.Vote) (bool, error) {
		g.Votes = append(g.Votes, v)
		return false, nil
	})
}

// canonical refuses any other text form, under which the same account would count as another.
func (k *Keeper) canonical(role, text string) ([]byte, error) {
	account, canonical, err := k.address(role, text)
	if err == nil && text != canonical {
		err = council.ErrInvalid.Wrapf("%s %s is written %s here", role, text, canonical)
	}
	return account, err
}
