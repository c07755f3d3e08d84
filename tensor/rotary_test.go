package tensor_test

import (
	"fmt"
	"hash/fnv"
	"math"
	"testing"

	"ayni.example/tensor"
)

// TestYarnFollowsItsFormula computes the angles again with package math, in float64.
func TestYarnFollowsItsFormula(t *testing.T) {
	const dims, base = 64, 1e6
	y := tensor.Yarn{Factor: 4, Context: 32768, BetaFast: 32, BetaSlow: 1, Magnitude: 1 + 0.1*math.Log(4)}
	pair := func(turns float64) float64 {
		return dims * math.Log(y.Context/(turns*2*math.Pi)) / (2 * math.Log(base))
	}
	low, high := math.Floor(pair(y.BetaFast)), math.Ceil(pair(y.BetaSlow))
	r := tensor.NewYarn(dims, base, y, nil)
	plain, stretched := tensor.NewRotary(dims, base, 1, nil), tensor.NewRotary(dims, base, 1/y.Factor, nil)
	for _, pos := range []int{0, 1, 31, 1000, 131071} {
		sin, cos := angles(r, pos)
		s1, c1 := angles(plain, pos)
		s2, c2 := angles(stretched, pos)
		for i := range sin {
			g := math.Pow(base, -2*float64(i)/dims)
			k := min(1, max(0, (float64(i)-low)/(high-low)))
			s, c := math.Sincos(float64(pos) * (g*(1-k) + g/y.Factor*k))
			if math.Abs(float64(sin[i])-s*y.Magnitude) > 1e-6 || math.Abs(float64(cos[i])-c*y.Magnitude) > 1e-6 {
				t.Errorf("position %d, pair %d: %v %v, want %v %v", pos, i, sin[i], cos[i], s*y.Magnitude, c*y.Magnitude)
			}
			m := float32(y.Magnitude)
			if i <= int(low) && (apart(sin[i], s1[i]*m) || apart(cos[i], c1[i]*m)) || i >= int(high) && (apart(sin[i], s2[i]*m) || apart(cos[i], c2[i]*m)) {
				t.Errorf("position %d, pair %d is neither kept nor stretched", pos, i)
			}
		}
	}
}

// apart tells that two values differ by more than a few roundings.
func apart(a, b float32) bool { return math.Abs(float64(a-b)) > 1e-6 }

func angles(r *tensor.Rotary, pos int) (sin, cos []float32) {
	sin, cos = make([]float32, r.Pairs()), make([]float32, r.Pairs())
	r.Angles(pos, sin, cos)
	return sin, cos
}

// TestRotaryKeepsItsBits is frozen with profile 1.
func TestRotaryKeepsItsBits(t *testing.T) {
	yarn := tensor.Yarn{Factor: 4, Context: 4096, BetaFast: 32, BetaSlow: 1, Magnitude: 1 + float64(0.1*tensor.Log(4))}
	for name, c := range map[string]struct {
		r    *tensor.Rotary
		want string
	}{
		"plain":   {tensor.NewRotary(32, 10000, 1, nil), "bc6f02a840ad0af6"},
		"linear":  {tensor.NewRotary(32, 10000, float64(float32(1)/3), nil), "8d0918f759650b41"},
		"factors": {tensor.NewRotary(8, 500000, 1, []float32{1, 1.5, 8, 0.25}), "ee00347a09f1dfc5"},
		"yarn":    {tensor.NewYarn(32, 1e6, yarn, nil), "1fca8635063d1e89"},
	} {
		h := fnv.New64a()
		for pos := range 300 {
			sin, cos := angles(c.r, pos*pos)
			for i := range sin {
				fmt.Fprintf(h, "%08x%08x", math.Float32bits(sin[i]), math.Float32bits(cos[i]))
			}
		}
		if got := fmt.Sprintf("%016x", h.Sum64()); got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
}
