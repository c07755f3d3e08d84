package keeper_test

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"cosmossdk.io/math"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"ayni.example/x/credit"
	"ayni.example/x/internal/ledgertest"
	"ayni.example/x/schedule"
)

// gas is what an item of a test's kind may use.
const gas = 200_000

var errTest = errors.New("refused by the test")

// fixture is a ledger whose items pay the account "worker" 1 acredit for each name they do well.
type fixture struct {
	*ledgertest.Ledger
	missed []int64 // as each item that ran was told
}

func newFixture(tb testing.TB) *fixture {
	tb.Helper()
	f := &fixture{Ledger: ledgertest.Start(tb)}
	for _, kind := range []schedule.Kind{
		{Name: "test/work", Gas: gas, Attempts: 3, Run: f.work},
		{Name: "test/human", Gas: gas, Attempts: 1, Grace: true, Run: f.work},
	} {
		ledgertest.Must(tb, f.Schedule.Register(kind))
	}
	return f
}

// work pays first, so that what follows shows whether the payment is undone.
func (f *fixture) work(ctx context.Context, due schedule.Due) error {
	f.missed = append(f.missed, due.Missed)
	coins := credit.Coins(math.OneInt())
	if err := f.Bank.MintCoins(ctx, credit.ModuleName, coins); err != nil {
		return err
	}
	if err := f.Bank.SendCoinsFromModuleToAccount(ctx, credit.ModuleName, ledgertest.Account("worker"), coins); err != nil {
		return err
	}
	word, rest, _ := strings.Cut(string(due.Item.Name), " ")
	switch word {
	case "fail":
		return errTest
	case "refuse":
		return credit.ErrQuota
	case "panic":
		var none []int
		return fmt.Errorf("%d", none[len(due.Item.Name)])
	case "burn":
		for {
			sdk.UnwrapSDKContext(ctx).GasMeter().ConsumeGas(1_000, "burn")
		}
	case "again": // schedules itself under its own name
		return f.Schedule.Schedule(ctx, due.Item.Kind, due.Item.Name, schedule.Plan{})
	case "child":
		return f.Schedule.Schedule(ctx, due.Item.Kind, []byte(rest), schedule.Plan{})
	case "cancel":
		return f.Schedule.Cancel(ctx, due.Item.Kind, []byte(rest))
	case "once": // a recurring item that ends itself
		return f.Schedule.Cancel(ctx, due.Item.Kind, due.Item.Name)
	case "later":
		return f.Schedule.Reschedule(ctx, due.Item.Kind, []byte(rest), schedule.Plan{Height: 1_000})
	}
	return nil
}

func (f *fixture) schedule(tb testing.TB, kind, name string, plan schedule.Plan) {
	tb.Helper()
	ledgertest.Must(tb, f.Schedule.Schedule(f.Ctx, kind, []byte(name), plan))
}

// now is the block's time in unix seconds.
func (f *fixture) now() int64 { return f.Ctx.BlockTime().Unix() }

// block goes one block and some time ahead and returns what its end told: "ran", "failed", "dropped" or "postponed" and the
// item's name.
func (f *fixture) block(tb testing.TB, d time.Duration) []string {
	tb.Helper()
	f.Advance(1, d)
	f.Schedule.EndBlock(f.Ctx)
	ledgertest.Must(tb, f.Schedule.Invariants(f.Ctx))
	return told(tb, f.Ctx)
}

func told(tb testing.TB, ctx sdk.Context) []string {
	tb.Helper()
	var list []string
	add := func(what, name string) {
		raw, err := hex.DecodeString(name)
		ledgertest.Must(tb, err)
		list = append(list, what+" "+string(raw))
	}
	for _, e := range ctx.EventManager().ABCIEvents() {
		if !strings.HasPrefix(e.Type, "ayni.schedule.") {
			continue
		}
		event, err := sdk.ParseTypedEvent(e)
		ledgertest.Must(tb, err)
		switch e := event.(type) {
		case *schedule.EventRan:
			add("ran", e.Name)
		case *schedule.EventPostponed:
			add("postponed", e.Name)
		case *schedule.EventStalled:
			list = append(list, "stalled")
		case *schedule.EventFailed:
			what := "failed"
			if e.Dropped {
				what = "dropped"
			}
			add(what, e.Name)
		}
	}
	return list
}

func (f *fixture) paid() int64 { return f.Balance(ledgertest.Account("worker")).Int64() }
