package sample_test

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"ayni.example/tensor/sample"
)

func next(tb testing.TB, cfg sample.Config, prompt []int32, logits ...float32) int32 {
	tb.Helper()
	s, err := sample.New(cfg, prompt)
	if err != nil {
		tb.Fatal(err)
	}
	id, err := s.Next(slices.Clone(logits))
	if err != nil {
		tb.Fatal(err)
	}
	return id
}

func TestGreedyTakesTheLargestAndTheLeastId(t *testing.T) {
	for _, c := range []struct {
		want   int32
		logits []float32
	}{{2, []float32{1, 2, 3}}, {0, []float32{5, 5, 5}}, {1, []float32{-3, -1, -1}}} {
		if got := next(t, sample.Config{Seed: 9}, nil, c.logits...); got != c.want {
			t.Errorf("%v: %d, want %d", c.logits, got, c.want)
		}
	}
}

// The noise is part of the profile: these hashes and words come from its definition alone.
func TestNoiseIsItsDefinition(t *testing.T) {
	for _, c := range []struct{ seed, pos uint64 }{{0, 0}, {1, 2}, {math.MaxUint64, 1 << 40}} {
		n := sample.NewNoise(c.seed, c.pos)
		for _, v := range []int32{0, 1, 7, 8, 2047, 128000} {
			m := []byte("ayni/gumbel/1")
			m = binary.LittleEndian.AppendUint64(m, c.seed)
			m = binary.LittleEndian.AppendUint64(m, c.pos)
			m = binary.LittleEndian.AppendUint32(m, uint32(v/8))
			h := sha256.Sum256(m)
			u := (float64(binary.LittleEndian.Uint32(h[v%8*4:])) + 0.5) / (1 << 32)
			want := -math.Log(-math.Log(u))
			if got := n.At(v); math.Abs(got-want) > 1e-12*max(1, math.Abs(want)) {
				t.Errorf("noise(%d, %d, %d) = %v, want %v", c.seed, c.pos, v, got, want)
			}
		}
	}
}

// Pruning before the logarithms must not change a choice.
func TestDrawIsTheArgmaxOfAllScores(t *testing.T) {
	const seed = 11
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 0))
	for range 500 {
		logits := make([]float32, 1+r.IntN(300))
		spread := r.Float32() * 20
		for i := range logits {
			logits[i] = r.Float32() * spread
		}
		cfg := sample.Config{Temperature: 0.1 + r.Float32(), Seed: r.Uint64()}
		noise := sample.NewNoise(cfg.Seed, 3)
		best, most := 0, math.Inf(-1)
		for i, v := range logits {
			if s := float64(v/cfg.Temperature) + noise.At(int32(i)); s > most {
				best, most = i, s
			}
		}
		if got := next(t, cfg, []int32{1, 2, 3}, logits...); int(got) != best {
			t.Fatalf("drew %d, want %d", got, best)
		}
	}
}

func TestFrequenciesFollowTheSoftmax(t *testing.T) {
	logits := []float32{0, 1, 2, -1}
	const temperature, n = 0.7, 20000
	var total float64
	want := make([]float64, len(logits))
	for i, v := range logits {
		want[i] = math.Exp(float64(v) / temperature)
		total += want[i]
	}
	count := make([]float64, len(logits))
	for seed := range uint64(n) {
		count[next(t, sample.Config{Temperature: temperature, Seed: seed}, nil, logits...)]++
	}
	for i := range want {
		p := want[i] / total
		if sigma := math.Sqrt(p * (1 - p) / n); math.Abs(count[i]/n-p) > 5*sigma {
			t.Errorf("token %d: %v, want %v", i, count[i]/n, p)
		}
	}
}

func TestFiltersKeepWhatTheyShould(t *testing.T) {
	// Probabilities 0.5, 0.25, 0.125, 0.125 in another order than the ids.
	logits := []float32{float32(math.Log(0.125)), float32(math.Log(0.5)), float32(math.Log(0.125)), float32(math.Log(0.25))}
	for name, c := range map[string]struct {
		cfg  sample.Config
		want []int32
	}{
		"none":    {sample.Config{}, []int32{0, 1, 2, 3}},
		"top-k":   {sample.Config{TopK: 3}, []int32{0, 1, 3}},
		"top-k 1": {sample.Config{TopK: 1}, []int32{1}},
		"top-p":   {sample.Config{TopP: 0.6}, []int32{1, 3}},
		"top-p 1": {sample.Config{TopP: 0.01}, []int32{1}},
		"min-p":   {sample.Config{MinP: 0.3}, []int32{1, 3}},
		"all":     {sample.Config{TopK: 3, TopP: 0.99, MinP: 0.45}, []int32{1, 3}},
	} {
		c.cfg.Temperature = 1
		seen := make(map[int32]bool)
		for seed := range uint64(300) {
			c.cfg.Seed = seed
			seen[next(t, c.cfg, nil, logits...)] = true
		}
		var got []int32
		for id := range int32(4) {
			if seen[id] {
				got = append(got, id)
			}
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: drew %v, want %v", name, got, c.want)
		}
	}
}

func TestPenalties(t *testing.T) {
	repeat := sample.Config{RepeatPenalty: 2}
	if got := next(t, repeat, []int32{0}, 3, 2); got != 1 {
		t.Error("a positive logit of the prompt was not divided")
	}
	if got := next(t, repeat, []int32{0}, -1, -1.5); got != 1 {
		t.Error("a negative logit of the prompt was not multiplied")
	}
	if got := next(t, repeat, []int32{0, 0, 0, 0, 0}, 3, 1); got != 0 {
		t.Error("the penalty was applied more than once")
	}
	if got := next(t, repeat, append([]int32{0}, slices.Repeat([]int32{1}, sample.Window)...), 3, 2); got != 0 {
		t.Error("a token outside the window was penalised")
	}
	s, err := sample.New(sample.Config{FrequencyPenalty: 0.5, PresencePenalty: 0.25}, []int32{0, 0, 0})
	if err != nil {
		t.Fatal(err)
	}
	got := make([]int32, 0, 6)
	for range 6 {
		id, err := s.Next([]float32{2, 1})
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, id)
	}
	// 0 falls 2, 1.25, 0.75; 1 falls 1, 0.25: the prompt does not count.
	if want := []int32{0, 0, 1, 0, 0, 1}; !slices.Equal(got, want) {
		t.Errorf("frequency and presence: %v, want %v", got, want)
	}
}

func TestBadInputIsRefused(t *testing.T) {
	nan, inf := float32(math.NaN()), float32(math.Inf(1))
	for _, cfg := range []sample.Config{
		{Temperature: -1},
		{Temperature: nan},
		{Temperature: inf},
		{Temperature: 1e-9},
		{TopP: 1.5},
		{MinP: -0.1},
		{RepeatPenalty: -1},
		{FrequencyPenalty: inf},
		{PresencePenalty: nan},
	} {
		if _, err := sample.New(cfg, nil); err == nil {
			t.Errorf("accepted %+v", cfg)
		}
	}
	s, err := sample.New(sample.Config{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, logits := range [][]float32{{1, nan}, {inf, 0}, {-inf, 0}} {
		if _, err := s.Next(logits); !errors.Is(err, sample.ErrNotFinite) {
			t.Errorf("%v: %v", logits, err)
		}
	}
}

func TestTopMatchesASort(t *testing.T) {
	const seed = 5
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 0))
	for range 200 {
		logits := make([]float32, 1+r.IntN(50))
		for i := range logits {
			logits[i] = float32(r.IntN(8)) // many ties
		}
		ids := make([]int32, len(logits))
		for i := range ids {
			ids[i] = int32(i)
		}
		slices.SortStableFunc(ids, func(a, b int32) int { return int(logits[b] - logits[a]) })
		top := sample.Top(logits, 5)
		if len(top) != min(5, len(logits)) {
			t.Fatalf("%d alternatives", len(top))
		}
		for i, a := range top {
			if a.ID != ids[i] || a.Logprob != sample.Logprob(logits, a.ID) {
				t.Fatalf("%v: alternative %d is %+v, want id %d", logits, i, a, ids[i])
			}
		}
	}
	if sample.Top([]float32{1}, 0) != nil {
		t.Error("no alternatives were asked for")
	}
}

func BenchmarkDraw(b *testing.B) {
	logits := make([]float32, 2048)
	for i := range logits {
		logits[i] = float32(i*7919%2048) / 256
	}
	for name, cfg := range map[string]sample.Config{"plain": {Temperature: 1}, "top-p": {Temperature: 1, TopP: 0.95}} {
		b.Run(name, func(b *testing.B) {
			s, err := sample.New(cfg, nil)
			if err != nil {
				b.Fatal(err)
			}
			for b.Loop() {
				if _, err := s.Next(logits); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func ExampleSampler_Next() {
	s, _ := sample.New(sample.Config{Temperature: 1, Seed: 42}, []int32{5, 6})
	for range 5 {
		id, _ := s.Next([]float32{0, 0.5, 1, 1.5})
		fmt.Print(id, " ")
	}
	// Output: 1 3 3 2 0
}
