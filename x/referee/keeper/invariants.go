package keeper

import (
	"context"
	"errors"

	"ayni.example/x/referee"
	"ayni.example/x/schedule"
)

// Invariants checks that the state agrees with itself, with the bank and with the schedule; it reads all of it.
func (k *Keeper) Invariants(ctx context.Context) error {
	g, err := k.ExportGenesis(ctx)
	if err != nil {
		return err
	}
	if err := g.Validate(); err != nil {
		return referee.ErrInvariant.Wrap(err.Error())
	}
	if locked, held := locked(g), k.held(ctx); !held.Equal(locked) {
		return referee.ErrInvariant.Wrapf("bonds and fees are %s, the account holds %s", locked, held)
	}
	for _, c := range g.Claims {
		if err := k.checkClaim(ctx, c); err != nil {
			return err
		}
	}
	return k.checkRoles(ctx, g)
}

// checkClaim tells whether what a claim waits for is scheduled, and whether it waits for anything.
func (k *Keeper) checkClaim(ctx context.Context, c referee.Claim) error {
	id := c.ID()
	disputed, err := k.Disputes.Has(ctx, id)
	if err != nil {
		return err
	}
	if c.Over && !c.Busy() && !disputed {
		return referee.ErrInvariant.Wrapf("claim %x is over and waits for nothing", id)
	}
	duties, err := k.duties(ctx, c)
	if err != nil {
		return err
	}
	for _, d := range duties {
		want := true
		switch d.kind {
		case referee.KindDraw:
			want = c.Audit.Stage == referee.AuditRound
		case referee.KindAudit:
			want = c.Audit.Stage == referee.AuditDrawn
		case referee.KindWindow:
			want = !c.Over
		}
		_, err := k.schedule.Item(ctx, d.kind, d.name)
		if err != nil && !errors.Is(err, schedule.ErrNotFound) {
			return err
		}
		if there := err == nil; there != want && (there || !d.late) { // what failed too often is late and not scheduled
			return referee.ErrInvariant.Wrapf("%s of claim %x is scheduled: %t", d.kind, id, there)
		}
	}
	return nil
}

// checkRoles tells whether roles are those that follow from claims and disputes.
func (k *Keeper) checkRoles(ctx context.Context, g *referee.GenesisState) error {
	roles, err := k.roles(g)
	if err != nil {
		return err
	}
	for _, r := range roles {
		there, err := k.Roles.Has(ctx, r)
		if err != nil {
			return err
		}
		if !there {
			return referee.ErrInvariant.Wrapf("role %d of %x for claim %x is not noted", r.K2(), r.K1(), r.K3())
		}
	}
	n := 0
	if err := k.Roles.Walk(ctx, nil, func(part) (bool, error) { n++; return false, nil }); err != nil {
		return err
	}
	if n != len(roles) {
		return referee.ErrInvariant.Wrapf("%d roles are noted, there are %d", n, len(roles))
	}
	return nil
}
