package yuma

import (
	"encoding/json"
	"math"
	"os"
	"testing"
)

// tolerance of fractions: upstream's traces are printed with ten digits.
const tolerance = 2e-10

// vectors are facts of upstream's tests; the file cites their source and the conventions.
type vectors struct {
	Unit struct {
		Median struct {
			Cases []struct {
				Stake, Score     []float64
				Majority, Expect float64
			}
		} `json:"weighted_median"`
		MedianColumn struct {
			Cases []struct {
				Stake    []float64
				Weights  [][]float64
				Majority float64
				Expect   []float64
			}
		} `json:"weighted_median_col"`
	}
	Cases []vectorCase
}

type vectorCase struct {
	ID        string
	Stake     []uint64
	Tolerance struct{ Fraction float64 }
	Params    struct {
		N                    int    `json:"n"`
		MaxAllowedValidators uint32 `json:"max_allowed_validators"`
		Kappa                uint16 `json:"kappa_u16"`
		BondsPenalty         uint16 `json:"bonds_penalty_u16"`
		BondsMovingAverage   uint32 `json:"bonds_moving_average_ppm"`
		Yuma3                bool
		LiquidAlpha          bool    `json:"liquid_alpha"`
		AlphaLow             float64 `json:"alpha_low"`
		AlphaHigh            float64 `json:"alpha_high"`
		AlphaSteepness       uint16  `json:"alpha_sigmoid_steepness"`
		ActivityCutoff       uint64  `json:"activity_cutoff_blocks"`
		MinStake             uint64  `json:"min_stake"`
		Owner                *int    `json:"owner_uid"`
		Emission             uint64
	}
	Steps []struct {
		Block      uint64
		LastTempo  uint64        `json:"last_tempo_block"`
		LastUpdate []uint64      `json:"last_update"`
		Registered []uint64      `json:"block_at_registration"`
		Permit     []bool        `json:"validator_permit"`
		Weights    [][][2]uint16 `json:"weights"`
		Stake      []uint64
		BondsIn    string `json:"bonds_in"`
		Reset      *int   `json:"reset_bonds_of_uid_before_epoch"`
		Expect     map[string]json.RawMessage
	}
}

func readVectors(tb testing.TB) vectors {
	tb.Helper()
	text, err := os.ReadFile("testdata/yuma.json")
	if err != nil {
		tb.Fatal(err)
	}
	var v vectors
	if err := json.Unmarshal(text, &v); err != nil {
		tb.Fatal(err)
	}
	return v
}

func fixed(f float64) Num { return Num(f * float64(One)) }

func (a Num) float() float64 { return float64(a) / float64(One) }

// medianOf asks for the consensus of a dense column, as the engine asks: stake that says nothing is put together.
func medianOf(stake, score []float64, majority float64) float64 {
	var votes []vote
	var sum, absent Num
	for i, s := range stake {
		sum += fixed(s)
		if s > 0 && score[i] == 0 {
			absent += fixed(s)
		} else if s > 0 {
			votes = append(votes, vote{fixed(score[i]), fixed(s)})
		}
	}
	return consensus(votes, absent > 0, absent, sum-sum.Mul(fixed(majority))).float()
}

func TestMedianVectors(t *testing.T) {
	unit := readVectors(t).Unit
	if len(unit.Median.Cases) != 12 || len(unit.MedianColumn.Cases) != 4 {
		t.Fatalf("%d and %d cases were read, want 12 and 4", len(unit.Median.Cases), len(unit.MedianColumn.Cases))
	}
	for i, c := range unit.Median.Cases {
		if got := medianOf(c.Stake, c.Score, c.Majority); math.Abs(got-c.Expect) > tolerance*10 {
			t.Errorf("case %d: the median is %v, want %v", i, got, c.Expect)
		}
	}
	for i, c := range unit.MedianColumn.Cases {
		for j, want := range c.Expect {
			column := make([]float64, len(c.Weights))
			for k, row := range c.Weights {
				column[k] = row[j]
			}
			if got := medianOf(c.Stake, column, c.Majority); math.Abs(got-want) > tolerance*10 {
				t.Errorf("case %d: the median of column %d is %v, want %v", i, j, got, want)
			}
		}
	}
}

func (c *vectorCase) params() Params {
	p := c.Params
	owner := NoOwner
	if p.Owner != nil {
		owner = *p.Owner
	}
	return Params{
		Kappa: p.Kappa, BondsPenalty: p.BondsPenalty, BondsMovingAverage: p.BondsMovingAverage, Yuma3: p.Yuma3, LiquidAlpha: p.LiquidAlpha,
		AlphaLow: uint16(p.AlphaLow * u16Max), AlphaHigh: uint16(p.AlphaHigh * u16Max), AlphaSteepness: p.AlphaSteepness,
		ActivityCutoff: p.ActivityCutoff, MaxAllowedValidators: p.MaxAllowedValidators, MinStake: p.MinStake, Owner: owner,
	}
}

func (c *vectorCase) epoch(step int, bonds [][]Cell) *Epoch {
	s := c.Steps[step]
	e := &Epoch{
		Block: s.Block, LastTempo: s.LastTempo, Stake: s.Stake, LastUpdate: s.LastUpdate, Registered: s.Registered, Permit: s.Permit,
		Weights: make([][]Cell, c.Params.N), Bonds: bonds, Emission: c.Params.Emission,
	}
	if e.Stake == nil {
		e.Stake = c.Stake
	}
	for i, row := range s.Weights {
		for _, w := range row {
			e.Weights[i] = append(e.Weights[i], Cell{w[0], w[1]})
		}
	}
	return e
}

// TestVectors scores upstream's epochs by the engine, in sparse form.
func TestVectors(t *testing.T) {
	cases := readVectors(t).Cases
	if len(cases) < 4 {
		t.Fatalf("%d cases were read, want at least 4", len(cases))
	}
	compared := 0
	for _, c := range cases {
		t.Run(c.ID, func(t *testing.T) {
			var engine Engine
			bonds := make([][]Cell, c.Params.N)
			for k, s := range c.Steps {
				if s.BondsIn == "zero" {
					bonds = make([][]Cell, c.Params.N)
				}
				if s.Reset != nil {
					forget(bonds, *s.Reset)
				}
				r, err := engine.Run(c.params(), c.epoch(k, bonds))
				if err != nil {
					t.Fatal(err)
				}
				for name, want := range s.Expect {
					compared += expect(t, r, k, name, want, c.Tolerance.Fraction)
				}
				bonds = r.Bonds
			}
		})
	}
	if compared < 900 {
		t.Errorf("only %d numbers were compared", compared)
	}
}

func forget(bonds [][]Cell, uid int) {
	for i, row := range bonds {
		kept := row[:0:0]
		for _, c := range row {
			if int(c.UID) != uid {
				kept = append(kept, c)
			}
		}
		bonds[i] = kept
	}
}

// expect compares one output of a step and says how many numbers it compared. Fractions that upstream compares loosely, because
// they come from a model in floats, keep that tolerance; the others have ours.
func expect(t *testing.T, r *Result, step int, name string, raw json.RawMessage, loose float64) int {
	t.Helper()
	within := tolerance
	if loose > 1e-8 {
		within = loose
	}
	var flat []float64
	var rows [][]float64
	if json.Unmarshal(raw, &flat) != nil {
		if err := json.Unmarshal(raw, &rows); err != nil {
			t.Fatal(err)
		}
	}
	compared := 0
	same := func(got, want, within float64, at ...int) {
		compared++
		if math.Abs(got-want) > within {
			t.Errorf("step %d: %s%v is %v, want %v", step, name, at, got, want)
		}
	}
	fractions := map[string][]Num{
		"consensus": r.Consensus, "incentive": r.Incentive, "dividends": r.Dividends, "validator_trust": r.ValidatorTrust,
	}
	switch name {
	case "consensus", "incentive", "dividends", "validator_trust":
		for i, want := range flat {
			same(fractions[name][i].float(), want, within, i)
		}
	case "emission":
		for i, want := range flat {
			same(float64(r.Emission[i]), want, 0, i)
		}
	case "dividends_u16":
		for i, want := range flat {
			same(float64(r.Dividends[i].U16()), want, 0, i)
		}
	case "dividends_u16_cells":
		for _, c := range rows {
			same(float64(r.Dividends[int(c[0])].U16()), c[1], 0, int(c[0]))
		}
	case "bonds_u16_cells":
		for _, c := range rows {
			same(float64(at(r.Bonds[int(c[0])], int(c[1]))), c[2], 0, int(c[0]), int(c[1]))
		}
	case "bonds_u16":
		for i, row := range rows {
			for j, want := range row {
				same(float64(at(r.Bonds[i], j)), want, 0, i, j)
			}
		}
	case "bonds_max_upscaled": // as kept: rounded down to 16 bits
		for i, row := range rows {
			for j, want := range row {
				same(float64(at(r.Bonds[i], j)), math.Floor((want+tolerance)*u16Max), 0, i, j)
			}
		}
	case "bonds_server_cols": // upstream's example has three validators and then servers
		for i, row := range rows {
			for j, want := range row {
				if 3+j < len(r.Bonds) {
					same(float64(at(r.Bonds[i], 3+j))/u16Max, want, within, i, 3+j)
				}
			}
		}
	case "bonds_ema_col_normalized": // the same before it is put in proportion to the greatest
	default:
		t.Errorf("step %d: %s is not compared", step, name)
	}
	return compared
}

// at is an entry of a sparse row.
func at(row []Cell, uid int) uint16 {
	for _, c := range row {
		if int(c.UID) == uid {
			return c.Value
		}
	}
	return 0
}
