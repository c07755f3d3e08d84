package keeper

import (
	"context"

	"cosmossdk.io/collections"
	"cosmossdk.io/math"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"ayni.example/x/referee"
	"ayni.example/x/schedule"
)

// Challenge says that a claim is false. One dispute runs at a time; others wait behind it, the drawn auditor before them all, so
// that a defender cannot keep it out with challengers of its own, or lose to one who gives the reward back.
func (k *Keeper) Challenge(ctx context.Context, msg *referee.MsgChallenge) (waiting bool, err error) {
	addr, text, err := k.address("challenger", msg.Challenger)
	if err != nil {
		return false, err
	}
	c, err := k.claim(ctx, msg.Claim)
	if err != nil {
		return false, err
	}
	params, err := k.Params.Get(ctx)
	if err != nil {
		return false, err
	}
	if err := k.mayChallenge(ctx, params, c, addr, text); err != nil {
		return false, err
	}
	if waiting, err = k.Disputes.Has(ctx, msg.Claim); err != nil {
		return false, err
	}
	audits := c.Audits(text)
	waiting = waiting || params.AuditorFirst && c.Undecided() && !audits
	if waiting && !audits && len(c.Waiting) >= int(params.WaitingMax) {
		return false, referee.ErrBusy.Wrapf("%d challengers of claim %x wait already; try again when a dispute has ended",
			len(c.Waiting), msg.Claim)
	}
	if err := k.take(ctx, addr, params.ChallengeBond); err != nil {
		return false, err
	}
	if err := k.role(ctx, text, referee.RoleChallenger, msg.Claim, true); err != nil {
		return false, err
	}
	if audits {
		if err := k.decided(ctx, &c, referee.AuditChallenged); err != nil {
			return false, err
		}
	}
	switch place := (referee.Waiting{Challenger: text, Bond: params.ChallengeBond}); {
	case waiting && audits:
		c.Waiting = append([]referee.Waiting{place}, c.Waiting...)
	case waiting:
		c.Waiting = append(c.Waiting, place)
	default:
		if err := k.begin(ctx, params, c, text, params.ChallengeBond); err != nil {
			return false, err
		}
	}
	if err := k.store(ctx, c); err != nil {
		return false, err
	}
	return waiting, emit(ctx, &referee.EventChallenged{Claim: msg.Claim, Defender: c.Defender, Challenger: text, Waiting: waiting})
}

func (k *Keeper) mayChallenge(ctx context.Context, params referee.Params, c referee.Claim, addr []byte, text string) error {
	id := c.ID()
	challenging, err := k.Roles.Has(ctx, collections.Join3(addr, uint32(referee.RoleChallenger), id))
	if err != nil {
		return err
	}
	load, err := k.load(ctx, addr, referee.RoleChallenger, params.ChallengesMax)
	if err != nil {
		return err
	}
	switch {
	case text == c.Defender:
		return referee.ErrUnauthorised.Wrapf("%s defends claim %x", text, id)
	case c.Over && !c.Audits(text):
		return referee.ErrOver.Wrapf("claim %x", id)
	case challenging:
		return referee.ErrExists.Wrapf("challenge of %s to claim %x", text, id)
	case load >= params.ChallengesMax:
		return referee.ErrBusy.Wrapf("%s has %d disputes open", text, load)
	}
	return nil
}

// next begins the dispute of who waits longest, where none runs and the auditor does not come first.
func (k *Keeper) next(ctx context.Context, c *referee.Claim) (began bool, err error) {
	params, err := k.Params.Get(ctx)
	if err != nil || params.AuditorFirst && c.Undecided() {
		return false, err
	}
	first := c.Waiting[0]
	c.Waiting = c.Waiting[1:]
	return true, k.begin(ctx, params, *c, first.Challenger, first.Bond)
}

// begin starts a dispute, with the defender's turn.
func (k *Keeper) begin(ctx context.Context, params referee.Params, c referee.Claim, challenger string, bond math.Int) error {
	now := sdk.UnwrapSDKContext(ctx)
	d := referee.NewDispute(c, challenger, bond, params, now.BlockHeight(), now.BlockTime())
	if err := k.schedule.Schedule(ctx, referee.KindClock, d.Claim, clock(d)); err != nil {
		return err
	}
	if err := k.Disputes.Set(ctx, d.Claim, d); err != nil {
		return err
	}
	return turn(ctx, c, d)
}

// clock is when the side whose turn it is has no time left.
func clock(d referee.Dispute) schedule.Plan {
	left := d.Left()
	return schedule.Plan{Height: d.TurnHeight + int64(left.Blocks), Time: d.TurnTime + int64(left.Seconds)}
}

func turn(ctx context.Context, c referee.Claim, d referee.Dispute) error {
	told := &referee.EventTurn{Claim: d.Claim, Of: d.Challenger, Turn: d.Turn, Stage: d.Stage}
	if d.Defending() {
		told.Of = c.Defender
	}
	return emit(ctx, told)
}

// endDispute takes the dispute of a claim out, if there is one, and has its bond paid.
func (k *Keeper) endDispute(ctx context.Context, id []byte, pay func(referee.Dispute) error) error {
	switch there, err := k.Disputes.Has(ctx, id); {
	case err != nil:
		return err
	case !there:
		return nil
	}
	d, err := k.dispute(ctx, id)
	if err != nil {
		return err
	}
	if err := k.cancel(ctx, referee.KindClock, id); err != nil {
		return err
	}
	if err := k.Disputes.Remove(ctx, id); err != nil {
		return err
	}
	if err := k.role(ctx, d.Challenger, referee.RoleChallenger, id, false); err != nil {
		return err
	}
	return pay(d)
}
