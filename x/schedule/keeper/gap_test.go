package keeper_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"ayni.example/x/internal/ledgertest"
	"ayni.example/x/schedule"
)

// A laptop that slept for eight hours does not wake to expired deadlines: people get a grace, then what fell due in the night
// comes in its old order, spread out. What is not for people comes at once.
func TestLaptopSleeps(t *testing.T) {
	f := newFixture(t)
	now := f.now()
	f.schedule(t, "test/human", "overdue", schedule.Plan{Height: f.Ctx.BlockHeight() + 2, Time: now + 1})
	f.schedule(t, "test/work", "machine", schedule.Plan{Time: now + 100})
	names := make([]string, 20, 21) // and the morning
	for i := range names {
		names[i] = fmt.Sprintf("night %02d", i)
		f.schedule(t, "test/human", names[i], schedule.Plan{Time: now + int64(i+1)*1200})
	}
	f.schedule(t, "test/human", "morning", schedule.Plan{Time: now + 8*3600 + 100})
	f.block(t, 10*time.Second)

	woke := f.block(t, 8*time.Hour)
	want(t, woke[:2], "ran overdue", "ran machine")
	for i, name := range names {
		if woke[2+i] != "postponed "+name {
			t.Fatalf("at waking: %q", woke)
		}
	}
	end := f.now()
	var order []string
	longest := 0
	for f.now() < end+1300 {
		did := f.block(t, 10*time.Second)
		for _, what := range did {
			if name, ran := strings.CutPrefix(what, "ran "); ran {
				order = append(order, name)
				if f.now() < end+600 {
					t.Fatalf("%s ran %d s after waking, within the grace", name, f.now()-end)
				}
			}
		}
		longest = max(longest, len(did))
	}
	want(t, order, append(names, "morning")...)
	if longest > 2 {
		t.Fatalf("%d items in one block are not spread", longest)
	}
}

// Sleeping again before the grace is over gives it anew, to those of the first night too.
func TestLaptopSleepsAgain(t *testing.T) {
	f := newFixture(t)
	params := schedule.DefaultParams()
	params.ItemsMax = 1
	ledgertest.Must(t, f.Schedule.Params.Set(f.Ctx, params))
	for _, name := range []string{"a", "b", "c"} {
		f.schedule(t, "test/human", name, schedule.Plan{Time: f.now() + 60})
	}
	for range 3 {
		f.block(t, time.Second)
	}
	want(t, f.block(t, 8*time.Hour), "postponed a") // the bound on work keeps b and c for later
	want(t, f.block(t, 8*time.Hour), "postponed b")
	end := f.now()
	var order []string
	for f.now() < end+1300 {
		for _, what := range f.block(t, 10*time.Second) {
			if name, ran := strings.CutPrefix(what, "ran "); ran {
				order = append(order, name)
				if f.now() < end+600 {
					t.Fatalf("%s ran %d s after the second waking", name, f.now()-end)
				}
			}
		}
	}
	slices.Sort(order)
	want(t, order, "a", "b", "c")
}

// An idle ledger, with a block a minute, does not count as asleep; nor does the time before anything was scheduled.
func TestNoGap(t *testing.T) {
	f := newFixture(t)
	f.block(t, 48*time.Hour)
	f.schedule(t, "test/human", "a", schedule.Plan{Time: f.now() + 3000})
	f.block(t, time.Second)
	for range 49 {
		want(t, f.block(t, time.Minute))
	}
	want(t, f.block(t, time.Minute), "ran a")
	f.block(t, 48*time.Hour)
	f.schedule(t, "test/human", "b", schedule.Plan{Time: f.now() + 30})
	f.block(t, time.Second)
	want(t, f.block(t, time.Minute), "ran b")
}

func TestGenesisReload(t *testing.T) {
	f := newFixture(t)
	f.schedule(t, "test/human", "waits", schedule.Plan{Height: 100})
	f.schedule(t, "test/human", "ripe", schedule.Plan{Time: f.now() + 3600})
	f.schedule(t, "test/work", "epoch", schedule.Plan{EverySeconds: 60, EveryBlocks: 3})
	f.schedule(t, "test/work", "fail", schedule.Plan{})
	f.block(t, time.Second)
	f.block(t, 8*time.Hour)
	f.CheckReload(t)
}
