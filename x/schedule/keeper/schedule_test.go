package keeper_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"cosmossdk.io/collections"

	storetypes "github.com/cosmos/cosmos-sdk/store/v2/types"

	"ayni.example/x/internal/ledgertest"
	"ayni.example/x/schedule"
)

func want(tb testing.TB, got []string, want ...string) {
	tb.Helper()
	if !slices.Equal(got, want) {
		tb.Fatalf("the block told %q, want %q", got, want)
	}
}

func TestDueByHeightAndTime(t *testing.T) {
	f := newFixture(t)
	height, now := f.Ctx.BlockHeight(), f.now()
	f.schedule(t, "test/work", "both", schedule.Plan{Height: height + 3, Time: now + 100})
	f.schedule(t, "test/work", "height", schedule.Plan{Height: height + 2})
	f.schedule(t, "test/work", "time", schedule.Plan{Time: now + 50})
	f.schedule(t, "test/work", "next", schedule.Plan{})
	f.Schedule.EndBlock(f.Ctx)
	want(t, told(t, f.Ctx)) // nothing in the block that schedules
	want(t, f.block(t, time.Second), "ran next")
	want(t, f.block(t, 120*time.Second), "ran height", "ran time") // both has its time and not its height
	want(t, f.block(t, 0), "ran both")
	want(t, f.block(t, time.Hour))
	if got := f.paid(); got != 4 {
		t.Fatalf("paid %d, want 4", got)
	}
}

func TestCancelAndReschedule(t *testing.T) {
	f := newFixture(t)
	ctx, k, name := f.Ctx, f.Schedule, []byte("a")
	for what, err := range map[string]error{
		"cancel nothing": k.Cancel(ctx, "test/work", name), "move nothing": k.Reschedule(ctx, "test/work", name, schedule.Plan{}),
	} {
		if !errors.Is(err, schedule.ErrNotFound) {
			t.Fatalf("%s: error %v", what, err)
		}
	}
	f.schedule(t, "test/work", "a", schedule.Plan{})
	f.schedule(t, "test/human", "a", schedule.Plan{}) // another kind is another id
	if err := k.Schedule(ctx, "test/work", name, schedule.Plan{}); !errors.Is(err, schedule.ErrExists) {
		t.Fatalf("twice: error %v", err)
	}
	if err := k.Schedule(ctx, "test/none", name, schedule.Plan{}); !errors.Is(err, schedule.ErrKind) {
		t.Fatalf("unknown kind: error %v", err)
	}
	for _, plan := range []schedule.Plan{{Height: -1}, {Time: -1}, {Height: 1 << 50}, {Time: 1 << 50}} {
		if err := k.Schedule(ctx, "test/work", []byte("b"), plan); !errors.Is(err, schedule.ErrInvalid) {
			t.Fatalf("plan %v: error %v", plan, err)
		}
	}
	for _, name := range [][]byte{nil, bytes.Repeat([]byte{1}, 65)} {
		if err := k.Schedule(ctx, "test/work", name, schedule.Plan{}); !errors.Is(err, schedule.ErrInvalid) {
			t.Fatalf("name %x: error %v", name, err)
		}
	}
	ledgertest.Must(t, k.Reschedule(ctx, "test/work", name, schedule.Plan{Height: ctx.BlockHeight() + 3}))
	ledgertest.Must(t, k.Cancel(ctx, "test/human", name))
	want(t, f.block(t, time.Second))
	want(t, f.block(t, time.Second))
	want(t, f.block(t, time.Second), "ran a")
}

// A failure of any sort undoes its own item alone.
func TestFailuresAreTheirOwn(t *testing.T) {
	f := newFixture(t)
	for _, name := range []string{"a", "burn", "fail", "panic", "refuse", "z"} {
		f.schedule(t, "test/human", name, schedule.Plan{})
	}
	want(t, f.block(t, time.Second), "ran a", "dropped burn", "dropped fail", "dropped panic", "dropped refuse", "ran z")
	if got := f.paid(); got != 2 {
		t.Fatalf("paid %d, want 2", got)
	}
	codes := map[string]string{}
	for _, e := range f.Ctx.EventManager().ABCIEvents() {
		values := map[string]string{}
		for _, a := range e.Attributes {
			values[a.Key] = a.Value
		}
		if e.Type == "ayni.schedule.v1.EventFailed" {
			codes[values["name"]] = fmt.Sprint(values["codespace"], " ", values["code"])
		}
	}
	for name, code := range map[string]string{
		"burn": `"schedule" 6`, "panic": `"schedule" 5`, "refuse": `"credit" 7`, "fail": `"undefined" 1`,
	} {
		if got := codes[fmt.Sprintf("%q", fmt.Sprintf("%x", name))]; got != code {
			t.Fatalf("%s: code %s, want %s; all %v", name, got, code, codes)
		}
	}
}

func TestRetry(t *testing.T) {
	f := newFixture(t)
	f.schedule(t, "test/work", "fail", schedule.Plan{})
	want(t, f.block(t, time.Second), "failed fail")
	want(t, f.block(t, 59*time.Second))
	want(t, f.block(t, time.Second), "failed fail")
	want(t, f.block(t, 119*time.Second))
	want(t, f.block(t, time.Second), "dropped fail")
	want(t, f.block(t, time.Hour))
	if got := f.paid(); got != 0 {
		t.Fatalf("paid %d for nothing", got)
	}
}

func TestItemsThatSchedule(t *testing.T) {
	f := newFixture(t)
	for _, name := range []string{"again", "cancel w", "child c", "later x", "w", "x"} {
		f.schedule(t, "test/work", name, schedule.Plan{})
	}
	want(t, f.block(t, time.Second), "ran again", "ran cancel w", "ran child c", "ran later x")
	want(t, f.block(t, time.Second), "ran again", "ran c")
	item, err := f.Schedule.Item(f.Ctx, "test/work", []byte("x"))
	ledgertest.Must(t, err)
	if item.Height != 1_000 {
		t.Fatalf("x is due at height %d", item.Height)
	}
}

func TestRecurring(t *testing.T) {
	f := newFixture(t)
	now := f.now()
	f.schedule(t, "test/work", "epoch", schedule.Plan{Time: now + 60, EverySeconds: 60})
	f.schedule(t, "test/work", "fail", schedule.Plan{EveryBlocks: 2})
	f.schedule(t, "test/work", "once", schedule.Plan{EverySeconds: 1})
	want(t, f.block(t, time.Second), "failed fail", "ran once") // fails, and comes again all the same
	want(t, f.block(t, 58*time.Second))
	want(t, f.block(t, time.Second), "failed fail", "ran epoch")
	f.missed = nil
	want(t, f.block(t, 205*time.Second), "ran epoch") // as of 265 s: those of 120 and 180 s were missed
	if !slices.Equal(f.missed, []int64{2}) {
		t.Fatalf("missed %v, want 2", f.missed)
	}
	item, err := f.Schedule.Item(f.Ctx, "test/work", []byte("epoch"))
	ledgertest.Must(t, err)
	if item.Time != now+300 {
		t.Fatalf("the next epoch is %d s after the first, out of phase", item.Time-now-60)
	}
}

// A block's work is bounded by number and by gas; the rest goes on where it stopped.
func TestBlockIsBounded(t *testing.T) {
	f := newFixture(t)
	params := schedule.DefaultParams()
	params.ItemsMax, params.GasMax = 3, 2*gas
	ledgertest.Must(t, f.Schedule.Params.Set(f.Ctx, params))
	all := make([]string, 8)
	for i := range all {
		name := fmt.Sprint("item ", i)
		f.schedule(t, "test/work", name, schedule.Plan{})
		all[i] = "ran " + name
	}
	var got []string
	for len(got) < len(all) {
		did := f.block(t, time.Second)
		if len(did) == 0 || len(did) > 3 {
			t.Fatalf("one block ran %q", did)
		}
		got = append(got, did...)
	}
	want(t, got, all...)

	for i := range 3 {
		f.schedule(t, "test/human", fmt.Sprint("burn ", i), schedule.Plan{})
	}
	want(t, f.block(t, time.Second), "dropped burn 0", "dropped burn 1")
	want(t, f.block(t, time.Second), "dropped burn 2")
}

func TestSchedulingCostsItsGas(t *testing.T) {
	f := newFixture(t)
	meter := storetypes.NewGasMeter(10 * gas)
	ledgertest.Must(t, f.Schedule.Schedule(f.Ctx.WithGasMeter(meter), "test/work", []byte("a"), schedule.Plan{}))
	if used := meter.GasConsumed(); used < gas || used > 2*gas {
		t.Fatalf("scheduling used %d gas, the work may use %d", used, gas)
	}
}

func TestRegisterRefuses(t *testing.T) {
	f := newFixture(t)
	run := func(context.Context, schedule.Due) error { return nil }
	for _, kind := range []schedule.Kind{
		{},
		{Name: "Test", Gas: 1, Attempts: 1, Run: run},
		{Name: "test", Attempts: 1, Run: run},
		{Name: "test", Gas: 1, Run: run},
		{Name: "test", Gas: 1, Attempts: 1},
		{Name: "test/work", Gas: 1, Attempts: 1, Run: run},
	} {
		if err := f.Schedule.Register(kind); !errors.Is(err, schedule.ErrInvalid) {
			t.Fatalf("%+v: error %v", kind, err)
		}
	}
}

// After an upgrade that took a kind away, its items go with an event and not with the ledger.
func TestUnknownKind(t *testing.T) {
	f := newFixture(t)
	state, err := f.Schedule.ExportGenesis(f.Ctx)
	ledgertest.Must(t, err)
	state.Items = []schedule.Item{
		{Kind: "test/gone", Name: []byte("a"), Height: 2}, {Kind: "test/gone", Name: []byte("b"), Height: 2, EveryBlocks: 1},
	}
	ledgertest.Must(t, f.Schedule.InitGenesis(f.Ctx, state))
	want(t, f.block(t, time.Second), "dropped a", "dropped b")
	want(t, f.block(t, time.Second))
}

// A schedule that contradicts itself is told of, changes nothing and returns no error.
func TestContradictionStalls(t *testing.T) {
	f := newFixture(t)
	f.schedule(t, "test/work", "a", schedule.Plan{})
	f.schedule(t, "test/work", "b", schedule.Plan{})
	sound := f.Ctx
	f.Ctx, _ = f.Ctx.CacheContext()
	ledgertest.Must(t, f.Schedule.Items.Remove(f.Ctx, collections.Join("test/work", []byte("b"))))
	if err := f.Schedule.Invariants(f.Ctx); !errors.Is(err, schedule.ErrInvariant) {
		t.Fatalf("invariants: error %v", err)
	}
	f.Advance(1, time.Second)
	before := f.Entries()
	f.Schedule.EndBlock(f.Ctx)
	want(t, told(t, f.Ctx), "stalled")
	if !slices.Equal(before, f.Entries()) {
		t.Fatal("a stalled schedule changed the state")
	}
	f.Ctx = sound
}

// Without anything due no block writes, or an idle ledger would never come to rest; with nothing scheduled not even the time.
func TestIdleWritesNothing(t *testing.T) {
	f := newFixture(t)
	before := f.Entries()
	for range 50 {
		f.block(t, time.Hour)
	}
	if !slices.Equal(before, f.Entries()) {
		t.Fatal("an idle schedule writes")
	}
	f.schedule(t, "test/work", "far", schedule.Plan{Height: 1_000})
	f.block(t, time.Second)
	writes := 0
	for range 20 {
		before = f.Entries()
		f.block(t, time.Minute)
		if !slices.Equal(before, f.Entries()) {
			writes++
		}
	}
	if writes != 4 { // the clock's pulse, once in five minutes
		t.Fatalf("%d of 20 blocks of a minute wrote", writes)
	}
	ledgertest.Must(t, f.Schedule.Cancel(f.Ctx, "test/work", []byte("far")))
	f.block(t, time.Second)
	if has, err := f.Schedule.Clock.Has(f.Ctx); err != nil || has {
		t.Fatalf("the clock is still noted: %v", err)
	}
}
