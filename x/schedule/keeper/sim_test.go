package keeper_test

import (
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"ayni.example/x/internal/ledgertest"
	"ayni.example/x/schedule"
)

// sim is a ledger and the model that foretells it.
type sim struct {
	*fixture
	foretold *model
	rand     *rand.Rand
	done     map[string]int
}

func newSim(tb testing.TB, seed uint64) *sim {
	tb.Helper()
	s := &sim{fixture: newFixture(tb), rand: rand.New(rand.NewPCG(seed, 0)), done: map[string]int{}}
	params := schedule.DefaultParams()
	params.ItemsMax, params.GasMax = 4, 4*gas
	ledgertest.Must(tb, s.Schedule.Params.Set(s.Ctx, params))
	s.foretold = &model{params: params, items: map[string]*modelItem{}, height: s.Ctx.BlockHeight(), time: s.now()}
	return s
}

// name is one of few, so that items meet.
func (s *sim) name() string {
	words := []string{"fail", "refuse", "panic", "burn", "again", "child", "cancel", "once", "later", "plain", "plain", "plain"}
	name := words[s.rand.IntN(len(words))]
	if s.rand.IntN(3) > 0 {
		name += " plain"
	}
	if s.rand.IntN(3) == 0 {
		name += fmt.Sprint(" ", s.rand.IntN(4))
	}
	return name
}

func (s *sim) plan() schedule.Plan {
	p := schedule.Plan{}
	if s.rand.IntN(2) == 0 {
		p.Height = s.Ctx.BlockHeight() + s.rand.Int64N(30)
	}
	if s.rand.IntN(3) > 0 {
		p.Time = s.now() + s.rand.Int64N(3_000)
	}
	if s.rand.IntN(5) == 0 {
		p.EveryBlocks = s.rand.Uint32N(6)
		p.EverySeconds = s.rand.Uint32N(200)
	}
	return p
}

// act schedules, moves or cancels something, and holds the answer to the model's.
func (s *sim) act(tb testing.TB) {
	tb.Helper()
	kind, name, plan := []string{"test/work", "test/human"}[s.rand.IntN(2)], s.name(), s.plan()
	_, known := s.foretold.items[s.foretold.key(kind, name)]
	var err, expected error
	what := s.rand.IntN(6)
	switch what {
	case 0:
		if !known {
			expected = schedule.ErrNotFound
		}
		err = s.Schedule.Cancel(s.Ctx, kind, []byte(name))
		delete(s.foretold.items, s.foretold.key(kind, name))
	case 1:
		if !known {
			expected = schedule.ErrNotFound
		} else {
			s.foretold.schedule(kind, name, plan)
		}
		err = s.Schedule.Reschedule(s.Ctx, kind, []byte(name), plan)
	default:
		if known {
			expected = schedule.ErrExists
		} else {
			s.foretold.schedule(kind, name, plan)
		}
		err = s.Schedule.Schedule(s.Ctx, kind, []byte(name), plan)
	}
	if !errors.Is(err, expected) {
		tb.Fatalf("action %d on %s: error %v, want %v", what, name, err, expected)
	}
}

// run makes blocks and holds what each tells, and all that is scheduled after it, to the model.
func (s *sim) run(tb testing.TB, blocks int) {
	tb.Helper()
	for n := range blocks {
		for range s.rand.IntN(3) {
			s.act(tb)
		}
		pause := time.Duration(s.rand.IntN(90)) * time.Second
		if s.rand.IntN(40) == 0 {
			pause = time.Duration(s.rand.IntN(10*3600)) * time.Second
		}
		want := s.foretold.block(pause)
		got := s.block(tb, pause)
		if !slices.Equal(got, want) {
			tb.Fatalf("block %d told %q, the model says %q", n, got, want)
		}
		if s.paid() != s.foretold.paid {
			tb.Fatalf("block %d: paid %d, the model says %d", n, s.paid(), s.foretold.paid)
		}
		for _, what := range got {
			s.done[strings.Fields(what)[0]+" "+strings.Fields(what)[1]]++
		}
		s.compare(tb, n)
		if n%100 == 99 {
			s.CheckReload(tb)
		}
	}
}

func (s *sim) compare(tb testing.TB, n int) {
	tb.Helper()
	state, err := s.Schedule.ExportGenesis(s.Ctx)
	ledgertest.Must(tb, err)
	if len(state.Items) != len(s.foretold.items) {
		tb.Fatalf("block %d: %d items, the model says %d", n, len(state.Items), len(s.foretold.items))
	}
	for _, i := range state.Items {
		m := s.foretold.items[s.foretold.key(i.Kind, string(i.Name))]
		if m == nil || m.height != i.Height || m.time != i.Time || m.failures != int(i.Failures) || m.waited != i.Ripe {
			tb.Fatalf("block %d: item %v, the model says %+v", n, i, m)
		}
	}
}

// TestSimulation runs random schedules; SEED repeats a run and STEPS makes it longer.
func TestSimulation(t *testing.T) {
	seed, blocks := uint64(time.Now().UnixNano())%1_000_000, 500
	if testing.Short() {
		blocks = 300
	}
	for name, value := range map[string]func(uint64){"SEED": func(n uint64) { seed = n }, "STEPS": func(n uint64) { blocks = int(n) }} {
		if text := os.Getenv(name); text != "" {
			n, err := strconv.ParseUint(text, 10, 64)
			ledgertest.Must(t, err)
			value(n)
		}
	}
	t.Logf("SEED=%d STEPS=%d", seed, blocks)
	s := newSim(t, seed)
	s.run(t, blocks)
	for _, what := range slices.Sorted(maps.Keys(s.done)) {
		t.Logf("%6d %s", s.done[what], what)
	}
	if !testing.Short() && len(s.done) < 15 {
		t.Fatalf("only %d things happened", len(s.done))
	}
}

// The same seed ends in the same state, byte for byte.
func TestSimulationRepeats(t *testing.T) {
	first, second := newSim(t, 1), newSim(t, 1)
	first.run(t, 150)
	second.run(t, 150)
	if a, b := first.Entries(), second.Entries(); len(a) == 0 || !slices.Equal(a, b) {
		t.Fatal("two runs of one seed differ")
	}
}
