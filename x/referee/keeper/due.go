package keeper

import (
	"context"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"ayni.example/x/referee"
	"ayni.example/x/schedule"
)

const (
	// What one item may use. The end of a claim pays everybody back and tells its module, which may withdraw other claims.
	drawGas   = 600_000
	auditGas  = 600_000
	endGas    = 1_500_000
	retireGas = 150_000
	attempts  = 5

	// An auditor who has something before it when its bond should be free gets it so much later.
	retireBlocks, retireSeconds = 10, 600
)

// Kinds are the work for the schedule.
func (k *Keeper) Kinds() []schedule.Kind {
	return []schedule.Kind{
		{Name: referee.KindDraw, Gas: drawGas, Attempts: attempts, Run: k.draw},
		{Name: referee.KindAudit, Gas: auditGas, Attempts: attempts, Grace: true, Run: k.silent},
		{Name: referee.KindWindow, Gas: endGas, Attempts: attempts, Grace: true, Run: k.endWindow},
		{Name: referee.KindClock, Gas: endGas, Attempts: attempts, Grace: true, Run: k.timeout},
		{Name: referee.KindQuestion, Gas: endGas, Attempts: attempts, Grace: true, Run: k.unanswered},
		{Name: referee.KindRetire, Gas: retireGas, Attempts: attempts, Run: func(ctx context.Context, due schedule.Due) error {
			return k.retire(ctx, due.Item.Name)
		}},
	}
}

// duty is what the schedule has to do for a claim.
type duty struct {
	kind string
	name []byte
	late bool
	run  func(context.Context, schedule.Due) error
}

// Settle does the first thing that is overdue and that the schedule has given up. While an item is scheduled, its grace after a time
// without blocks must not be gone around.
func (k *Keeper) Settle(ctx context.Context, msg *referee.MsgSettle) error {
	c, err := k.claim(ctx, msg.Claim)
	if err != nil {
		return err
	}
	duties, err := k.duties(ctx, c)
	if err != nil {
		return err
	}
	for _, d := range duties {
		if _, err := k.schedule.Item(ctx, d.kind, d.name); err == nil || !d.late {
			continue
		}
		return d.run(ctx, schedule.Due{Item: schedule.Item{Kind: d.kind, Name: d.name}})
	}
	return referee.ErrEarly.Wrapf("claim %x", msg.Claim)
}

func (k *Keeper) duties(ctx context.Context, c referee.Claim) ([]duty, error) {
	id := c.ID()
	now := sdk.UnwrapSDKContext(ctx)
	late := func(height, time int64) bool { return now.BlockHeight() >= height && now.BlockTime().Unix() >= time }
	list := []duty{
		{referee.KindDraw, id, c.Audit.Stage == referee.AuditRound, k.draw},
		{referee.KindAudit, id, c.Audit.Stage == referee.AuditDrawn && late(c.Audit.DueHeight, c.Audit.DueTime), k.silent},
		{referee.KindWindow, id, !c.Over && late(c.ClosesHeight, c.ClosesTime), k.endWindow},
	}
	for _, q := range c.Questions {
		list = append(list, duty{
			referee.KindQuestion, questionName(id, q.Tensor, q.Tile), late(q.DueHeight, q.DueTime), k.unanswered,
		})
	}
	there, err := k.Disputes.Has(ctx, id)
	if err != nil || !there {
		return list, err
	}
	d, err := k.dispute(ctx, id)
	return append(list, duty{referee.KindClock, id, d.Late(now.BlockHeight(), now.BlockTime()), k.timeout}), err
}
