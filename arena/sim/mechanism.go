package sim

import (
	"math"

	"ayni.example/x/arena/anchored"
	"ayni.example/x/arena/yuma"
)

// answer is a task with what evaluators said of it.
type answer struct {
	contestant     int
	canary, passed bool
	drawn          []int
	reports        []float64
}

// Mechanism scores epochs: it returns qualities, and pay of contestants and evaluators.
type Mechanism interface {
	score(stake []float64, answers []answer, weights [][]float64) (quality, prizes, pay []float64, err error)
}

// Anchored is the mechanism of sealed canaries, by any rules.
type Anchored struct {
	Rules anchored.Rules
	epoch anchored.Epoch
}

func (m *Anchored) score(stake []float64, answers []answer, _ [][]float64) (quality, prizes, pay []float64, err error) { //nolint:unparam // as Yuma, which may fail
	e := &m.epoch
	if e.Contestants == nil {
		e.Contestants, e.Evaluators = make([]anchored.Contestant, contestants), make([]anchored.Evaluator, evaluators)
		for i := range e.Evaluators {
			e.Evaluators[i].Pairs = make([]anchored.Pair, contestants)
			e.Weights = append(e.Weights, uint64(stake[i]*float64(anchored.One)))
		}
	}
	e.Tasks, e.Reports = nil, make([][]byte, evaluators)
	for _, a := range answers {
		e.Tasks = append(e.Tasks, anchored.Task{Contestant: a.contestant, Evaluators: a.drawn, Canary: a.canary, Passed: a.passed})
		for k, i := range a.drawn {
			e.Reports[i] = append(e.Reports[i], byte(math.Round(255*a.reports[k])))
		}
	}
	r := m.Rules.Score(e)
	for j, c := range e.Contestants {
		quality = append(quality, float64(c.Quality)/float64(anchored.One))
		prizes = append(prizes, float64(r.Shares[j]))
	}
	for i, v := range e.Evaluators {
		pay = append(pay, float64(r.Reports[i])*float64(v.Skill)/float64(anchored.One)/(overlap*tasks*contestants))
	}
	return quality, normal(prizes), pay, nil
}

// Yuma pays agreement; uids are those of contestants, then evaluators.
type Yuma struct {
	Params yuma.Params
	bonds  [][]yuma.Cell
}

func (m *Yuma) score(stake []float64, _ []answer, weights [][]float64) (quality, prizes, pay []float64, err error) {
	const n = contestants + evaluators
	if m.bonds == nil {
		m.bonds = make([][]yuma.Cell, n)
	}
	e := &yuma.Epoch{
		Block: 10, LastTempo: 1, Stake: make([]uint64, n), LastUpdate: make([]uint64, n), Registered: make([]uint64, n), Permit: make([]bool, n),
		Weights: make([][]yuma.Cell, n), Bonds: m.bonds,
	}
	for i, row := range weights {
		uid, most := contestants+i, 0.0
		e.Stake[uid], e.LastUpdate[uid], e.Permit[uid] = uint64(stake[i]*1e12), 9, true
		for _, w := range row {
			most = math.Max(most, w)
		}
		for j, w := range row {
			e.Weights[uid] = append(e.Weights[uid], yuma.Cell{UID: uint16(j), Value: uint16(w / math.Max(most, 1e-9) * 65535)})
		}
	}
	r, err := yuma.Run(m.Params, e)
	if err != nil {
		return nil, nil, nil, err
	}
	m.bonds = r.Bonds
	for j := range contestants {
		prizes = append(prizes, float64(r.Incentive[j])/float64(yuma.One))
		quality = append(quality, math.Sqrt(prizes[j]))
	}
	for i := range evaluators {
		pay = append(pay, float64(r.Dividends[contestants+i])/float64(yuma.One))
	}
	return quality, prizes, pay, nil
}

func normal(list []float64) []float64 {
	sum := 0.0
	for _, v := range list {
		sum += v
	}
	for i := range list {
		list[i] /= math.Max(sum, 1e-9)
	}
	return list
}
