package keeper

import (
	"bytes"
	"context"

	"cosmossdk.io/collections"

	"ayni.example/x/council"
)

// Invariants checks that the state agrees with itself, after the end of a block; it reads all of it.
func (k *Keeper) Invariants(ctx context.Context) error {
	g, err := k.ExportGenesis(ctx)
	if err != nil {
		return err
	}
	if err := g.Validate(); err != nil {
		return err
	}
	if len(g.Seats) > 0 && active(g.Seats) == 0 {
		return council.ErrInvariant.Wrap("no seat is active")
	}
	if err := k.checkPlaces(ctx); err != nil {
		return err
	}
	if err := k.checkTold(ctx, g.Seats); err != nil {
		return err
	}
	return k.checkOpenIndex(ctx, g.Proposals)
}

// checkPlaces tells whether seats, keys and votes stand where they are looked for.
func (k *Keeper) checkPlaces(ctx context.Context) error {
	misplaced := func(at []byte, text string) (bool, error) {
		account, err := k.canonical("account", text)
		if err == nil && !bytes.Equal(account, at) {
			err = council.ErrInvariant.Wrapf("entry of %s stands at another account", text)
		}
		return err != nil, err
	}
	if err := k.ByAccount.Walk(ctx, nil, func(at []byte, s council.Seat) (bool, error) {
		return misplaced(at, s.Operator)
	}); err != nil {
		return err
	}
	if err := k.Votes.Walk(ctx, nil, func(at ballot, v council.Vote) (bool, error) {
		if v.Proposal != at.K1() {
			return true, council.ErrInvariant.Wrapf("vote of %s stands at another proposal", v.Voter)
		}
		return misplaced(at.K2(), v.Voter)
	}); err != nil {
		return err
	}
	return k.Keys.Walk(ctx, nil, func(at []byte, key council.Key) (bool, error) {
		if !bytes.Equal(at, council.ConsensusAddress(key.Key)) {
			return true, council.ErrInvariant.Wrapf("key %x stands at another address", key.Key)
		}
		return false, nil
	})
}

// checkTold tells whether consensus was told of the active seats and of nothing else.
func (k *Keeper) checkTold(ctx context.Context, seats []council.Seat) error {
	told := 0
	for _, s := range seats {
		if !s.Active() {
			continue
		}
		power, err := k.Told.Get(ctx, s.ConsensusKey)
		if err != nil || power != s.Power {
			return council.ErrInvariant.Wrapf("consensus was told that %s has %d, it has %d", s.Operator, power, s.Power)
		}
		told++
	}
	return k.Told.Walk(ctx, nil, func(key []byte, _ uint64) (bool, error) {
		if told--; told < 0 {
			return true, council.ErrInvariant.Wrapf("consensus was told of more keys than there are active seats")
		}
		return false, nil
	})
}

func (k *Keeper) checkOpenIndex(ctx context.Context, proposals []council.Proposal) error {
	open := 0
	for _, p := range proposals {
		if p.Status != council.ProposalOpen {
			continue
		}
		open++
		proposer, err := k.canonical("proposer", p.Proposer)
		if err != nil {
			return err
		}
		if listed, err := k.Open.Has(ctx, collections.Join(proposer, p.Id)); err != nil || !listed {
			return council.ErrInvariant.Wrapf("proposal %d is open and not listed as such", p.Id)
		}
	}
	return k.Open.Walk(ctx, nil, func(at collections.Pair[[]byte, uint64]) (bool, error) {
		if open--; open < 0 {
			return true, council.ErrInvariant.Wrap("more proposals are listed as open than there are")
		}
		return false, nil
	})
}
