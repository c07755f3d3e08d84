package keeper_test

import (
	"bytes"
	"slices"
	"testing"
	"time"

	"ayni.example/internal/vrf"
	"ayni.example/x/beacon"
	"ayni.example/x/internal/ledgertest"
)

// What a proposer or a voter may try: the block or the vote is refused, or the proof is left out and comes later.
func TestEntryRefuses(t *testing.T) {
	f := newFixture(t, "ana", "ben", "cem", "dia")
	r := f.open()
	place := func(name string) uint16 { return uint16(slices.Index(operators(r), text(name))) }
	honest := func(name string) beacon.Proof { return proofOf(t, keyOf(name), place(name), beacon.Alpha(r.Input)) }
	ana, ben := honest("ana"), honest("ben")
	if ana.Entrant > ben.Entrant {
		ana, ben = ben, ana
	}
	forged := ana
	forged.Proof[40] ^= 1
	stranger := proofOf(t, keyOf("eve"), ana.Entrant, beacon.Alpha(r.Input))
	otherSeat := beacon.Proof{Entrant: ben.Entrant, Proof: ana.Proof}
	otherChain := beacon.Input("ayni_1-1", r.Number, nil, r.OpenedHeight)
	otherHeight := beacon.Input(ledgertest.ChainID, r.Number, nil, r.OpenedHeight+1)
	possession := proofOf(t, keyOf("ana"), place("ana"), beacon.Possession(ledgertest.ChainID, ledgertest.Account("ana")))
	for name, proofs := range map[string][]beacon.Proof{
		"forged":           {forged},
		"forged among all": {forged, ben},
		"stranger":         {stranger},
		"of another seat":  {otherSeat},
		"of another chain": {proofOf(t, keyOf("ana"), place("ana"), beacon.Alpha(otherChain[:]))},
		"of another round": {proofOf(t, keyOf("ana"), place("ana"), beacon.Alpha(otherHeight[:]))},
		"of possession":    {possession},
		"no such entrant":  {{Entrant: 4, Proof: ana.Proof}},
		"none":             {},
		"twice":            {ana, ana},
		"reordered":        {ben, ana},
	} {
		entry := beacon.EncodeEntry(r.Number, proofs)
		if err := f.Beacon.CheckEntry(f.Ctx, entry); err == nil {
			t.Errorf("%s: a block may begin with it", name)
		}
		if len(proofs) == 1 {
			if err := f.Beacon.CheckExtension(f.Ctx, beacon.EncodeExtension(r.Number, proofs[0])); err == nil {
				t.Errorf("%s: a vote may carry it", name)
			}
		}
		before := f.Entries()
		f.Beacon.PreBlock(f.Ctx, entry) // of a block that was decided all the same
		if !slices.Equal(before, f.Entries()) {
			t.Errorf("%s: it changed the state", name)
		}
	}
	for name, number := range map[string]uint64{"round before": r.Number - 1, "round after": r.Number + 1, "no round": 1 << 63} {
		f.expect(f.Beacon.CheckEntry(f.Ctx, beacon.EncodeEntry(number, []beacon.Proof{ana})), beacon.ErrEntry)
		if f.Beacon.CheckExtension(f.Ctx, beacon.EncodeExtension(number, ana)) == nil {
			t.Errorf("%s: a vote may carry it", name)
		}
	}
	ledgertest.Must(t, f.Beacon.CheckExtension(f.Ctx, nil))
	ledgertest.Must(t, f.Beacon.CheckExtension(f.Ctx, beacon.EncodeExtension(r.Number, ana)))
	all := beacon.EncodeEntry(r.Number, []beacon.Proof{ana, ben})
	ledgertest.Must(t, f.Beacon.CheckEntry(f.Ctx, all))

	f.block(time.Second, beacon.EncodeEntry(r.Number, []beacon.Proof{ana}))
	f.expect(f.Beacon.CheckEntry(f.Ctx, all), beacon.ErrEntry) // replayed in the next block
	if err := f.Beacon.CheckExtension(f.Ctx, beacon.EncodeExtension(r.Number, ana)); err == nil {
		t.Error("a vote may carry a proof that is in")
	}
	f.block(time.Second, f.entry("ana", "ben", "cem", "dia"))
	if f.round(r.Number).Open() {
		t.Fatal("round is open")
	}
	f.expect(f.Beacon.CheckEntry(f.Ctx, all), beacon.ErrEntry) // too late
	if raw := f.entry("ana", "ben"); raw != nil {
		t.Fatalf("an entry of %d bytes while no round is open", len(raw))
	}
}

// A proposer gathers what is good of what it was sent, once each and in order, as far as there is room.
func TestEntryGathers(t *testing.T) {
	f := newFixture(t, "ana", "ben", "cem")
	r := f.open()
	good := [][]byte{f.extension("cem"), f.extension("ana"), f.extension("ben")}
	bad := [][]byte{nil, {}, []byte("junk"), bytes.Repeat([]byte{1}, beacon.ExtensionSize), f.extension("ana")}
	false1 := bytes.Clone(good[0])
	false1[30] ^= 4
	late := beacon.EncodeExtension(r.Number-1, beacon.Proof{Proof: [vrf.ProofSize]byte(good[0][10:])})
	entry, err := f.Beacon.Entry(f.Ctx, append(append([][]byte{false1, late}, bad...), good...), 1<<20)
	ledgertest.Must(t, err)
	number, proofs, err := beacon.DecodeEntry(entry)
	ledgertest.Must(t, err)
	if number != r.Number || len(proofs) != 3 || len(entry) != beacon.EntrySize(3) {
		t.Fatalf("entry of %d proofs and %d bytes for round %d", len(proofs), len(entry), number)
	}
	ledgertest.Must(t, f.Beacon.CheckEntry(f.Ctx, entry))
	for room, want := range map[int]int{0: 0, beacon.EntrySize(1) - 1: 0, beacon.EntrySize(1): 1, beacon.EntrySize(3) - 1: 2} {
		entry, err := f.Beacon.Entry(f.Ctx, good, int64(room))
		ledgertest.Must(t, err)
		if want == 0 && entry != nil || want > 0 && len(entry) != beacon.EntrySize(want) {
			t.Errorf("with room for %d bytes the entry has %d", room, len(entry))
		}
	}
}

func BenchmarkContribution(b *testing.B) {
	f := newFixture(b, "ana", "ben", "cem", "dia")
	f.open()
	entry := f.entry("ana", "ben", "cem", "dia")
	for b.Loop() {
		if err := f.Beacon.CheckEntry(f.Ctx, entry); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N)/4, "µs/proof")
	b.ReportMetric(float64(len(entry)), "bytes/entry")
}
