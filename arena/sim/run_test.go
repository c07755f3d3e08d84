package sim_test

import (
	"flag"
	"math"
	"testing"

	"ayni.example/arena/sim"
	"ayni.example/x/arena/anchored"
	"ayni.example/x/arena/yuma"
)

var seeds = flag.Int("seeds", 2, "seeds that each attack is played with")

func standard() sim.Mechanism { return &sim.Anchored{Rules: anchored.Standard()} }

// unskilled lets everybody count whole, whatever canaries say of it, and canaries count next to nothing.
func unskilled() sim.Mechanism {
	r := anchored.Standard()
	r.SkillLeast, r.ErrorSlope, r.LeastGate, r.Aware = anchored.One, 0, 0, 0
	return &sim.Anchored{Rules: r}
}

func classic() sim.Mechanism {
	return &sim.Yuma{Params: yuma.Params{
		Kappa: 32767, BondsPenalty: 65535, BondsMovingAverage: 900_000, AlphaLow: 45875, AlphaHigh: 58982, AlphaSteepness: 1000,
		ActivityCutoff: 5000, MaxAllowedValidators: 20, Owner: yuma.NoOwner,
	}}
}

func liquid() sim.Mechanism {
	m := classic().(*sim.Yuma)
	m.Params.Yuma3, m.Params.LiquidAlpha, m.Params.AlphaLow, m.Params.AlphaHigh = true, true, 6553, 19660
	return m
}

// mean is a figure's, with half of its interval of 95 %.
func mean(t *testing.T, a sim.Attack, m func() sim.Mechanism, figure func(sim.Outcome) float64) (centre, half float64) {
	t.Helper()
	sum, squares, n := 0.0, 0.0, float64(*seeds)
	for seed := range int64(*seeds) {
		o, err := sim.Run(a, m(), 100+seed)
		if err != nil {
			t.Fatal(err)
		}
		sum, squares = sum+figure(o), squares+figure(o)*figure(o)
	}
	centre = sum / n
	return centre, 1.96 * math.Sqrt(math.Max(0, squares/n-centre*centre)/math.Max(1, n-1))
}

func pay(o sim.Outcome) float64  { return o.Pay }
func gain(o sim.Outcome) float64 { return o.Take / o.Fair }
func take(o sim.Outcome) float64 { return o.Take }
func rank(o sim.Outcome) float64 { return o.Rank }
func off(o sim.Outcome) float64  { return o.Error }

// TestAttacks holds the standard rules to their goals; an attack that has a bound must beat it where the defence is off.
func TestAttacks(t *testing.T) {
	if testing.Short() {
		t.Skip("plays 19 attacks against four mechanisms")
	}
	for _, c := range []struct {
		name   string
		attack sim.Attack
		figure func(sim.Outcome) float64
		least  float64
		most   float64
		beats  bool
	}{
		{"copier", sim.Attack{First: sim.Copier}, pay, 0, 0.05, true},
		{"copier 1 late", sim.Attack{First: sim.Copier, Delay: 1}, pay, 0, 0.05, true},
		{"copier 2 late", sim.Attack{First: sim.Copier, Delay: 2}, pay, 0, 0.05, true},
		{"copier 3 late", sim.Attack{First: sim.Copier, Delay: 3}, pay, 0, 0.05, true},
		{"lazy constant", sim.Attack{First: sim.Constant}, pay, 0, 0.05, true},
		{"lazy random", sim.Attack{First: sim.Random}, pay, 0, 0.05, true},
		{"smart 0.1", sim.Attack{Cabal: 0.1}, gain, 0, 0.35, true},
		{"smart 0.2", sim.Attack{Cabal: 0.2}, gain, 0, 0.35, true},
		{"smart 0.3", sim.Attack{Cabal: 0.3}, gain, 0, 0.35, true},
		{"smart 0.4", sim.Attack{Cabal: 0.4}, gain, 0, 0.35, true},
		{"smart 0.5", sim.Attack{Cabal: 0.5}, gain, 0, 0.35, true},
		{"smart 0.6", sim.Attack{Cabal: 0.6}, gain, 0, 0.35, true},
		{"smart 0.7", sim.Attack{Cabal: 0.7}, gain, 0, 0.35, true},
		{"smart 0.6 rank", sim.Attack{Cabal: 0.6}, rank, 0.90, 1, false},
		{"crude 0.55 take", sim.Attack{Cabal: 0.55, Crude: true}, take, 0, 0.05, true},
		{"leak 0.5, 0.3", sim.Attack{Cabal: 0.3, Leak: 0.5}, gain, 0, 1, false},
		{"leak 0.5, 0.55", sim.Attack{Cabal: 0.55, Leak: 0.5}, gain, 0, 1, false},
		{"honest error", sim.Attack{}, off, 0, 0.066, false},
		{"honest rank", sim.Attack{}, rank, 0.95, 1, false},
	} {
		v, h := mean(t, c.attack, standard, c.figure)
		u, _ := mean(t, c.attack, unskilled, c.figure)
		y, _ := mean(t, c.attack, classic, c.figure)
		z, _ := mean(t, c.attack, liquid, c.figure)
		t.Logf("%-16s %.3f±%.3f  off %.3f  yuma %.3f  yuma3 %.3f", c.name, v, h, u, y, z)
		if v < c.least || v > c.most {
			t.Errorf("%s: %.3f is not %.3f to %.3f", c.name, v, c.least, c.most)
		}
		if c.beats && u <= c.most {
			t.Errorf("%s: with the defence off it is %.3f, which the bound of %.3f would not tell", c.name, u, c.most)
		}
	}
}
