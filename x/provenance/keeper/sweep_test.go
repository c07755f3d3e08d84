package keeper_test

import (
	"errors"
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

const milli = 1_000_000_000_000_000 // acredit, the least that a sweep pays

// wide is an asset with as many payees as there may be: sixteen parents and three above each.
func (w *world) wide(name string) (asset []byte, payees [][]byte) {
	w.t.Helper()
	parents := make([][]byte, 0, provenance.ParentsMax)
	for i := range provenance.ParentsMax {
		above := make([][]byte, 0, 3)
		for j := range 3 {
			above = append(above, w.register(fmt.Sprint("above ", i, j), model(fmt.Sprint(name, " above ", i, j)), terms(50)))
		}
		parents = append(parents, w.register(fmt.Sprint("parent ", i), model(fmt.Sprint(name, " parent ", i), above...), terms(100)))
		payees = append(payees, above...)
	}
	return w.register("maker", model(name, parents...), terms(1000)), append(payees, parents...)
}

// TestSweep: what was earned reaches all payees by itself, some in each block, and then the ledger is quiet.
func TestSweep(t *testing.T) {
	w := start(t)
	asset, payees := w.wide("wide")
	if len(payees) != provenance.PayeesMax {
		t.Fatalf("%d payees", len(payees))
	}
	w.serveInt(w.content(asset), math.NewInt(1_000*milli))
	w.Schedule.EndBlock(w.Ctx)
	if w.balance("maker") != 0 {
		t.Fatal("paid at once")
	}
	w.Advance(10, 11*time.Minute)
	for range provenance.PayeesMax/8 + 1 {
		if w.balance("maker") != 0 {
			t.Fatal("the owner is paid before the others")
		}
		w.Advance(1, time.Second)
		w.Schedule.EndBlock(w.Ctx)
	}
	for name, want := range map[string]int64{"above 0 0": 5 * milli, "above 15 2": 5 * milli, "parent 7": 10 * milli, "maker": 100 * milli} {
		if got := w.balance(name); got < want*999/1000 || got > want {
			t.Errorf("%s has %d, not about %d", name, got, want)
		}
	}
	for _, e := range w.Ctx.EventManager().Events() {
		if e.Type == "ayni.schedule.v1.EventFailed" {
			t.Fatalf("a sweep failed: %v", e)
		}
	}
	before := w.Entries()
	w.Advance(100, time.Minute)
	w.Schedule.EndBlock(w.Ctx)
	if after := w.Entries(); fmt.Sprint(before) != fmt.Sprint(after) {
		t.Fatal("an idle ledger writes")
	}
	w.serve(w.content(asset), milli)
	if i, err := w.Provenance.Incomes.Get(w.Ctx, asset); err != nil || !i.Queued {
		t.Fatalf("what is earned after a sweep is not swept: %+v, %v", i, err)
	}
	w.CheckReload(t)
}

// TestSweepLeavesLittle: what is below the least waits, and anybody may have it paid.
func TestSweepLeavesLittle(t *testing.T) {
	w := start(t)
	base := w.register("ana", model("base"), terms(1000))
	child := w.register("bo", model("child", base), terms(0))
	w.serve(w.content(child), 5*milli)
	w.Advance(10, time.Hour)
	w.Schedule.EndBlock(w.Ctx)
	w.Advance(1, time.Second)
	w.Schedule.EndBlock(w.Ctx)
	if got := w.balance("ana"); got != 0 {
		t.Fatalf("%d is swept", got)
	}
	if got := w.claim(child, base); got != milli/2 {
		t.Fatalf("%d is paid", got)
	}
}

// TestCeiling: a payee gets no more from one descendant than it asks for; what exceeds that is the descendant's.
func TestCeiling(t *testing.T) {
	w := start(t)
	capped := terms(1000)
	capped.Ceiling = math.NewInt(150)
	base := w.register("ana", model("base"), capped)
	child := w.register("bo", model("child", base), terms(0))
	other := w.register("cy", model("other", base), terms(0))
	w.serve(w.content(child), 1000)
	w.claim(child, base)
	w.serve(w.content(child), 1000)
	if got := w.claim(child, base, child); got != 100 || w.balance("ana") != 150 || w.balance("bo") != 50 {
		t.Fatalf("%d is paid: ana %d, bo %d", got, w.balance("ana"), w.balance("bo"))
	}
	w.serve(w.content(other), 1000)
	if got := w.claim(other, base); got != 100 {
		t.Fatalf("from another descendant it gets %d", got)
	}
}

// TestForeign: what nobody owns here has no share; what is above it is paid all the same, and what is left goes to the ledger's keepers.
func TestForeign(t *testing.T) {
	w := start(t)
	data := w.register("ana", model("data"), terms(1000))
	foreign := &provenance.MsgRegister{Sender: account("bo"), Manifest: encode(t, model("pulled", data)), Terms: provenance.FreeTerms(), Foreign: true}
	foreign.Terms.Licence = "MIT"
	asset, err := w.send(foreign)
	ledgertest.Must(t, err)
	child := w.register("cy", model("child", asset), terms(0))
	w.serve(w.content(child), 1000)
	if got := w.claim(child, data); got != 100 {
		t.Fatalf("behind what is foreign it gets %d", got)
	}
	foreign.Sender = account("di")
	if _, err := w.send(foreign); err != nil {
		t.Fatalf("the same file pulled by another: %v", err)
	}
	greedy := *foreign
	greedy.Terms.Share = 100
	if _, err := w.send(&greedy); !errors.Is(err, provenance.ErrTerms) {
		t.Fatalf("a share of what nobody owns: %v", err)
	}
	if _, err := w.Send(&provenance.MsgTransfer{Owner: account("bo"), Asset: asset, To: account("bo")}); !errors.Is(err, provenance.ErrUnauthorised) {
		t.Fatalf("taken by who pulled it: %v", err)
	}
}

// TestTransfer: who owns the asset when it is paid gets the money, of what was earned before too.
func TestTransfer(t *testing.T) {
	w := start(t)
	base := w.register("ana", model("base"), terms(1000))
	w.serve(w.content(base), 1000)
	for name, c := range map[string]struct {
		from, to string
		want     error
	}{
		"by another": {account("bo"), account("bo"), provenance.ErrUnauthorised}, "to nobody": {account("ana"), "", provenance.ErrInvalid},
		"to a module": {account("ana"), ledgertest.Text(w.Accounts.GetModuleAddress(provenance.ModuleName)), provenance.ErrInvalid},
	} {
		if _, err := w.Send(&provenance.MsgTransfer{Owner: c.from, Asset: base, To: c.to}); !errors.Is(err, c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	_, err := w.Send(&provenance.MsgTransfer{Owner: account("ana"), Asset: base, To: account("bo")})
	ledgertest.Must(t, err)
	if w.claim(base, base); w.balance("bo") != 100 || w.balance("ana") != 0 {
		t.Fatalf("bo has %d, ana %d", w.balance("bo"), w.balance("ana"))
	}
}

// TestUse: the price of a training on an asset is its income, and its ancestors share in it.
func TestUse(t *testing.T) {
	w := start(t)
	source := w.register("ana", model("source"), terms(1000))
	priced := terms(0)
	priced.Price = math.NewInt(1001)
	data := w.register("bo", model("data", source), priced)
	w.Fund(t, ledgertest.Account("payer"), 5000)
	for _, c := range []struct {
		payer   string
		content []byte
		want    int64
	}{{"payer", w.content(data), 1001}, {"bo", w.content(data), 0}, {"payer", w.content(source), 0}, {"payer", id(9), 0}} {
		got, err := w.Provenance.ChargeUse(w.Ctx, ledgertest.Account(c.payer), c.content, math.NewInt(1001))
		if err != nil || got.Int64() != c.want {
			t.Errorf("%s pays %s, %v", c.payer, got, err)
		}
	}
	if _, err := w.Provenance.ChargeUse(w.Ctx, ledgertest.Account("poor"), w.content(data), math.NewInt(1001)); err == nil {
		t.Error("who has nothing paid")
	}
	if got := w.claim(data, source, data); got != 1000 || w.balance("ana") != 100 || w.balance("bo") != 900 {
		t.Fatalf("%d is paid: %d, %d", got, w.balance("ana"), w.balance("bo"))
	}
}

// TestSettlementCost: what a settlement costs does not depend on how many share: the golden gas of the first one after a sweep, which
// schedules the next, and of every other.
func TestSettlementCost(t *testing.T) {
	w := start(t)
	narrow := w.register("ana", model("narrow"), terms(1000))
	wide, _ := w.wide("wide")
	var gas [2][2]uint64
	for i, asset := range [][]byte{narrow, wide} {
		content := w.content(asset)
		for j := range gas[i] {
			ctx := w.Ctx.WithGasMeter(storetypes.NewInfiniteGasMeter())
			cut, err := w.Provenance.Charge(ctx, content, math.NewInt(4*milli))
			ledgertest.Must(t, err)
			gas[i][j] = ctx.GasMeter().GasConsumed()
			w.fundCut(cut)
		}
	}
	const first, next = 620_116, 9_112
	spread := func(a, b uint64) uint64 { return max(a, b) - min(a, b) }
	if spread(gas[0][0], gas[1][0]) > 300 || spread(gas[0][1], gas[1][1]) > 300 {
		t.Fatalf("gas of an asset with no payees %v, with 64 %v", gas[0], gas[1])
	}
	if spread(gas[0][0], first) > 500 || spread(gas[0][1], next) > 500 {
		t.Fatalf("gas %v, want about %v", gas[0], []uint64{first, next})
	}
}

// TestSweepGas: no part of a sweep uses more than whoever schedules it pays for, the first time and when all accounts are there.
func TestSweepGas(t *testing.T) {
	w := start(t)
	asset, _ := w.wide("wide")
	sweep, most := w.Provenance.Kinds()[0], uint64(0)
	for range 2 {
		w.serveInt(w.content(asset), math.NewInt(1_000*milli))
		v, err := w.Provenance.Vectors.Get(w.Ctx, asset)
		ledgertest.Must(t, err)
		after := []byte(nil)
		for n := 0; n <= len(v.Shares); n += 8 {
			w.Advance(1, time.Second)
			ctx := w.Ctx.WithGasMeter(storetypes.NewInfiniteGasMeter())
			ledgertest.Must(t, sweep.Run(ctx, schedule.Due{Item: schedule.Item{Kind: sweep.Name, Name: slices.Concat(asset, after)}}))
			used := ctx.GasMeter().GasConsumed()
			if n < len(v.Shares) {
				used -= sweep.Gas // the next part is not charged in scheduled work
			}
			most = max(most, used)
			after = v.Shares[min(n+8, len(v.Shares))-1].Asset
			if name := slices.Concat(asset, after); n < len(v.Shares) {
				ledgertest.Must(t, w.Schedule.Cancel(w.Ctx, sweep.Name, name))
			}
		}
		ledgertest.Must(t, w.Schedule.Cancel(w.Ctx, sweep.Name, asset))
	}
	t.Logf("a part of a sweep uses %d gas of %d", most, sweep.Gas)
	if most*10 > sweep.Gas*9 || w.balance("maker") < 199*milli {
		t.Fatalf("a part uses %d gas, the sweep has %d; the owner has %d", most, sweep.Gas, w.balance("maker"))
	}
}

// TestSweepOfAnother: the schedule's item must name an asset.
func TestSweepOfAnother(t *testing.T) {
	w := start(t)
	for _, kind := range w.Provenance.Kinds() {
		if err := kind.Run(w.Ctx, schedule.Due{Item: schedule.Item{Kind: kind.Name, Name: []byte("x")}}); err == nil {
			t.Errorf("%s runs on anything", kind.Name)
		}
	}
}
