package keeper_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"ayni.example/x/council"
	"ayni.example/x/internal/ledgertest"
)

// to goes on until the ledger is at a height.
func (f *fixture) to(height int64, h happening) {
	f.tb.Helper()
	for f.Ctx.BlockHeight() < height {
		f.block(h)
	}
}

func TestAbsence(t *testing.T) {
	f := newFixture(t, four()...)
	away := happening{absent: []string{"d"}, wait: 10 * time.Second}
	f.to(9, away)
	if f.seat("d").AbsentHeight != 0 {
		t.Fatal("counted before a height at which an absence may begin")
	}
	f.to(10, away)
	if s := f.seat("d"); s.AbsentHeight != 10 || s.AbsentTime != f.Ctx.BlockTime().Unix() {
		t.Fatalf("seat %v", s)
	}
	f.block(away)
	before := f.Entries()
	f.to(100, away) // absent goes on: nothing is written
	if !slices.Equal(before, f.Entries()) {
		t.Fatal("an absence that goes on writes")
	}
	f.block(happening{})
	if f.seat("d").AbsentHeight != 0 {
		t.Fatal("still counted")
	}
	f.to(110, away)
	f.to(210, away) // a hundred blocks, and 1,000 seconds
	if f.seat("d").Status != council.StatusActive {
		t.Fatal("jailed by height alone")
	}
	away.wait = time.Hour
	f.block(away)
	if s := f.seat("d"); s.Status != council.StatusAbsent || s.AbsentHeight != 0 {
		t.Fatalf("seat %v", s)
	}
	f.block(happening{})
	if f.validates("d") != 0 {
		t.Fatal("consensus was not told")
	}
	f.CheckReload(t)
	if err := f.back("d"); !errors.Is(err, council.ErrEarly) {
		t.Fatalf("return at once: %v", err)
	}
	f.block(happening{wait: 600 * time.Second})
	ledgertest.Must(t, f.back("d"))
	if err := f.back("d"); !errors.Is(err, council.ErrStatus) {
		t.Fatalf("return twice: %v", err)
	}
	f.blocks(3, happening{})
	if f.validates("d") != 10 {
		t.Fatal("d is not back")
	}
}

// TestQuiet: blocks without news write nothing, even when the slowest vote is missing in most of them.
func TestQuiet(t *testing.T) {
	f := newFixture(t, four()...)
	f.to(31, happening{})
	before := f.Entries()
	f.to(39, happening{absent: []string{"c"}})
	f.to(60, happening{})
	if !slices.Equal(before, f.Entries()) {
		t.Fatal("an idle ledger writes")
	}
}

// TestEvidenceOutranksAbsence: who is jailed for absence and then found to have signed twice needs the council.
func TestEvidenceOutranksAbsence(t *testing.T) {
	f := newFixture(t, four()...)
	f.to(10, happening{absent: []string{"d"}})
	f.to(115, happening{absent: []string{"d"}, wait: time.Minute})
	if f.seat("d").Status != council.StatusAbsent {
		t.Fatal("not jailed")
	}
	f.accuse("d", 9, f.Ctx.BlockTime())
	f.block(happening{wait: time.Hour})
	if err := f.back("d"); !errors.Is(err, council.ErrStatus) {
		t.Fatalf("return: %v", err)
	}
	// a jailed seat may replace a lost key, a condemned one may not
	if err := f.rotate("d", "d2"); !errors.Is(err, council.ErrStatus) {
		t.Fatalf("rotate: %v", err)
	}
}

// TestAbsenceOutlivesRotation: replacing the key is no way out of the jail, signing with it is.
func TestAbsenceOutlivesRotation(t *testing.T) {
	f := newFixture(t, four()...)
	f.to(10, happening{absent: []string{"d"}})
	ledgertest.Must(t, f.rotate("d", "d2"))
	f.block(happening{absent: []string{"d"}})
	f.block(happening{absent: []string{"d"}})
	if f.seat("d").AbsentHeight != 10 {
		t.Fatal("the absence was forgotten")
	}
	f.blocks(3, happening{})
	if f.seat("d").AbsentHeight != 0 {
		t.Fatal("the new key's vote did not count")
	}
}
