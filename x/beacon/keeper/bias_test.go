package keeper_test

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"math"
	"os"
	"slices"
	"strconv"
	"testing"
	"time"

	"ayni.example/x/beacon"
	"ayni.example/x/internal/ledgertest"
)

// Each of the statistical tests below fails by chance at most once in 100,000 runs: 4.42 standard deviations of a normal
// distribution, and for 15 degrees of freedom a chi-squared of 48.2.
const (
	deviations = 4.42
	chiMost    = 48.2
)

// coalition is a beacon of n seats, the first m of which withhold as it suits them and propose the blocks at the beginning of
// each window.
type coalition struct {
	*fixture
	names []string
	m     int
}

func newCoalition(tb testing.TB, seed uint64, n, m int) *coalition {
	tb.Helper()
	c := &coalition{fixture: newFixture(tb), m: m}
	c.params(func(p *beacon.Params) {
		p.WindowBlocks, p.WindowSeconds, p.Allowance, p.KeepRounds = 1, 1, 1_000, 2
	})
	for i := range n {
		name := fmt.Sprint("seat ", i)
		c.names = append(c.names, name)
		c.Members.Set(ledgertest.Account(name), true)
		c.keys[name] = keyFrom(seed, i)
		c.send(c.registration(name, c.keys[name]))
	}
	return c
}

func keyFrom(seed uint64, i int) ed25519.PrivateKey {
	digest := sha256.Sum256(binary.BigEndian.AppendUint64(binary.BigEndian.AppendUint64(nil, seed), uint64(i)))
	return ed25519.NewKeyFromSeed(digest[:])
}

// play is one round in which the coalition, having seen every honest proof, contributes the subset of its own that makes the
// event come true, if there is one. Its blocks carry no honest proof; honest proposers carry all that they were sent.
func (c *coalition) play(event func(beacon.Round) bool) beacon.Round {
	c.tb.Helper()
	number := c.request()
	c.step(nil)
	proofs := map[string][]byte{}
	for _, name := range c.names {
		proofs[name] = c.extension(name)
	}
	chosen := c.choose(c.round(number), proofs, event)
	for block := 0; c.round(number).Open(); block++ {
		votes := append([][]byte{}, chosen...)
		if block%len(c.names) >= c.m {
			for _, name := range c.names[c.m:] {
				votes = append(votes, proofs[name])
			}
		}
		entry, err := c.Beacon.Entry(c.Ctx, votes, 1<<20)
		ledgertest.Must(c.tb, err)
		c.step(entry)
	}
	r := c.round(number)
	if got, want := r.Contributions(), len(c.names)-c.m+len(chosen); got != want {
		c.tb.Fatalf("%d proofs are in, want those of all honest seats and %d more", got, len(chosen))
	}
	return r
}

// step is a block without the checks that read the whole state.
func (c *coalition) step(entry []byte) {
	c.Advance(1, time.Second)
	c.Beacon.PreBlock(c.Ctx, entry)
	c.Schedule.EndBlock(c.Ctx)
}

// choose tries every subset of the coalition's proofs upon all honest ones.
func (c *coalition) choose(r beacon.Round, proofs map[string][]byte, event func(beacon.Round) bool) [][]byte {
	c.tb.Helper()
	var subset [][]byte
	for bits := range 1 << c.m {
		try := r
		try.Entrants = slices.Clone(r.Entrants)
		subset = nil
		for i, name := range c.names {
			if i < c.m && bits>>i&1 == 0 {
				continue
			}
			_, proof, err := beacon.DecodeExtension(proofs[name])
			ledgertest.Must(c.tb, err)
			try.Entrants[proof.Entrant].Proof = proof.Proof[:]
			if i < c.m {
				subset = append(subset, proofs[name])
			}
		}
		var err error
		try.Output, err = try.Sum()
		ledgertest.Must(c.tb, err)
		if event(try) {
			break
		}
	}
	return subset
}

func seeds(tb testing.TB) uint64 {
	tb.Helper()
	seed := uint64(time.Now().UnixNano()) % 1_000_000
	if text := os.Getenv("SEED"); text != "" {
		given, err := strconv.ParseUint(text, 10, 64)
		ledgertest.Must(tb, err)
		seed = given
	}
	tb.Logf("SEED=%d", seed)
	return seed
}

// TestBias measures what withholding wins: of an event of probability p, a coalition of m gets 1-(1-p)^(2^m), and no more.
func TestBias(t *testing.T) {
	seed, rounds := seeds(t), 2_000
	if testing.Short() {
		rounds = 150
	}
	const p = 1.0 / 8
	event := func(r beacon.Round) bool { return r.Output[0]&7 == 0 }
	for _, tt := range []struct{ n, m int }{{4, 0}, {4, 1}, {7, 2}} {
		t.Run(fmt.Sprintf("%d of %d withhold", tt.m, tt.n), func(t *testing.T) {
			c := newCoalition(t, seed, tt.n, tt.m)
			hits, withheld := 0, 0
			for range rounds {
				r := c.play(event)
				withheld += len(r.Missing())
				if event(r) {
					hits++
				}
			}
			bound := 1 - math.Pow(1-p, math.Pow(2, float64(tt.m)))
			measured, sigma := float64(hits)/float64(rounds), math.Sqrt(bound*(1-bound)/float64(rounds))
			t.Logf("p %.3f, bound %.4f, measured %.4f in %d rounds (%+.2f standard deviations), %d proofs withheld",
				p, bound, measured, rounds, (measured-bound)/sigma, withheld)
			if math.Abs(measured-bound) > deviations*sigma {
				t.Fatalf("measured %.4f, the bound is %.4f", measured, bound)
			}
			if (withheld == 0) != (tt.m == 0) {
				t.Fatalf("%d proofs withheld", withheld)
			}
		})
	}
}

// TestUniform: outputs and draws of honest rounds are even in every half byte.
func TestUniform(t *testing.T) {
	seed, rounds := seeds(t), 1_000
	if testing.Short() {
		rounds = 100
	}
	c := newCoalition(t, seed, 3, 0)
	var outputs, draws [16]int
	for range rounds {
		r := c.play(func(beacon.Round) bool { return true })
		draw, err := c.Beacon.At(c.Ctx, r.Number, "test")
		ledgertest.Must(t, err)
		for i := range draw {
			outputs[r.Output[i]&15]++
			outputs[r.Output[i]>>4]++
			draws[draw[i]&15]++
			draws[draw[i]>>4]++
		}
	}
	for name, counts := range map[string][16]int{"outputs": outputs, "draws": draws} {
		want, chi := float64(rounds)*64/16, 0.0
		for _, n := range counts {
			chi += (float64(n) - want) * (float64(n) - want) / want
		}
		t.Logf("%s: chi-squared %.1f of %d half bytes", name, chi, rounds*64)
		if chi > chiMost {
			t.Errorf("%s are not even: %v", name, counts)
		}
	}
}
