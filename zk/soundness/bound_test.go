package soundness_test

import (
	"math"
	"math/big"
	"strings"
	"testing"

	"ayni.example/zk/commit"
	"ayni.example/zk/soundness"
	"ayni.example/zk/transcript"
)

func parameters() commit.Parameters {
	return commit.Parameters{
		Weights: commit.Code{Columns: 14, InverseRate: 8, Queries: 110}, Witness: commit.Code{Columns: 10, InverseRate: 4, Queries: 140, Tail: 256},
		Grinding: 12, Levels: []commit.Level{{Rows: 5, InverseRate: 4, Queries: 140}},
	}
}

// TestBoundByFloats compares each line with the same formula in floating point.
func TestBoundByFloats(t *testing.T) {
	field := math.Log2(float64(1<<31-1<<24+1)) * 4
	queries := func(rate float64, n int) float64 { return -float64(n)*math.Log2((1+rate)/2) + 12 }
	want := map[string]float64{
		"leaves":                field - math.Log2(3<<17),
		"fold of weights":       field - math.Log2(8<<17),
		"queries of weights":    queries(1./8, 110),
		"fold of witness":       field - math.Log2(7<<12),
		"queries of witness":    queries(5./16, 140),
		"fold of level 0":       field - math.Log2(5<<12),
		"queries of level 0":    queries(1./4, 140),
		"batches of claims":     field - math.Log2(3+110+140+140),
		"rounds of the opening": field - math.Log2(2*15),
	}
	table := soundness.Bound([]soundness.Term{{Name: "leaves", Count: 3 << 17}}, parameters(), 200, 64)
	sum := 0.0
	for _, l := range table.Lines {
		got := 256 - log2(l.Error)
		sum += math.Exp2(-got)
		if want, ok := want[l.Name]; ok && math.Abs(got-want) > 1e-6 {
			t.Errorf("%s: 2^-%.6f, want 2^-%.6f", l.Name, got, want)
		}
		delete(want, l.Name)
	}
	for name := range want {
		t.Errorf("no line is named %s", name)
	}
	if bits := -math.Log2(sum); table.Bits() != min(int(bits), 96) {
		t.Errorf("%d bits, want %f", table.Bits(), bits)
	}
	if !strings.Contains(table.String(), "queries of weights") {
		t.Error(table)
	}
}

// TestSecondBoundByFloats has a nonce before each draw: what is bad of a challenge is divided by the work of its kind.
func TestSecondBoundByFloats(t *testing.T) {
	p := parameters()
	p.Grinding, p.Draws = 20, commit.Draws{Rounds: 15, Keys: 25, Folds: 22}
	field := math.Log2(float64(1<<31-1<<24+1)) * 4
	queries := func(rate float64, n int) float64 { return -float64(n)*math.Log2((1+rate)/2) + 20 }
	want := map[string]float64{
		"leaves":                field - math.Log2(3<<17) + 25,
		"layers":                field - math.Log2(400) + 15,
		"blocks":                field - math.Log2(70<<10) + 22,
		"fold of weights":       field - math.Log2(8<<17) + 22,
		"queries of weights":    queries(1./8, 110),
		"fold of witness":       field - math.Log2(7<<12) + 22,
		"queries of witness":    queries(5./16, 140),
		"fold of level 0":       field - math.Log2(5<<12) + 22,
		"queries of level 0":    queries(1./4, 140),
		"batches of claims":     field - math.Log2(3+110+140+140) + 20,
		"rounds of the opening": field - math.Log2(2*15) + 15,
	}
	table := soundness.Bound([]soundness.Term{
		{Name: "leaves", Count: 3 << 17, Kind: transcript.Keys, Draws: 3},
		{Name: "layers", Count: 400, Kind: transcript.Rounds, Draws: 100},
		{Name: "blocks", Count: 70 << 10, Kind: transcript.Folds},
	}, p, 200, 64)
	if want := uint64(3<<25 + 100<<15 + 15<<15 + 20<<22 + 2<<20); table.Work != want {
		t.Errorf("%d hashes of work, want %d", table.Work, want)
	}
	sum := 0.0
	for _, l := range table.Lines {
		got := 256 - log2(l.Error)
		sum += math.Exp2(-got)
		if l.Name == "reduced challenges" {
			continue
		}
		if math.Abs(got-want[l.Name]) > 1e-6 {
			t.Errorf("%s: 2^-%.6f, want 2^-%.6f", l.Name, got, want[l.Name])
		}
		delete(want, l.Name)
	}
	if len(want) > 0 {
		t.Errorf("no lines are named %v", want)
	}
	if bits := -math.Log2(sum); table.Bits() != int(bits) {
		t.Errorf("%d bits, want %f", table.Bits(), bits)
	}
}

func log2(x *big.Int) float64 {
	f, _ := new(big.Float).SetInt(x).Float64()
	return math.Log2(f)
}

func TestBoundFallsWithWeakerParameters(t *testing.T) {
	bits := func(change func(p *commit.Parameters)) *big.Int {
		p := parameters()
		p.Draws = commit.Draws{Rounds: 5, Keys: 6, Folds: 7}
		change(&p)
		return soundness.Bound([]soundness.Term{{Name: "keys", Count: 1 << 30, Kind: transcript.Keys}}, p, 200, 64).Total
	}
	honest := bits(func(*commit.Parameters) {})
	for name, change := range map[string]func(p *commit.Parameters){
		"a query less":           func(p *commit.Parameters) { p.Levels[0].Queries-- },
		"a bit less of grinding": func(p *commit.Parameters) { p.Grinding-- },
		"a higher rate":          func(p *commit.Parameters) { p.Weights.InverseRate = 4 },
		"a longer tail":          func(p *commit.Parameters) { p.Witness.Tail = 512 },
		"fewer bits of rounds":   func(p *commit.Parameters) { p.Draws.Rounds-- },
		"fewer bits of keys":     func(p *commit.Parameters) { p.Draws.Keys-- },
		"fewer bits of folds":    func(p *commit.Parameters) { p.Draws.Folds-- },
		"longer rows":            func(p *commit.Parameters) { p.Weights.Columns++ },
	} {
		if bits(change).Cmp(honest) <= 0 {
			t.Errorf("%s does not show", name)
		}
	}
}

// TestNoMoreThanTheHashes has steps that hardly ever fail: two columns with one hash are found all the same.
func TestNoMoreThanTheHashes(t *testing.T) {
	p := parameters()
	p.Weights.Queries, p.Witness.Queries = 1000, 1000
	for i := range p.Levels {
		p.Levels[i].Queries = 1000
	}
	table := soundness.Bound(nil, p, 1, 1)
	if limit := new(big.Int).Lsh(big.NewInt(1), 256-98); table.Total.Cmp(limit) > 0 {
		t.Fatalf("the steps fail too often for this test:\n%s", table)
	}
	if table.Bits() != 96 || table.Needs(97) == nil || table.Needs(96) != nil {
		t.Errorf("%d bits; 97 need %q", table.Bits(), table.Needs(97))
	}
	p.Grinding, p.Draws = 24, commit.Draws{Rounds: 32, Keys: 32, Folds: 32}
	table = soundness.Bound(nil, p, 1, 1)
	if limit := new(big.Int).Lsh(big.NewInt(1), 256-129); table.Total.Cmp(limit) > 0 {
		t.Fatalf("the steps of profile 2 fail too often for this test:\n%s", table)
	}
	if table.Bits() != 128 || table.Needs(129) == nil || table.Needs(128) != nil {
		t.Errorf("%d bits in profile 2; 129 need %q", table.Bits(), table.Needs(129))
	}
}
