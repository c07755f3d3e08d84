package keeper_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"testing"
	"time"

	errorsmod "cosmossdk.io/errors"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"ayni.example/x/council"
	"ayni.example/x/internal/ledgertest"
)

// sim takes random steps and foretells each from the state before it; consensus's own set of validators follows along.
type sim struct {
	*fixture
	rand  *rand.Rand
	names []string
	keys  int
	away  string   // a key that does not vote for a while
	drawn []string // keys ever made
	done  map[string]int
}

func newSim(tb testing.TB, seed uint64) *sim {
	tb.Helper()
	s := &sim{
		fixture: newFixture(tb, four()...), rand: rand.New(rand.NewPCG(seed, 0)), names: append(four(), "e", "f", "g", "h"),
		drawn: four(), done: map[string]int{},
	}
	params := council.DefaultParams()
	params.SeatsMax, params.AbsentBlocks, params.AbsentSeconds, params.JailSeconds = 6, 20, 300, 60
	params.VotingBlocks, params.VotingSeconds, params.OpenMax = 5, 400, 100
	ledgertest.Must(tb, s.Council.Params.Set(s.Ctx, params))
	return s
}

func (s *sim) anyone() string { return s.names[s.rand.IntN(len(s.names))] }

// key is mostly a new one, else one that was seen before.
func (s *sim) key() string {
	if s.rand.IntN(4) == 0 {
		return s.drawn[s.rand.IntN(len(s.drawn))]
	}
	s.keys++
	s.drawn = append(s.drawn, fmt.Sprint("key ", s.keys))
	return s.drawn[len(s.drawn)-1]
}

// state is what the foretelling looks at.
type state struct {
	seats  map[string]council.Seat // by operator
	active []string                // names
}

func (s *sim) state() state {
	s.tb.Helper()
	seats, err := s.Council.Seats(s.Ctx)
	ledgertest.Must(s.tb, err)
	at := state{seats: map[string]council.Seat{}}
	for _, seat := range seats {
		at.seats[seat.Operator] = seat
	}
	for _, name := range s.names {
		if seat := at.seats[text(name)]; seat.Active() {
			at.active = append(at.active, name)
		}
	}
	return at
}

func (s *sim) known(key string) bool {
	s.tb.Helper()
	known, err := s.Council.Keys.Has(s.Ctx, address(key))
	ledgertest.Must(s.tb, err)
	return known
}

func (s *sim) retired(operator string) int {
	n := 0
	ledgertest.Must(s.tb, s.Council.Keys.Walk(s.Ctx, nil, func(_ []byte, k council.Key) (bool, error) {
		if k.Operator == operator && k.Retired() && !k.Condemned {
			n++
		}
		return false, nil
	}))
	return n
}

// last tells whether a seat is the only active one.
func (at state) last(name string) bool { return len(at.active) == 1 && at.active[0] == name }

// enacted decides on a message with all active seats and compares how it ends.
func (s *sim) enacted(at state, what string, msg sdk.Msg, want error) {
	s.tb.Helper()
	p := s.decide(at.active, msg)
	status, code := council.ProposalExecuted, uint32(0)
	if want != nil {
		_, code, _ = errorsmod.ABCIInfo(want, false)
		status = council.ProposalFailed
	}
	if p.Status != status || p.Code != code {
		s.tb.Fatalf("%s: %s with code %d, want %v", what, p.Status, p.Code, want)
	}
	s.count(what, want)
}

func (s *sim) sent(what string, msg sdk.Msg, want error) {
	s.tb.Helper()
	if _, err := s.Send(msg); !errorsmod.IsOf(err, want) && (err != nil || want != nil) {
		s.tb.Fatalf("%s: %v, want %v", what, err, want)
	}
	s.count(what, want)
}

func (s *sim) count(what string, want error) {
	if want != nil {
		what += ": " + want.Error()
	}
	s.done[what]++
}

// cause is an error and whether it applies.
type cause struct {
	applies bool
	err     error
}

// first is the first error that applies.
func first(causes ...cause) error {
	for _, c := range causes {
		if c.applies {
			return c.err
		}
	}
	return nil
}

func (s *sim) step() {
	at, name := s.state(), s.anyone()
	seat, has := at.seats[text(name)]
	switch s.rand.IntN(30) {
	case 0, 11, 12:
		key := s.key()
		s.enacted(at, "admit", s.admit(name, key, 1+s.rand.Uint64N(20)), first(
			cause{has, council.ErrExists}, cause{len(at.seats) >= 6, council.ErrFull}, cause{s.known(key), council.ErrTaken}))
	case 1:
		s.enacted(at, "remove", &council.MsgRemove{Authority: authority(), Operator: text(name)}, first(
			cause{!has, council.ErrNotFound}, cause{at.last(name), council.ErrLast}))
	case 2:
		s.sent("leave", &council.MsgLeave{Operator: text(name)}, first(
			cause{!has, council.ErrNotFound}, cause{at.last(name), council.ErrLast}))
	case 3:
		s.enacted(at, "power", power(name, 1+s.rand.Uint64N(20)), first(cause{!has, council.ErrNotFound}))
	case 4, 5:
		key := s.key()
		s.sent("rotate", &council.MsgRotateKey{Operator: text(name), ConsensusKey: public(key), Proof: proof(name, key)}, first(
			cause{!has, council.ErrNotFound}, cause{seat.Status == council.StatusCondemned, council.ErrStatus},
			cause{s.retired(text(name)) >= 8, council.ErrFull}, cause{s.known(key), council.ErrTaken}))
	case 6, 13, 14:
		early := s.Ctx.BlockTime().Unix() < seat.JailedTime+60
		s.sent("return", &council.MsgReturn{Operator: text(name)}, first(
			cause{!has, council.ErrNotFound}, cause{seat.Status != council.StatusAbsent, council.ErrStatus}, cause{early, council.ErrEarly}))
	case 7, 8:
		key := s.key()
		msg := &council.MsgReinstate{Authority: authority(), Operator: text(name), ConsensusKey: public(key), Proof: proof(name, key)}
		s.enacted(at, "reinstate", msg, first(
			cause{!has, council.ErrNotFound}, cause{seat.Status != council.StatusCondemned, council.ErrStatus},
			cause{s.retired(text(name)) >= 8, council.ErrFull}, cause{s.known(key), council.ErrTaken}))
	case 9:
		heir := s.anyone()
		_, taken := at.seats[text(heir)]
		s.enacted(at, "replace", &council.MsgReplaceOperator{Authority: authority(), Operator: text(name), Successor: text(heir)}, first(
			cause{!has, council.ErrNotFound}, cause{taken, council.ErrExists}))
	case 10:
		s.open(at, name)
	default:
		s.done["nothing"]++
	}
	s.news()
}

// open makes a proposal or votes on one, without foretelling more than who may.
func (s *sim) open(at state, name string) {
	id := uint64(1)
	if made, err := s.Council.Made.Get(s.Ctx); err == nil {
		id += s.rand.Uint64N(made)
	}
	_, _, err := s.propose(name, power(name, 1+s.rand.Uint64N(20)))
	_, voted := s.vote(s.anyone(), id, s.rand.IntN(2) == 0)
	for _, e := range []error{err, voted} {
		if e != nil && !errorsmod.IsOf(e, council.ErrUnauthorised, council.ErrStatus, council.ErrFull, council.ErrNotFound) {
			s.tb.Fatalf("open: %v", e)
		}
	}
	if allowed := slices.Contains(at.active, name); !allowed && err == nil {
		s.tb.Fatalf("%s has no active seat and made a proposal", name)
	}
	s.done["propose and vote"]++
}

// news makes the next block with what consensus may tell: who is missing, and who signed twice.
func (s *sim) news() {
	h := happening{wait: time.Duration(1+s.rand.IntN(90)) * time.Second}
	if s.rand.IntN(40) == 0 {
		s.away = s.drawn[len(s.drawn)-1-s.rand.IntN(min(4, len(s.drawn)))]
	}
	h.absent = append(h.absent, s.away, s.drawn[s.rand.IntN(len(s.drawn))])
	if s.rand.IntN(12) == 0 {
		at := s.Ctx.BlockTime().Add(-time.Duration(s.rand.IntN(60)) * time.Hour)
		h.evidence = append(h.evidence, twice(s.drawn[s.rand.IntN(len(s.drawn))], max(1, s.Ctx.BlockHeight()-s.rand.Int64N(30_000)), at))
		s.done["evidence"]++
	}
	if s.rand.IntN(50) == 0 {
		s.Advance(20_001, 50*time.Hour)
		s.done["two days"]++
	}
	s.block(h)
	at := s.state()
	for _, seat := range at.seats {
		s.done["seen "+seat.Status.String()]++
	}
	if len(at.active) == 0 {
		s.tb.Fatal("no seat is active")
	}
}

func (s *sim) run(steps int) {
	s.tb.Helper()
	for i := range steps {
		s.step()
		if i%100 == 99 {
			s.block(happening{})
			s.block(happening{})
			s.settled()
			s.block(happening{})
			s.CheckReload(s.tb)
		}
	}
}

// settled compares consensus's set with the seats: it holds the keys of the active ones and no other.
func (s *sim) settled() {
	s.tb.Helper()
	seats, err := s.Council.Seats(s.Ctx)
	ledgertest.Must(s.tb, err)
	n := 0
	for _, seat := range seats {
		if !seat.Active() {
			continue
		}
		n++
		_, v := s.next.GetByAddress(council.ConsensusAddress(seat.ConsensusKey))
		if v == nil || v.VotingPower != int64(seat.Power) {
			s.tb.Fatalf("consensus knows %v as %v", seat, v)
		}
	}
	if s.next.Size() != n {
		s.tb.Fatalf("consensus has %d validators, %d seats are active", s.next.Size(), n)
	}
}

func TestSimulation(t *testing.T) {
	seed, steps := uint64(time.Now().UnixNano())%1_000_000, 1_000
	if testing.Short() {
		steps = 300
	}
	for name, set := range map[string]func(uint64){"SEED": func(n uint64) { seed = n }, "STEPS": func(n uint64) { steps = int(n) }} {
		if given := os.Getenv(name); given != "" {
			n, err := strconv.ParseUint(given, 10, 64)
			ledgertest.Must(t, err)
			set(n)
		}
	}
	t.Logf("SEED=%d STEPS=%d", seed, steps)
	s := newSim(t, seed)
	s.run(steps)
	for _, what := range slices.Sorted(maps.Keys(s.done)) {
		t.Logf("%6d %s", s.done[what], what)
	}
}
