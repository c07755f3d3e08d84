package beacon_test

import (
	"bytes"
	"crypto/ed25519"
	"testing"

	"ayni.example/internal/vrf"
	"ayni.example/x/beacon"
)

// The time out of the beacon doubles with each strike beyond the allowance, up to a bound.
func TestStrike(t *testing.T) {
	p := beacon.DefaultParams()
	key := ed25519.NewKeyFromSeed(bytes.Repeat([]byte{1}, 32)).Public().(ed25519.PublicKey)
	s := beacon.Seat{Operator: "x", Key: key, FromRound: 2}
	for range p.Allowance {
		if s = s.Strike(p, 1_000); len(s.Key) == 0 || s.BarredUntil != 0 {
			t.Fatalf("barred within the allowance: %+v", s)
		}
	}
	for n, bar := 0, int64(p.BarSeconds); n < 40; n++ {
		s = s.Strike(p, 1_000)
		if len(s.Key) != 0 || s.BarredUntil != 1_000+bar {
			t.Fatalf("strike %d bars until %d, want %d", s.Strikes, s.BarredUntil, 1_000+bar)
		}
		if bar < int64(p.BarSeconds)<<12 {
			bar *= 2
		}
		s.Key = key
	}
	if s.Contributed(p).Good != 1 || (beacon.Seat{}).Contributed(p).Good != 0 {
		t.Fatal("contributions are miscounted")
	}
}

func TestQuorum(t *testing.T) {
	for n, want := range map[int]int{0: 0, 1: 1, 2: 2, 3: 2, 4: 3, 5: 4, 6: 4, 7: 5, 30: 20, 31: 21} {
		if got := beacon.Quorum(n); got != want || 3*got < 2*n {
			t.Errorf("of %d seats %d must contribute, want %d", n, got, want)
		}
	}
}

func TestParamsRefuse(t *testing.T) {
	if err := beacon.DefaultParams().Validate(); err != nil {
		t.Fatal(err)
	}
	for i, change := range []func(*beacon.Params){
		func(p *beacon.Params) { p.WindowBlocks = 0 },
		func(p *beacon.Params) { p.WindowBlocks = 1 << 30 },
		func(p *beacon.Params) { p.WindowSeconds = 0 },
		func(p *beacon.Params) { p.BarSeconds = 0 },
		func(p *beacon.Params) { p.ForgiveRounds = 0 },
		func(p *beacon.Params) { p.KeepRounds = 0 },
		func(p *beacon.Params) { p.KeepOutputs = p.KeepRounds - 1 },
		func(p *beacon.Params) { p.KeepOutputs = 1 << 31 },
		func(p *beacon.Params) { p.Allowance = 1 << 31 },
	} {
		p := beacon.DefaultParams()
		if change(&p); p.Validate() == nil {
			t.Errorf("change %d passes: %+v", i, p)
		}
	}
}

func proof(n byte) beacon.Proof {
	return beacon.Proof{Entrant: uint16(n), Proof: [vrf.ProofSize]byte{n, 1, 2}}
}

func TestEntryForm(t *testing.T) {
	raw := beacon.EncodeEntry(7, []beacon.Proof{proof(0), proof(3)})
	round, proofs, err := beacon.DecodeEntry(raw)
	if err != nil || round != 7 || len(proofs) != 2 || proofs[1] != proof(3) {
		t.Fatalf("round %d, %d proofs: %v", round, len(proofs), err)
	}
	for name, bad := range map[string][]byte{
		"empty": nil, "mark alone": raw[:13], "short": raw[:len(raw)-1], "long": append(bytes.Clone(raw), 0),
		"no proof": beacon.EncodeEntry(7, nil), "order": beacon.EncodeEntry(7, []beacon.Proof{proof(3), proof(0)}),
		"twice": beacon.EncodeEntry(7, []beacon.Proof{proof(3), proof(3)}), "other mark": append([]byte{1}, raw[1:]...),
		"too many": beacon.EncodeEntry(7, make([]beacon.Proof, beacon.EntrantsMax+1)),
	} {
		if _, _, err := beacon.DecodeEntry(bad); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

// FuzzDecodeEntry: nothing makes it panic or hold more than its input, and what it accepts has no second form.
func FuzzDecodeEntry(f *testing.F) {
	f.Add(beacon.EncodeEntry(1, []beacon.Proof{proof(0)}))
	f.Add(beacon.EncodeEntry(1<<63, []beacon.Proof{proof(1), proof(2), proof(127)}))
	f.Add([]byte("\x00ayni/beacon/1"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		round, proofs, err := beacon.DecodeEntry(raw)
		if err != nil {
			return
		}
		if len(proofs) == 0 || len(proofs) > beacon.EntrantsMax || !bytes.Equal(beacon.EncodeEntry(round, proofs), raw) {
			t.Fatalf("%d proofs of %d bytes encode to others", len(proofs), len(raw))
		}
	})
}

// FuzzDecodeExtension: the same of what a vote carries.
func FuzzDecodeExtension(f *testing.F) {
	f.Add(beacon.EncodeExtension(1, proof(0)))
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, raw []byte) {
		round, p, err := beacon.DecodeExtension(raw)
		if err == nil && !bytes.Equal(beacon.EncodeExtension(round, p), raw) {
			t.Fatal("it encodes to other bytes")
		}
	})
}
