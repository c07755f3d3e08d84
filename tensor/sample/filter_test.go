package sample_test

import (
	"cmp"
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"ayni.example/tensor"
	"ayni.example/tensor/sample"
)

type scored struct {
	id int32
	z  float32
}

// plain is the definition in docs/spec/numerics-1.md, step by step, over the allowed tokens.
func plain(cfg sample.Config, position uint64, logits []float32, allowed func(id int) bool) int32 {
	var cand []scored
	for i, v := range logits {
		if allowed(i) {
			cand = append(cand, scored{int32(i), v / cfg.Temperature})
		}
	}
	sorted := func() {
		slices.SortFunc(cand, func(a, b scored) int { return cmp.Or(cmp.Compare(b.z, a.z), cmp.Compare(a.id, b.id)) })
	}
	ascending := func() { slices.SortFunc(cand, func(a, b scored) int { return cmp.Compare(a.id, b.id) }) }
	if cfg.TopK > 0 && cfg.TopK < len(cand) {
		sorted()
		cand = cand[:cfg.TopK]
		ascending()
	}
	most := func() float32 { return slices.MaxFunc(cand, func(a, b scored) int { return cmp.Compare(a.z, b.z) }).z }
	if cfg.TopP > 0 && cfg.TopP < 1 {
		top, total, sum := most(), 0.0, 0.0
		for _, c := range cand {
			total += float64(tensor.Exp(c.z - top))
		}
		sorted()
		for i, c := range cand {
			if i > 0 && sum >= float64(cfg.TopP)*total {
				cand = cand[:i]
				break
			}
			sum += float64(tensor.Exp(c.z - top))
		}
		ascending()
	}
	if cfg.MinP > 0 {
		top := most()
		cand = slices.DeleteFunc(cand, func(c scored) bool { return tensor.Exp(c.z-top) < cfg.MinP })
	}
	noise, best, score := sample.NewNoise(cfg.Seed, position), int32(-1), math.Inf(-1)
	for _, c := range cand {
		if s := float64(c.z) + noise.At(c.id); s > score {
			best, score = c.id, s
		}
	}
	return best
}

// some allows tokens by their bits, and remembers what was chosen.
type some struct {
	mask   []uint64
	chosen []int32
}

func (s *some) Allowed() ([]uint64, error) { return s.mask, nil }
func (s *some) Accept(id int32) error      { s.chosen = append(s.chosen, id); return nil }
func (s *some) has(id int) bool            { return s.mask[id/64]>>(id%64)&1 != 0 }

// TestChoiceIsItsDefinition draws from rows of every kind: many equal values, steep and flat, with and without a constraint.
func TestChoiceIsItsDefinition(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 0))
	for n := range 3000 {
		size := 1 + r.IntN(400)
		if n%100 == 0 {
			size += 5000
		}
		logits := make([]float32, size)
		spread, step := math.Exp(r.Float64()*12-6), math.Exp2(float64(r.IntN(24)))
		for i := range logits {
			logits[i] = float32(math.Round(r.NormFloat64()*spread*step) / step)
		}
		cfg := sample.Config{Temperature: []float32{0.7, 1, 1.3, 0.001, 100, 1e-3 + r.Float32()}[r.IntN(6)], Seed: r.Uint64()}
		if r.IntN(2) == 0 {
			cfg.TopK = 1 + r.IntN(60)
		}
		if r.IntN(2) == 0 {
			cfg.TopP = r.Float32()
		}
		if r.IntN(3) == 0 {
			cfg.MinP = r.Float32()
		}
		only := &some{mask: make([]uint64, (size+63)/64)}
		for i := range only.mask {
			only.mask[i] = r.Uint64() & r.Uint64() & r.Uint64()
		}
		only.mask[0] |= 1
		s, err := sample.New(cfg, []int32{1, 2, 3})
		if err != nil {
			t.Fatal(err)
		}
		allowed := func(int) bool { return true }
		if n%2 == 0 {
			s.Constrain(only)
			allowed = only.has
		}
		want := plain(cfg, 3, logits, allowed)
		if got, err := s.Next(slices.Clone(logits)); err != nil || got != want || (n%2 == 0 && !slices.Equal(only.chosen, []int32{want})) {
			t.Fatalf("%+v drew %d, %v, want %d of %v", cfg, got, err, want, logits)
		}
	}
}

func TestConstraintThatAllowsNothing(t *testing.T) {
	for _, temperature := range []float32{0, 1} {
		s, err := sample.New(sample.Config{Temperature: temperature}, nil)
		if err != nil {
			t.Fatal(err)
		}
		s.Constrain(&some{mask: []uint64{0, 1 << 5}}) // a token beyond the vocabulary
		if _, err := s.Next([]float32{1, 2}); !errors.Is(err, sample.ErrNoToken) {
			t.Errorf("temperature %v: %v", temperature, err)
		}
		s.Constrain(&some{mask: []uint64{4}})
		if id, err := s.Next([]float32{3, 2, 1, 0}); err != nil || id != 2 {
			t.Errorf("temperature %v: %d, %v, want 2", temperature, id, err)
		}
	}
}
