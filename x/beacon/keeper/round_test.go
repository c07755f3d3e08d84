package keeper_test

import (
	"bytes"
	"slices"
	"testing"
	"time"

	"ayni.example/x/beacon"
	"ayni.example/x/internal/ledgertest"
	"ayni.example/x/schedule"
)

func TestRound(t *testing.T) {
	f := newFixture(t, "ana", "ben", "cem", "dia")
	number := f.request()
	_, err := f.Beacon.At(f.Ctx, number, "test")
	f.expect(err, beacon.ErrNotYet)
	r := f.draw("ana", "ben", "cem", "dia")
	if r.Number != number || r.Open() || r.Contributions() != 4 || r.ClosedHeight != r.OpenedHeight+1 {
		t.Fatalf("round %+v", r)
	}
	ledgertest.Must(t, r.Verify())
	if got := operators(r); !slices.Equal(got, texts("ana", "ben", "cem", "dia")) {
		t.Fatalf("entrants %v", got)
	}
	one, err := f.Beacon.At(f.Ctx, number, "one")
	ledgertest.Must(t, err)
	same, err := f.Beacon.At(f.Ctx, number, "one")
	ledgertest.Must(t, err)
	two, err := f.Beacon.At(f.Ctx, number, "two")
	ledgertest.Must(t, err)
	if one != same || one == two || bytes.Equal(one[:], r.Output) {
		t.Fatalf("draws %x, %x and %x of %x", one, same, two, r.Output)
	}
	_, err = f.Beacon.At(f.Ctx, number, "")
	f.expect(err, beacon.ErrInvalid)
	_, err = f.Beacon.At(f.Ctx, number, string(make([]byte, beacon.DomainMax+1)))
	f.expect(err, beacon.ErrInvalid)
	_, err = f.Beacon.At(f.Ctx, number+1, "one")
	f.expect(err, beacon.ErrNotYet)
	_, err = f.Beacon.At(f.Ctx, 0, "one")
	f.expect(err, beacon.ErrGone)

	next := f.draw("dia", "cem", "ben", "ana")
	if bytes.Equal(next.Output, r.Output) || bytes.Equal(next.Input, r.Input) {
		t.Fatal("two rounds are alike")
	}
	f.CheckReload(t)
}

// What is drawn is a function of the proofs that are in and of nothing else: not of their order, nor of how many blocks they took.
func TestOutputIsOfProofsAlone(t *testing.T) {
	at, apart := newFixture(t, "ana", "ben", "cem"), newFixture(t, "ana", "ben", "cem")
	want := at.draw("ana", "ben", "cem")
	r := apart.open()
	for _, name := range []string{"cem", "ana", "ben"} {
		if !apart.round(r.Number).Open() {
			t.Fatal("closed before all proofs are in")
		}
		apart.block(time.Second, apart.entry(name))
	}
	if got := apart.round(r.Number); !bytes.Equal(got.Output, want.Output) {
		t.Fatalf("output %x, want %x", got.Output, want.Output)
	}
}

func TestOneSeat(t *testing.T) {
	f := newFixture(t, "ana")
	if r := f.draw("ana"); r.Contributions() != 1 || r.Verify() != nil {
		t.Fatalf("round %+v", r)
	}
}

// Without a key a round stays wanted and writes nothing; the first keys count at once.
func TestNoSeats(t *testing.T) {
	f := newFixture(t)
	number := f.request()
	before := f.Entries()
	for range 5 {
		f.block(time.Minute, nil)
	}
	if !slices.Equal(before, f.Entries()) {
		t.Fatal("a round that cannot open writes")
	}
	f.block(time.Second, nil, func() { f.seat("ana") })
	f.block(time.Second, nil)
	f.block(time.Second, f.entry("ana"))
	if r := f.round(number); r.Open() {
		t.Fatalf("round %+v", r)
	}
}

func TestKeyCountsFromSecondRound(t *testing.T) {
	f := newFixture(t, "ana")
	f.draw("ana")
	f.block(time.Second, nil, func() { f.seat("ben") })
	if r := f.draw("ana"); !slices.Equal(operators(r), texts("ana")) {
		t.Fatalf("the next round has the entrants %v", operators(r))
	}
	r := f.open() // and a key that comes while it is open waits for the one after the next
	f.block(time.Second, nil, func() { f.seat("cem") })
	if !slices.Equal(operators(r), texts("ana", "ben")) {
		t.Fatalf("the second round has the entrants %v", operators(r))
	}
	f.block(time.Second, f.entry("ana", "ben"))
	if r := f.draw("ana", "ben"); !slices.Equal(operators(r), texts("ana", "ben")) {
		t.Fatalf("entrants %v", operators(r))
	}
	if r := f.draw("ana", "ben", "cem"); !slices.Equal(operators(r), texts("ana", "ben", "cem")) {
		t.Fatalf("entrants %v", operators(r))
	}
}

// All who ask before a round opens share it; who asks after gets the next, even in the same block.
func TestRequestsShareRounds(t *testing.T) {
	f := newFixture(t, "ana")
	if a, b := f.request(), f.request(); a != 1 || b != 1 {
		t.Fatalf("two requests in a block get the rounds %d and %d", a, b)
	}
	f.block(time.Second, nil, func() {
		if n := f.request(); n != 2 {
			t.Fatalf("a request in the block that opened round 1 gets round %d", n)
		}
	})
	f.block(time.Second, nil, func() {
		if n := f.request(); n != 2 {
			t.Fatalf("a request while round 1 is open gets round %d", n)
		}
	})
	f.block(time.Second, f.entry("ana"))
	if f.round(1).Open() || !f.round(2).Open() {
		t.Fatal("round 2 did not open as round 1 closed")
	}
	f.block(time.Second, f.entry("ana"))
	before := f.Entries()
	for range 3 {
		f.block(time.Minute, nil)
	}
	if !slices.Equal(before, f.Entries()) {
		t.Fatal("a ledger that nobody asks writes")
	}
}

// A round closes without a third of its seats when height and time have both passed, and not before.
func TestDeadline(t *testing.T) {
	for _, step := range []time.Duration{time.Second / 10, time.Second, 10 * time.Second} {
		f := newFixture(t, "ana", "ben", "cem", "dia")
		r := f.open()
		params := f.params(func(*beacon.Params) {})
		f.block(step, f.entry("ana", "ben", "cem"))
		for f.round(r.Number).Open() {
			f.block(step, nil)
		}
		got := f.round(r.Number)
		blocks, seconds := got.ClosedHeight-got.OpenedHeight, got.ClosedTime-got.OpenedTime
		if blocks < int64(params.WindowBlocks)+4 || seconds < int64(params.WindowSeconds) || got.Contributions() != 3 {
			t.Fatalf("closed after %d blocks and %d s with %d contributions", blocks, seconds, got.Contributions())
		}
		if blocks > int64(params.WindowBlocks)+4 && seconds > int64(params.WindowSeconds)+10 {
			t.Fatalf("closed after %d blocks and %d s", blocks, seconds)
		}
		if s := f.known("dia"); s.Strikes != 1 || len(s.Key) == 0 || f.known("ana").Strikes != 0 {
			t.Fatalf("who withheld has %d strikes", s.Strikes)
		}
		f.CheckReload(t)
	}
}

// With less than two thirds the round waits, until those who withhold are out of the beacon; then it closes with the rest.
func TestWithholdingThird(t *testing.T) {
	f := newFixture(t, "ana", "ben", "cem", "dia")
	params := f.params(func(*beacon.Params) {})
	r := f.open()
	f.block(time.Second, f.entry("ana", "ben"))
	for window := uint32(1); window <= params.Allowance; window++ {
		if got := f.pass(r.Number); !got.Open() || got.Windows != window {
			t.Fatalf("after window %d: %d windows, open: %t", window, got.Windows, got.Open())
		}
		if s := f.known("cem"); s.Strikes != window {
			t.Fatalf("%d strikes after %d windows", s.Strikes, window)
		}
		f.CheckReload(t)
	}
	if got := f.pass(r.Number); got.Open() || got.Contributions() != 2 {
		t.Fatalf("after the last window: open %t, %d contributions", got.Open(), got.Contributions())
	}
	out := f.known("dia")
	if len(out.Key) != 0 || out.BarredUntil != f.Ctx.BlockTime().Unix()+int64(params.BarSeconds) {
		t.Fatalf("who withheld is %+v", out)
	}
	if next := f.draw("ana", "ben"); next.Open() || len(next.Entrants) != 2 {
		t.Fatalf("round without them: %+v", next)
	}
	_, err := f.Send(f.registration("dia", keyOf("dia")))
	f.expect(err, beacon.ErrBarred)
	f.Advance(1, time.Duration(params.BarSeconds)*time.Second)
	f.send(f.registration("dia", keyOf("dia")))
	if s := f.known("dia"); s.Strikes != params.Allowance+1 || s.FromRound != r.Number+3 {
		t.Fatalf("who came back is %+v", s)
	}
	f.CheckReload(t)
}

// A proof that comes in a later window counts, and the seat keeps the strike of the window that it missed.
func TestLateContribution(t *testing.T) {
	f := newFixture(t, "ana", "ben")
	r := f.open()
	f.block(time.Second, f.entry("ana"))
	f.pass(r.Number)
	f.block(time.Second, f.entry("ben"))
	if got := f.round(r.Number); got.Open() || got.Contributions() != 2 || f.known("ben").Strikes != 1 {
		t.Fatalf("round %+v", got)
	}
}

// A round to which nobody is left to contribute ends without an output; the next goes on from the output before.
func TestVoid(t *testing.T) {
	f := newFixture(t, "ana", "ben")
	first := f.draw("ana", "ben")
	r := f.open()
	for f.round(r.Number).Open() {
		f.pass(r.Number)
	}
	_, err := f.Beacon.At(f.Ctx, r.Number, "x")
	f.expect(err, beacon.ErrVoid)
	number := f.request()
	f.Advance(1, time.Hour)
	f.send(f.registration("ana", keyOf("ana")))
	f.block(time.Second, nil)
	next := f.round(number)
	if want := beacon.Input(ledgertest.ChainID, number, first.Output, next.OpenedHeight); !bytes.Equal(next.Input, want[:]) {
		t.Fatal("the round after a void one has another input")
	}
	f.block(time.Second, f.entry("ana"))
	f.CheckReload(t)
}

// Seats that leave, are jailed or change their key in mid-round.
func TestSeatsChangeInMidRound(t *testing.T) {
	for _, tt := range []struct {
		name    string
		change  func(*fixture)
		then    []string // contribute after it
		strikes uint32   // of dia
		closed  bool
	}{
		{"removed: the others are all", func(f *fixture) { f.Members.Remove(ledgertest.Account("dia")) }, []string{"cem"}, 1, true},
		{"jailed: the others are all", func(f *fixture) { f.Members.Set(ledgertest.Account("dia"), false) }, []string{"cem"}, 1, true},
		{"admitted: not in this round", func(f *fixture) { f.seat("eve") }, []string{"cem", "dia"}, 0, true},
		{"rotated: the old key is asked for", func(f *fixture) { f.send(f.registration("dia", keyOf("dia 2"))) }, []string{"cem"}, 0, false},
		{"rotated: the old key contributes", func(f *fixture) { f.send(f.registration("dia", keyOf("dia 2"))) }, []string{"cem", "dia"}, 0, true},
		{"rotated: the new key does not", func(f *fixture) {
			f.send(f.registration("dia", keyOf("dia 2")))
			f.keys["dia"] = keyOf("dia 2")
		}, []string{"cem", "dia"}, 0, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f := newFixture(t, "ana", "ben", "cem", "dia")
			r := f.open()
			f.block(time.Second, f.entry("ana", "ben"), func() { tt.change(f) })
			f.block(time.Second, f.entry(tt.then...))
			if got := f.round(r.Number); got.Open() == tt.closed {
				t.Fatalf("closed: %t, want %t", !got.Open(), tt.closed)
			}
			if got := f.known("dia").Strikes; got != tt.strikes {
				t.Fatalf("%d strikes, want %d", got, tt.strikes)
			}
			f.CheckReload(t)
		})
	}
	t.Run("a contribution stays when its seat goes", func(t *testing.T) {
		f := newFixture(t, "ana", "ben", "cem")
		r := f.open()
		f.block(time.Second, f.entry("ana"), func() { f.Members.Remove(ledgertest.Account("ana")) })
		f.block(time.Second, f.entry("ben", "cem"))
		if got := f.round(r.Number); got.Contributions() != 3 {
			t.Fatalf("%d contributions", got.Contributions())
		}
		f.open() // which forgets who has no seat
		if has, err := f.Beacon.Seats.Has(f.Ctx, ledgertest.Account("ana")); err != nil || has {
			t.Fatalf("a seat that is gone is known: %v", err)
		}
	})
}

// Proofs are dropped before outputs, and each only when enough newer ones are there.
func TestKept(t *testing.T) {
	f := newFixture(t, "ana", "ben", "cem")
	f.params(func(p *beacon.Params) { p.KeepRounds, p.KeepOutputs, p.Allowance = 2, 5, 1_000 })
	for range 12 {
		r := f.open()
		f.block(time.Second, f.entry("ana", "ben"))
		f.pass(r.Number) // cem withholds each time
	}
	g, err := f.Beacon.ExportGenesis(f.Ctx)
	ledgertest.Must(t, err)
	if len(g.Rounds) != 2 || len(g.Outputs) != 5 || len(g.Withholdings) != 2 || g.Outputs[0].Round != 8 {
		t.Fatalf("%d rounds, %d outputs and %d withholdings are kept", len(g.Rounds), len(g.Outputs), len(g.Withholdings))
	}
	_, err = f.Beacon.At(f.Ctx, 7, "x")
	f.expect(err, beacon.ErrGone)
	_, err = f.Beacon.At(f.Ctx, 8, "x")
	f.expect(err, nil)
	f.CheckReload(t)
	f.params(func(p *beacon.Params) { p.KeepRounds, p.KeepOutputs = 1, 1 }) // a smaller number is caught up with
	for range 5 {
		f.draw("ana", "ben", "cem")
	}
	if g, err = f.Beacon.ExportGenesis(f.Ctx); err != nil || len(g.Outputs) != 1 || len(g.Rounds) != 1 {
		t.Fatalf("%d outputs are kept: %v", len(g.Outputs), err)
	}
}

// A ledger that stood still gives the seats time before they are held to have withheld.
func TestDeadlineAfterSleep(t *testing.T) {
	f := newFixture(t, "ana", "ben")
	r := f.open()
	f.block(time.Second, f.entry("ana"))
	for range 20 {
		f.block(time.Second/100, nil)
	}
	f.block(8*time.Hour, nil)
	for range 20 {
		f.block(time.Second, nil)
	}
	if got := f.round(r.Number); got.Windows != 0 || f.known("ben").Strikes != 0 {
		t.Fatalf("%d windows ended in the sleep", got.Windows)
	}
	f.block(time.Second, f.entry("ben"))
	if f.round(r.Number).Open() {
		t.Fatal("round is open")
	}
}

// A beacon that contradicts itself does nothing, tells of it, and lets the block go on.
func TestStalled(t *testing.T) {
	f := newFixture(t, "ana")
	r := f.open()
	entry := f.entry("ana")
	params, err := f.Beacon.Params.Get(f.Ctx)
	ledgertest.Must(t, err)
	ledgertest.Must(t, f.Beacon.Params.Remove(f.Ctx))
	f.Advance(1, time.Second)
	before := f.Entries()
	f.Beacon.PreBlock(f.Ctx, entry)
	if !slices.Equal(before, f.Entries()) {
		t.Fatal("it wrote")
	}
	told := false
	for _, e := range f.Ctx.EventManager().Events() {
		told = told || e.Type == "ayni.beacon.v1.EventStalled"
	}
	if !told {
		t.Fatal("nothing was told")
	}
	ledgertest.Must(t, f.Beacon.Params.Set(f.Ctx, params))
	f.block(time.Second, entry)
	if f.round(r.Number).Open() {
		t.Fatal("round is open")
	}
}

// The end of a window costs no more gas than its kind may use, with as many seats as there may be.
func TestWindowGas(t *testing.T) {
	f := newFixture(t)
	for i := range beacon.EntrantsMax + 2 {
		f.seat(string(rune('A' + i)))
	}
	r := f.open()
	if len(r.Entrants) != beacon.EntrantsMax {
		t.Fatalf("%d entrants", len(r.Entrants))
	}
	kind := f.Beacon.Kind()
	before := f.Ctx.GasMeter().GasConsumed()
	ledgertest.Must(t, f.Schedule.Cancel(f.Ctx, beacon.WindowKind, beacon.WindowName(r.Number)))
	ledgertest.Must(t, kind.Run(f.Ctx, schedule.Due{Item: schedule.Item{Kind: beacon.WindowKind, Name: beacon.WindowName(r.Number)}}))
	used := f.Ctx.GasMeter().GasConsumed() - before - kind.Gas // which the next window cost, outside of the schedule
	t.Logf("%d gas of %d", used, kind.Gas)
	if used > kind.Gas {
		t.Fatalf("%d gas, more than %d", used, kind.Gas)
	}
}
