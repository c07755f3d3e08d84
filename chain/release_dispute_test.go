package chain

import (
	"testing"

	cmtproto "github.com/cometbft/cometbft/proto/tendermint/types"

	"cosmossdk.io/math"

	dbm "github.com/cosmos/cosmos-db"

	"ayni.example/x/compute"
	"ayni.example/x/referee"
)

// TestDisputesOfReleaseFive: parameters of release 4, in which what is new is absent, become those of a new network; what the council has set stays.
func TestDisputesOfReleaseFive(t *testing.T) {
	app, err := newApp(AppConfig{ChainID: "ayni_3-1", DB: dbm.NewMemDB()}, releases())
	if err != nil {
		t.Fatal(err)
	}
	ctx := app.NewUncachedContext(false, cmtproto.Header{Height: 1}) //nolint:staticcheck // its successors cache what the test wants written
	rules, market := referee.DefaultParams(), compute.DefaultParams()
	rules.AuditorFirst, rules.Side, rules.Answer = false, referee.Span{Blocks: 60, Seconds: 1800}, referee.Span{Blocks: 9, Seconds: 900}
	market.RewardMax, market.ChallengerBps = math.Int{}, 4_000
	if err := app.Keepers.Referee.Params.Set(ctx, rules); err != nil {
		t.Fatal(err)
	}
	if err := app.Keepers.Compute.Params.Set(ctx, market); err != nil {
		t.Fatal(err)
	}
	if got, err := app.Keepers.Compute.Params.Get(ctx); err != nil || !got.Reward(math.NewInt(1e6)).Equal(math.NewInt(400_000)) {
		t.Fatalf("the reward of release 4 is bounded: %v", err)
	}
	if err := settleDisputes(ctx, app); err != nil {
		t.Fatal(err)
	}
	gotRules, err := app.Keepers.Referee.Params.Get(ctx)
	if err != nil || !gotRules.AuditorFirst || gotRules.Side != referee.DefaultParams().Side || gotRules.Answer != rules.Answer || gotRules.Validate() != nil {
		t.Errorf("%+v %v", gotRules, err)
	}
	gotMarket, err := app.Keepers.Compute.Params.Get(ctx)
	if err != nil || !gotMarket.RewardMax.Equal(compute.DefaultParams().RewardMax) || gotMarket.ChallengerBps != 4_000 || gotMarket.Validate() != nil {
		t.Errorf("%+v %v", gotMarket, err)
	}
}
