package schedule_test

import (
	"context"
	"testing"
	"time"

	"ayni.example/x/schedule"
)

func TestGenesisRefuses(t *testing.T) {
	item := schedule.Item{Kind: "test/a", Name: []byte("a"), Height: 1}
	for name, change := range map[string]func(*schedule.GenesisState){
		"twice":         func(g *schedule.GenesisState) { g.Items = []schedule.Item{item, item} },
		"no name":       func(g *schedule.GenesisState) { g.Items = []schedule.Item{{Kind: "test/a"}} },
		"kind":          func(g *schedule.GenesisState) { g.Items = []schedule.Item{{Kind: "Test", Name: []byte("a")}} },
		"height":        func(g *schedule.GenesisState) { g.Items = []schedule.Item{{Kind: "a", Name: []byte("a"), Height: -1}} },
		"no items":      func(g *schedule.GenesisState) { g.Params.ItemsMax = 0 },
		"no gas":        func(g *schedule.GenesisState) { g.Params.GasMax = 0 },
		"no grace":      func(g *schedule.GenesisState) { g.Params.GraceSeconds = 0 },
		"long retry":    func(g *schedule.GenesisState) { g.Params.RetrySeconds = 1 << 30 },
		"gap of pulse":  func(g *schedule.GenesisState) { g.Params.GapSeconds = g.Params.PulseSeconds },
		"negative time": func(g *schedule.GenesisState) { g.Clock.Pulse = -1 },
		"gap": func(g *schedule.GenesisState) {
			g.Clock = schedule.Clock{Pulse: 9, GapStart: 5, GapEnd: 5, GraceEnd: 9}
		},
	} {
		g := schedule.DefaultGenesis()
		g.Items = []schedule.Item{item}
		if err := g.Validate(); err != nil {
			t.Fatal(err)
		}
		change(g)
		if g.Validate() == nil {
			t.Errorf("%s passes", name)
		}
	}
}

func TestAfter(t *testing.T) {
	if got := schedule.After(7, time.Unix(100, 0), 3, 20); got != (schedule.Plan{Height: 10, Time: 120}) {
		t.Fatalf("after: %v", got)
	}
	kind := schedule.Kind{Name: "test/a", Gas: 1, Attempts: 1, Run: func(context.Context, schedule.Due) error { return nil }}
	if err := kind.Validate(); err != nil {
		t.Fatal(err)
	}
}

// FuzzItem: whatever is planned, the next occurrence and the next attempt lie ahead, in phase, and in order.
func FuzzItem(f *testing.F) {
	f.Add(int64(5), int64(100), uint32(3), uint32(60), int64(9), int64(1_000))
	f.Add(int64(0), int64(0), uint32(0), uint32(1), int64(1), int64(1<<40))
	f.Fuzz(func(t *testing.T, height, at int64, blocks, seconds uint32, nowHeight, now int64) {
		if nowHeight < 1 || nowHeight > 1<<40 || now < 1 || now > 1<<40 {
			return
		}
		item, err := schedule.NewItem("test/a", []byte("a"), schedule.Plan{
			Height: height, Time: at, EveryBlocks: blocks, EverySeconds: seconds,
		}, nowHeight, now)
		if err != nil {
			return
		}
		if item.Height <= nowHeight || item.Height < height || item.Time < at {
			t.Fatalf("due too early: %v", item)
		}
		later, then := max(item.Height, nowHeight+height/2), max(item.Time, now+at/2)
		if again := item.Retry(later, then, 60); again.Height <= later || again.Time <= then || again.Time > then+60<<10 {
			t.Fatalf("retry %v of %v at %d, %d", again, item, later, then)
		}
		if !item.Recurs() {
			return
		}
		next, missed := item.Next(later, then)
		if next.Height <= later || seconds > 0 && (next.Time <= then || (next.Time-item.Time)%int64(seconds) != 0) {
			t.Fatalf("next %v of %v at %d, %d", next, item, later, then)
		}
		if missed < 0 || blocks > 0 && seconds == 0 && (next.Height-item.Height)%int64(blocks) != 0 {
			t.Fatalf("missed %d, next %v of %v at %d", missed, next, item, later)
		}
	})
}

// FuzzClock: what is postponed comes after the grace and keeps its order, and an order of times never goes wrong.
func FuzzClock(f *testing.F) {
	f.Add(int64(1000), uint32(10_000), uint32(5), int64(1500), int64(1600))
	f.Fuzz(func(t *testing.T, start int64, gap, later uint32, a, b int64) {
		if start < 1 || start > 1<<39 {
			return
		}
		p := schedule.DefaultParams()
		clock := schedule.Clock{}.Advance(start, p).Advance(start+int64(gap), p)
		now := start + int64(gap) + int64(later)
		clock = clock.Advance(now, p)
		if err := clock.Validate(); err != nil {
			t.Fatal(err)
		}
		a, b = min(a, b), max(a, b)
		if a < 0 || b > now {
			return
		}
		ta, lateA := clock.Postpone(a, now, p)
		tb, lateB := clock.Postpone(b, now, p)
		if lateA && (ta <= now || ta < clock.GraceEnd || ta > clock.GraceEnd+int64(p.SpreadSeconds)) {
			t.Fatalf("%v postpones %d to %d at %d", clock, a, ta, now)
		}
		if lateA && !lateB || lateA && lateB && ta > tb {
			t.Fatalf("%v turns the order of %d and %d: %d and %d", clock, a, b, ta, tb)
		}
	})
}

// FuzzGenesis: no bytes make a genesis that its check does not survive.
func FuzzGenesis(f *testing.F) {
	g := schedule.DefaultGenesis()
	g.Items = []schedule.Item{{Kind: "test/a", Name: []byte("a"), Height: 1}}
	raw, err := g.Marshal()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(raw)
	f.Fuzz(func(t *testing.T, raw []byte) {
		if len(raw) > 1<<16 {
			return
		}
		var g schedule.GenesisState
		if g.Unmarshal(raw) != nil || g.Validate() != nil {
			return
		}
		for _, i := range g.Items {
			if len(i.Name) > 64 || i.Height < 0 || i.Time < 0 {
				t.Fatalf("%v passes", i)
			}
		}
	})
}
