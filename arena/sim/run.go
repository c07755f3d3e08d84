package sim

import (
	"math"
	"math/rand"
	"slices"
)

// arena is one under attack.
type arena struct {
	*rand.Rand //nolint:forbidigo // it is seeded
	Attack
	base, truth, stake []float64
	cabal              []bool
	estimates, history [][]float64
}

// Run plays an attack against a new mechanism.
func Run(a Attack, m Mechanism, seed int64) (Outcome, error) {
	w := newArena(a, seed)
	public := slices.Repeat([]float64{0.6}, contestants)
	var o Outcome
	var squares, first, honest, honestStake float64
	for epoch := range epochs {
		w.drift()
		w.history = append(w.history, public)
		quality, prizes, pay, err := m.score(w.stake, w.work(public), w.weights())
		if err != nil {
			return o, err
		}
		scale := 0.0
		for _, q := range w.truth {
			scale += q * q
		}
		if _, agreed := m.(*Yuma); agreed {
			for j := range quality { // Yuma has shares alone
				quality[j] = math.Min(1, quality[j]*math.Sqrt(scale))
			}
		}
		public = quality
		if epoch < warm {
			continue
		}
		for i, p := range pay {
			switch {
			case w.cabal[i]:
				o.Take += p / 2
				o.Fair += w.stake[i] / 2
			case i == 0 && a.First != Honest:
				first += p / w.stake[i]
			default:
				honest, honestStake = honest+p, honestStake+w.stake[i]
			}
		}
		for j := range contestants {
			squares += (quality[j] - w.truth[j]) * (quality[j] - w.truth[j])
			if j < owned {
				o.Take += prizes[j] / 2
				o.Fair += w.truth[j] * w.truth[j] / scale / 2
			}
		}
		o.Rank += correlation(quality, w.truth)
	}
	const n = epochs - warm
	o.Pay = first / n / math.Max(honest/math.Max(honestStake, 1e-9), 1e-9)
	o.Take, o.Fair, o.Rank, o.Error = o.Take/n, o.Fair/n, o.Rank/n, math.Sqrt(squares/n/contestants)
	return o, nil
}

func newArena(a Attack, seed int64) *arena {
	w := &arena{Rand: rand.New(rand.NewSource(seed)), Attack: a} //nolint:gosec,forbidigo // a simulation repeats itself
	for j := range contestants {
		q := 0.35 + 0.6*w.Float64()
		if j < owned {
			q = 0.2
		}
		w.base = append(w.base, q)
	}
	w.truth = slices.Clone(w.base)
	members := int(math.Round(a.Cabal * evaluators))
	for i := range evaluators {
		in := i >= evaluators-members
		w.cabal, w.estimates = append(w.cabal, in), append(w.estimates, slices.Repeat([]float64{0.6}, contestants))
		if in {
			w.stake = append(w.stake, a.Cabal/float64(members))
		} else {
			w.stake = append(w.stake, (1-a.Cabal)/float64(evaluators-members))
		}
	}
	return w
}

func (w *arena) drift() {
	for j := owned; j < contestants; j++ {
		w.truth[j] = within(w.truth[j]+0.1*(w.base[j]-w.truth[j])+0.04*w.NormFloat64(), 0.02, 0.98)
	}
}

// work has every contestant answer and those drawn report.
func (w *arena) work(public []float64) []answer {
	list := make([]answer, 0, contestants*tasks)
	sums, counts := make([][contestants]float64, evaluators), make([][contestants]float64, evaluators)
	for j := range contestants {
		for range tasks {
			a := answer{contestant: j, canary: w.Float64() < canaryRate, passed: w.Float64() < w.truth[j], drawn: w.Perm(evaluators)[:overlap]}
			known := a.canary && w.Float64() < w.Leak
			a.passed = a.passed || known && j < owned && w.Cabal > 0
			for _, i := range a.drawn {
				good := a.passed == (w.Float64() < rightRate)
				a.reports = append(a.reports, w.report(i, j, within(public[j], 0.05, 0.95), good, known))
				counts[i][j]++
				if good {
					sums[i][j]++
				}
			}
			list = append(list, a)
		}
	}
	for i := range evaluators {
		for j := range contestants {
			if counts[i][j] > 0 {
				seen := within((sums[i][j]/counts[i][j]-(1-rightRate))/(2*rightRate-1), 0, 1)
				w.estimates[i][j] += 0.25 * (seen - w.estimates[i][j])
			}
		}
	}
	return list
}

func (w *arena) report(i, j int, prior float64, good, known bool) float64 {
	switch {
	case w.cabal[i] && j < owned && !known:
		return 1
	case w.cabal[i] && j >= owned && w.Crude && !known:
		return 0
	case i == 0 && w.First == Copier:
		return within(w.history[max(0, len(w.history)-1-w.Delay)][j], 0.05, 0.95)
	case i == 0 && w.First == Constant:
		return 0.6
	case i == 0 && w.First == Random:
		return w.Float64()
	}
	return posterior(prior, good)
}

// weights are what evaluators would say where they name shares.
func (w *arena) weights() [][]float64 {
	rows := make([][]float64, evaluators)
	for i := range rows {
		for j := range contestants {
			v := w.estimates[i][j] * w.estimates[i][j]
			switch {
			case w.cabal[i] && j < owned:
				v = 1
			case w.cabal[i] && w.Crude:
				v = 0
			case i == 0 && w.First == Copier:
				old := w.history[max(0, len(w.history)-1-w.Delay)][j]
				v = old * old
			case i == 0 && w.First == Constant:
				v = 1
			case i == 0 && w.First == Random:
				v = w.Float64()
			}
			rows[i] = append(rows[i], v)
		}
	}
	return rows
}

// correlation is that of ranks.
func correlation(a, b []float64) float64 {
	x, y, sum := ranks(a), ranks(b), 0.0
	for i := range x {
		sum += (x[i] - y[i]) * (x[i] - y[i])
	}
	n := float64(len(x))
	return 1 - 6*sum/(n*(n*n-1))
}

func ranks(list []float64) []float64 {
	order := make([]int, len(list))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int {
		switch {
		case list[a] < list[b]:
			return -1
		case list[a] > list[b]:
			return 1
		}
		return 0
	})
	r := make([]float64, len(list))
	for k, i := range order {
		r[i] = float64(k)
	}
	return r
}
