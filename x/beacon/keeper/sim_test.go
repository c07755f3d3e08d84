package keeper_test

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"testing"
	"time"

	"ayni.example/x/beacon"
	"ayni.example/x/internal/ledgertest"
)

// sim is a beacon under random work, and what was seen of it: an output never changes and rounds close in order.
type sim struct {
	*fixture
	rand  *rand.Rand
	names []string
	seen  map[uint64][]byte
	done  map[string]int
}

func newSim(tb testing.TB, seed uint64) *sim {
	tb.Helper()
	s := &sim{fixture: newFixture(tb), rand: rand.New(rand.NewPCG(seed, 0)), seen: map[uint64][]byte{}, done: map[string]int{}}
	s.params(func(p *beacon.Params) { p.WindowBlocks, p.KeepRounds, p.KeepOutputs, p.ForgiveRounds = 3, 5, 9, 2 })
	for i := range 6 {
		s.names = append(s.names, fmt.Sprint("person ", i))
	}
	return s
}

func (s *sim) chance(n int) bool { return s.rand.IntN(n) == 0 }

// act is what a block's transactions do.
func (s *sim) act() {
	name := s.names[s.rand.IntN(len(s.names))]
	account := ledgertest.Account(name)
	switch s.rand.IntN(12) {
	case 0, 1, 2, 3, 4:
		s.request()
		s.done["request"]++
	case 5:
		s.Members.Remove(account)
		s.done["remove"]++
	case 6:
		s.Members.Set(account, false)
		s.done["jail"]++
	case 7, 8:
		s.Members.Set(account, true)
		s.done["admit"]++
	default:
		key := keyOf(fmt.Sprint(name, " ", s.rand.IntN(3)))
		_, err := s.Send(s.registration(name, key))
		switch {
		case err == nil:
			s.keys[name] = key
			s.done["register"]++
		case errors.Is(err, beacon.ErrNotSeat), errors.Is(err, beacon.ErrTaken), errors.Is(err, beacon.ErrBarred):
			s.done["register refused"]++
		default:
			s.tb.Fatal(err)
		}
	}
}

// votes are the proofs of some, now and then with one that is false.
func (s *sim) votes() []byte {
	var extensions [][]byte
	for _, name := range s.names {
		if s.keys[name] == nil || s.chance(3) {
			continue
		}
		raw := s.extension(name)
		if len(raw) > 0 && s.chance(10) {
			raw[s.rand.IntN(len(raw))] ^= 1
			if s.Beacon.CheckExtension(s.Ctx, raw) == nil {
				s.tb.Fatalf("a false extension passes: %x", raw)
			}
		}
		extensions = append(extensions, raw)
	}
	entry, err := s.Beacon.Entry(s.Ctx, extensions, 1<<20)
	ledgertest.Must(s.tb, err)
	return entry
}

func (s *sim) run(blocks int) {
	s.tb.Helper()
	for n := range blocks {
		pause := time.Duration(s.rand.IntN(20)) * time.Second
		if s.chance(100) {
			pause = time.Duration(s.rand.IntN(10*3600)) * time.Second
		}
		entry := s.votes()
		if len(entry) > 0 {
			s.done["entry"]++
		}
		s.block(pause, entry, func() {
			for range s.rand.IntN(3) {
				s.act()
			}
		})
		s.look()
		if n%50 == 49 {
			s.CheckReload(s.tb)
		}
	}
}

// look holds what is kept to what was seen before.
func (s *sim) look() {
	s.tb.Helper()
	g, err := s.Beacon.ExportGenesis(s.Ctx)
	ledgertest.Must(s.tb, err)
	for _, o := range g.Outputs {
		if was, ok := s.seen[o.Round]; ok && !bytes.Equal(was, o.Value) {
			s.tb.Fatalf("output of round %d was %x and is %x", o.Round, was, o.Value)
		}
		if _, ok := s.seen[o.Round]; !ok {
			s.done[fmt.Sprintf("closed, void: %t", len(o.Value) == 0)]++
		}
		s.seen[o.Round] = o.Value
	}
	for _, r := range g.Rounds {
		if !r.Open() && len(r.Missing()) > 0 {
			s.done["closed without some"]++
		}
		if r.Windows > 0 {
			s.done["prolonged"]++
		}
	}
	for _, seat := range g.Seats {
		if len(seat.Key) == 0 && seat.BarredUntil > 0 {
			s.done["barred"]++
		}
	}
}

// TestSimulation runs random rounds, with the state exported and loaded again on the way; SEED repeats a run and STEPS makes it
// longer.
func TestSimulation(t *testing.T) {
	seed, blocks := seeds(t), 600
	if testing.Short() {
		blocks = 150
	}
	if text := os.Getenv("STEPS"); text != "" {
		var err error
		blocks, err = strconv.Atoi(text)
		ledgertest.Must(t, err)
	}
	s := newSim(t, seed)
	s.run(blocks)
	for _, what := range slices.Sorted(maps.Keys(s.done)) {
		t.Logf("%6d %s", s.done[what], what)
	}
	if !testing.Short() && len(s.done) < 9 {
		t.Fatalf("only %d things happened", len(s.done))
	}
}

// The same seed ends in the same state, byte for byte.
func TestSimulationRepeats(t *testing.T) {
	first, second := newSim(t, 1), newSim(t, 1)
	first.run(60)
	second.run(60)
	if a, b := first.Entries(), second.Entries(); len(a) == 0 || !slices.Equal(a, b) {
		t.Fatal("two runs of one seed differ")
	}
}
