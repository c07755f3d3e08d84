package chain

import (
	sdk "github.com/cosmos/cosmos-sdk/types"

	"ayni.example/x/compute"
	"ayni.example/x/referee"
)

// settleDisputes gives a ledger that has disputes since release 4 what release 5 decides about them: the drawn auditor comes first, a reward
// is bounded, and who is away has two hours, where the council has not set another time.
func settleDisputes(ctx sdk.Context, a *App) error {
	rules, err := a.Keepers.Referee.Params.Get(ctx)
	if err != nil {
		return err
	}
	five := referee.DefaultParams()
	rules.AuditorFirst = five.AuditorFirst
	if rules.Side == (referee.Span{Blocks: 60, Seconds: 1800}) {
		rules.Side = five.Side
	}
	if rules.Answer == (referee.Span{Blocks: 10, Seconds: 900}) {
		rules.Answer = five.Answer
	}
	if err := a.Keepers.Referee.Params.Set(ctx, rules); err != nil {
		return err
	}
	market, err := a.Keepers.Compute.Params.Get(ctx)
	if err != nil {
		return err
	}
	market.RewardMax = compute.DefaultParams().RewardMax
	return a.Keepers.Compute.Params.Set(ctx, market)
}
