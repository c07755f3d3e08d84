package soundness_test

import (
	"errors"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"

	"ayni.example/zk/commit"
	"ayni.example/zk/field"
	"ayni.example/zk/poly"
	"ayni.example/zk/soundness"
	"ayni.example/zk/transcript"
)

func TestSearchReachesItsGoal(t *testing.T) {
	leaves := terms(soundness.Term{Name: "leaves", Count: 3 << 18, Kind: transcript.Keys, Draws: 1})
	for name, g := range map[string]soundness.Goal{
		"MLP of 4.2 M":            {Weights: 1 << 22, Witness: 1 << 16, Grinding: 12, MaxBytes: 220_000, Terms: leaves},
		"CNN of 264 k":            {Weights: 1 << 19, Witness: 1 << 17, Grinding: 12, MaxBytes: 200_000, Terms: leaves},
		"small, no grinding":      {Weights: 1 << 13, Witness: 1 << 14, MaxBytes: 200_000, Terms: leaves},
		"a little more than 2^22": {Weights: 1<<22 + 4096, Witness: 50_000, Grinding: 12, MaxBytes: 200_000, Terms: leaves},
		"one weight":              {Weights: 1, Witness: 1 << 10, MaxBytes: 200_000, Terms: terms()},
		"hidden":                  {Weights: 1 << 20, Witness: 1 << 16, Grinding: 12, HideWeights: true, HideWitness: true, MaxBytes: 300_000, Terms: leaves},
		"80 bits":                 {Weights: 1 << 22, Witness: 1 << 16, Grinding: 12, Bits: 80, MaxBytes: 170_000, Terms: terms()},
		"97 bits":                 {Weights: 1 << 12, Witness: 1 << 12, Bits: 97, Terms: leaves},
		"128 bits":                {Weights: 1 << 22, Witness: 1 << 16, Bits: 128, Terms: leaves},
		"128 bits in 500 kB":      {Weights: 1 << 22, Witness: 1 << 16, Bits: 128, MaxBytes: 500_000, Terms: leaves},
		"128 bits, hidden":        {Weights: 1 << 20, Witness: 1 << 16, Bits: 128, HideWeights: true, HideWitness: true, Terms: leaves},
		"128 bits, no terms":      {Weights: 1 << 10, Witness: 1 << 10, Bits: 128, Terms: terms()},
		"shortest in 10 ms":       {Weights: 1 << 22, Witness: 1 << 16, Grinding: 12, MaxTime: 10_000_000, Terms: leaves},
	} {
		t.Run(name, func(t *testing.T) {
			plan, err := soundness.Search(g)
			if err != nil {
				t.Fatal(err)
			}
			p := plan.Parameters
			if err := p.Validate(); err != nil {
				t.Fatal(err)
			}
			bits := soundness.Bound(g.Terms(p), p, p.Weights.Rows(g.Weights), p.Witness.Rows(g.Witness)).Bits()
			if want := max(g.Bits, 80); bits < want || bits != plan.Table.Bits() || g.Bits == 0 && bits < soundness.Default {
				t.Errorf("%d bits\n%s", bits, plan.Table)
			}
			if second := g.Bits > 96; second != (p.Profile() == 2) {
				t.Errorf("profile %d", p.Profile())
			}
			if g.MaxBytes > 0 && plan.Bytes > g.MaxBytes || g.MaxTime > 0 && plan.Time > g.MaxTime {
				t.Errorf("%d bytes in %d ns", plan.Bytes, plan.Time)
			}
			if g.HideWeights && (p.Weights.Tail < p.Weights.Queries || p.Witness.Tail < p.Witness.Queries) {
				t.Errorf("tails do not hide: %+v", p)
			}
			t.Logf("%d bits, %d bytes, %d us: %+v", bits, plan.Bytes, plan.Time/1000, p)
		})
	}
}

// terms do not depend on parameters.
func terms(list ...soundness.Term) func(commit.Parameters) []soundness.Term {
	return func(commit.Parameters) []soundness.Term { return list }
}

func TestSearchTradesTimeForLength(t *testing.T) {
	last := uint64(1 << 62)
	for _, bytes := range []uint64{160_000, 200_000, 300_000, 400_000} {
		plan, err := soundness.Search(soundness.Goal{Weights: 1 << 20, Witness: 1 << 15, Grinding: 12, MaxBytes: bytes})
		if err != nil {
			t.Fatal(err)
		}
		if plan.Time > last {
			t.Errorf("%d bytes: %d ns, more than for fewer bytes", bytes, plan.Time)
		}
		last = plan.Time
	}
}

func TestSearchIsDeterministic(t *testing.T) {
	g := soundness.Goal{Weights: 1 << 16, Witness: 1 << 12, Grinding: 12, MaxBytes: 150_000}
	first, err := soundness.Search(g)
	if err != nil {
		t.Fatal(err)
	}
	again, err := soundness.Search(g)
	if err != nil || !reflect.DeepEqual(again, first) {
		t.Errorf("searched again: %+v, not %+v (%v)", again.Parameters, first.Parameters, err)
	}
}

func TestSearchSaysWhatCannotBeHad(t *testing.T) {
	for name, g := range map[string]soundness.Goal{
		"129 bits":                 {Weights: 1 << 20, Witness: 1 << 16, Bits: 129},
		"128 bits in 100 kB":       {Weights: 1 << 20, Witness: 1 << 16, Bits: 128, MaxBytes: 100_000},
		"128 bits in 10 ms":        {Weights: 1 << 20, Witness: 1 << 16, Bits: 128, MaxTime: 10_000_000},
		"2^40 keys":                {Weights: 1 << 10, Witness: 1 << 10, Bits: 128, Terms: terms(soundness.Term{Name: "keys", Count: 1 << 40, Kind: transcript.Keys})},
		"20 kB":                    {Weights: 1 << 20, Witness: 1 << 16, Grinding: 12, MaxBytes: 20_000},
		"a microsecond":            {Weights: 1 << 20, Witness: 1 << 16, Grinding: 12, MaxTime: 1000},
		"more grinding":            {Weights: 1 << 20, Witness: 1 << 16, Grinding: 13},
		"2^40 weights":             {Weights: 1 << 40, Witness: 1 << 16},
		"a term of all challenges": {Weights: 1 << 10, Witness: 1 << 10, Terms: terms(soundness.Term{Name: "all", Count: 1 << 63})},
	} {
		if plan, err := soundness.Search(g); !errors.Is(err, soundness.ErrUnreachable) {
			t.Errorf("%s: %v %+v", name, err, plan.Parameters)
		} else {
			t.Log(err)
		}
	}
}

func TestNeeds(t *testing.T) {
	table := soundness.Bound([]soundness.Term{{Name: "leaves", Count: 3 << 18}}, parameters(), 200, 64)
	if list := table.Needs(table.Bits()); list != nil {
		t.Errorf("what is reached needs %q", list)
	}
	want := []string{
		"leaves: challenges from a field of 2^151 elements, this profile has 2^123.98",
		"fold of weights: challenges from a field of 2^151 elements, this profile has 2^123.98",
		"queries of weights: 144, not 110",
	}
	list := table.Needs(128)
	for _, w := range want {
		if !slices.Contains(list, w) {
			t.Errorf("%q does not say %q", list, w)
		}
	}
	p := parameters()
	p.Draws = commit.Draws{Rounds: 10, Keys: 20, Folds: 32}
	want = []string{"leaves: challenges from a field of 2^151 elements, nonces of 20 bits make it 2^143.98", "queries of weights: 144, not 110"}
	terms := []soundness.Term{{Name: "leaves", Count: 3 << 18, Kind: transcript.Keys}}
	if list := soundness.Bound(terms, p, 200, 64).Needs(128); !slices.Contains(list, want[0]) || !slices.Contains(list, want[1]) {
		t.Errorf("%q does not say %q", list, want)
	}
}

// TestLengthIsThatOfProofs opens what was searched for, and compares lengths.
func TestLengthIsThatOfProofs(t *testing.T) {
	g := soundness.Goal{Weights: 50_000, Witness: 1 << 13, Grinding: 8, HideWitness: true, MaxBytes: 250_000}
	plan, err := soundness.Search(g)
	if err != nil {
		t.Fatal(err)
	}
	p := plan.Parameters
	scheme, err := commit.NewScheme(p)
	if err != nil {
		t.Fatal(err)
	}
	random := rand.NewChaCha8([32]byte{1})
	w := transcript.NewWriter(p.Transcript())
	weights, err := scheme.CommitWeights(make([]field.Element, g.Weights), random)
	if err != nil {
		t.Fatal(err)
	}
	witness, err := scheme.CommitWitness(make([]field.Element, g.Witness), random)
	if err != nil {
		t.Fatal(err)
	}
	if err := scheme.Open(w, opening(weights, p.Weights, g.Weights), opening(witness, p.Witness, g.Witness)); err != nil {
		t.Fatal(err)
	}
	got, longest := uint64(len(w.Proof())), commit.Cost(p, p.Weights.Rows(g.Weights), p.Witness.Rows(g.Witness)).Bytes
	if got > longest || got*100 < plan.Bytes*97 || got*100 > plan.Bytes*103 {
		t.Errorf("%d bytes, planned %d, at most %d", got, plan.Bytes, longest)
	}
}

func opening(c *commit.Commitment, code commit.Code, values int) commit.Opening {
	s := commit.Statement{Rows: make([]field.E, code.Rows(values)), Point: make([]field.E, code.Columns)}
	for i := range s.Rows {
		s.Rows[i] = field.Int(int64(i + 2))
	}
	fold := field.NewVec(1 << code.Columns)
	s.Value = poly.Eval(fold, s.Point)
	return commit.Opening{Commitment: c, Statement: s, Fold: fold}
}
