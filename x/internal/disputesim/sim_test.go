package disputesim_test

import (
	"os"
	"slices"
	"strconv"
	"testing"
	"time"

	"cosmossdk.io/math"

	"ayni.example/internal/disputetest"
	"ayni.example/x/internal/ledgertest"
	rules "ayni.example/x/referee"
)

func setting(tb testing.TB, name string, otherwise int64) int64 {
	tb.Helper()
	value := os.Getenv(name)
	if value == "" {
		return otherwise
	}
	n, err := strconv.ParseInt(value, 10, 64)
	ledgertest.Must(tb, err)
	return n
}

// worldRuns is how many claims one ledger sees: each begins with an empty one, since a test's store is never committed.
const worldRuns = 250

// TestSimulationHonest: honest defenders, auditors and challengers are never slashed, whatever is lost or asleep and whoever challenges
// them without a reason.
func TestSimulationHonest(t *testing.T) {
	runs := 4 * worldRuns // make sim: 10,000
	if testing.Short() {
		runs = worldRuns
	}
	runs = int(setting(t, "RUNS", int64(runs)))
	seed := setting(t, "SEED", time.Now().UnixNano())
	t.Logf("seed %d", seed)
	var all tally
	for left := runs; left > 0; left -= worldRuns {
		t.Run("world", func(t *testing.T) { newWorld(t, seed, true).beHonest(t, min(left, worldRuns), &all) })
		seed++
	}
	t.Logf("%d claims accepted in %d blocks with %d sleeps; %d unfounded challenges, %d audits agreed, %d questions asked",
		all.accepted, all.blocks, all.sleeps, all.challenges, all.agreed, all.asked)
	if all.accepted != runs || all.challenges == 0 || all.agreed == 0 || all.sleeps == 0 {
		t.Errorf("%+v of %d", all, runs)
	}
}

// tally is what happened in all worlds.
type tally struct {
	accepted, blocks, sleeps, challenges, asked int
	agreed                                      uint64
}

// beHonest lets true claims be entered, audited and challenged until all have ended.
func (w *world) beHonest(t *testing.T, runs int, all *tally) {
	t.Helper()
	for blocks, entered := 0, 0; entered < runs || len(w.claims) > 0; blocks++ {
		for entered < runs && len(w.claims) < 60 && w.random.Intn(3) > 0 {
			w.enter([]string{"dora", "dina"}[w.random.Intn(2)], "", entered)
			entered++
		}
		all.challenges += w.troublemakers()
		w.act()
		pause := time.Duration(1+w.random.Intn(5)) * time.Second
		if w.random.Intn(1000) == 0 || blocks == 30 { // at least once; seldom enough for a grace of 600 s to pass
			pause = 8 * time.Hour
			all.sleeps++
		}
		w.block(pause)
		if blocks%200 == 0 {
			ledgertest.Must(t, w.Referee.Invariants(w.Ctx))
		}
		if blocks > 60*runs+1000 {
			t.Fatalf("%d claims are still open", len(w.claims))
		}
		all.blocks++
	}
	for _, what := range w.failed {
		t.Error(what)
	}
	if w.refuted > 0 || w.accepted != runs {
		t.Errorf("%d accepted and %d refuted of %d", w.accepted, w.refuted, runs)
	}
	all.accepted += w.accepted
	all.asked += w.asked
	all.agreed += w.checkUnharmed(t)
}

// checkUnharmed tells whether everybody honest has at least what it began with, and counts audits.
func (w *world) checkUnharmed(t *testing.T) (agreed uint64) {
	t.Helper()
	for _, m := range w.machines {
		has := w.Balance(ledgertest.Account(m.name))
		a, err := w.Referee.Auditors.Get(w.Ctx, ledgertest.Account(m.name))
		if err == nil {
			if a.Silent > 0 || !a.Bond.Equal(math.NewInt(bond)) {
				t.Errorf("auditor %s was silent %d times and has a bond of %s", m.name, a.Silent, a.Bond)
			}
			agreed += a.Agreed
			// What questions for states that could not be fetched cost is a price, no penalty.
			continue
		}
		if has.LT(math.NewInt(1_000 * bond)) {
			t.Errorf("%s has lost something: %s", m.name, has)
		}
	}
	return agreed
}

// troublemakers challenge true claims, point anywhere, and often do not answer.
func (w *world) troublemakers() (begun int) {
	w.tb.Helper()
	for _, name := range []string{"mary", "mike"} {
		if len(w.claims) > 0 && w.random.Intn(6) == 0 {
			ids := make([]string, 0, len(w.claims))
			for id := range w.claims {
				ids = append(ids, id)
			}
			slices.Sort(ids)
			if _, err := w.Send(&rules.MsgChallenge{Challenger: text(name), Claim: []byte(ids[w.random.Intn(len(ids))])}); err == nil {
				begun++
			}
		}
		answer, err := w.queries.Duties(w.Ctx, &rules.QueryDutiesRequest{Address: text(name), Role: rules.RoleChallenger})
		ledgertest.Must(w.tb, err)
		for _, c := range answer.Claims {
			d := c.Dispute
			if d == nil || d.Challenger != text(name) || d.Defending() || w.random.Intn(3) == 0 {
				continue
			}
			most := len(d.Shown)
			if d.Stage == rules.StageTrace {
				most = 2
			}
			_, err := w.Send(&rules.MsgPoint{Challenger: text(name), Claim: d.Claim, Turn: d.Turn, Part: uint32(w.random.Intn(most))})
			ledgertest.Must(w.tb, err)
		}
	}
	return begun
}

// TestSimulationLies: of claims that are all audited, those that are true are accepted and each lie is refuted, whatever is lost or asleep.
func TestSimulationLies(t *testing.T) {
	runs := 300
	if testing.Short() {
		runs = 40
	}
	seed := setting(t, "SEED", time.Now().UnixNano())
	t.Logf("seed %d", seed)
	w := newWorld(t, seed, true)
	p, err := w.Referee.Params.Get(w.Ctx)
	ledgertest.Must(t, err)
	p.AuditBps = 10_000
	ledgertest.Must(t, w.Referee.Params.Set(w.Ctx, p))
	lies := disputetest.Lies()
	entered, told := 0, 0
	for blocks := 0; entered < runs || len(w.claims) > 0; blocks++ {
		for entered < runs && len(w.claims) < 20 {
			lie := ""
			if entered%2 == 0 {
				lie = lies[entered/2%len(lies)]
				told++
			}
			w.enter([]string{"dora", "dina"}[w.random.Intn(2)], lie, entered)
			entered++
		}
		w.troublemakers()
		w.act()
		w.block(time.Duration(1+w.random.Intn(5)) * time.Second)
		if blocks > 1000+60*runs {
			t.Fatalf("%d claims are still open", len(w.claims))
		}
	}
	for _, what := range w.failed {
		t.Error(what)
	}
	ledgertest.Must(t, w.Referee.Invariants(w.Ctx))
	if w.refuted != told || w.accepted != runs-told {
		t.Errorf("%d refuted and %d accepted of %d lies and %d true claims", w.refuted, w.accepted, told, runs-told)
	}
}
