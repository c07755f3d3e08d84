package keeper_test

import (
	"bytes"
	"fmt"
	"slices"
	"testing"
	"time"

	"cosmossdk.io/math"

	storetypes "github.com/cosmos/cosmos-sdk/store/v2/types"

	"ayni.example/x/internal/ledgertest"
	"ayni.example/x/provenance"
	"ayni.example/x/schedule"
)

// TestAttackEmptyContributors: accounts that gave something which earned nothing do not put off those behind them, and are not written; and what
// one item does has gas enough.
func TestAttackEmptyContributors(t *testing.T) {
	w := start(t)
	pool := w.pooled("verses", 5_000)
	names := make([]string, 128)
	for i := range names {
		names[i] = fmt.Sprint("sybil ", i)
	}
	slices.SortFunc(names, func(a, b string) int { return bytes.Compare(ledgertest.Account(a), ledgertest.Account(b)) })
	given := make([][]byte, len(names))
	for i, name := range names {
		given[i] = w.contribute(pool, name, name, 1)
	}
	verdicts := make([]provenance.Verdict, 0, 32)
	for _, x := range given[len(given)-32:] {
		verdicts = append(verdicts, accept(x, 1))
	}
	w.judge(pool, verdicts...)
	m := w.register("maker", model("poet", pool), terms(0))
	w.serveInt(w.content(m), math.NewInt(milli).MulRaw(640))
	w.claim(m, pool)
	before, err := w.Provenance.Contributors.Get(w.Ctx, join(pool, ledgertest.Account(names[0])))
	ledgertest.Must(t, err)
	w.Advance(1, time.Second)
	dividend := w.Provenance.Kinds()[2]
	ctx := w.Ctx.WithGasMeter(storetypes.NewInfiniteGasMeter())
	ledgertest.Must(t, dividend.Run(ctx, schedule.Due{Item: schedule.Item{Kind: dividend.Name, Name: pool}}))
	if got := w.balance(names[127]); got != 10*milli {
		t.Errorf("the last has %d after one item", got)
	}
	if after, err := w.Provenance.Contributors.Get(w.Ctx, join(pool, ledgertest.Account(names[0]))); err != nil || !after.Mark.Equal(before.Mark) {
		t.Errorf("who has nothing is written: %v", err)
	}
	used := ctx.GasMeter().GasConsumed()
	t.Logf("an item uses %d gas of %d", used, dividend.Gas)
	if used*10 > dividend.Gas*9 {
		t.Errorf("an item uses %d gas of %d", used, dividend.Gas)
	}
	w.holds()
}

// TestDroppedDividend: where the payments of a pool were dropped, a claim is the way out, and what comes next is paid by itself.
func TestDroppedDividend(t *testing.T) {
	w := start(t)
	pool := w.pooled("verses", 5_000)
	w.judge(pool, accept(w.contribute(pool, "ana", "a.txt", 1), 1))
	m := w.register("maker", model("poet", pool), terms(0))
	earn := func() {
		w.serveInt(w.content(m), math.NewInt(20*milli))
		w.claim(m, pool)
	}
	earn()
	ledgertest.Must(t, w.Schedule.Cancel(w.Ctx, provenance.KindDividend, pool))
	w.claim(pool, ledgertest.Account("ana"))
	earn()
	w.claim(pool, ledgertest.Account("ana")) // with the payments in the queue
	earn()
	for range 20 {
		w.Advance(1, time.Minute)
		w.Schedule.EndBlock(w.Ctx)
	}
	if got := w.balance("ana"); got != 30*milli {
		t.Errorf("ana has %d", got)
	}
	if p, err := w.Provenance.Pools.Get(w.Ctx, pool); err != nil || p.Queued {
		t.Errorf("it is still queued: %v", err)
	}
	w.holds()
}
