package arena

import (
	"slices"

	"ayni.example/x/arena/yuma"
)

// yumaMechanism pays agreement: contestants have the first uids, evaluators the others.
type yumaMechanism struct{ rules *Rules }

// CheckReport wants weights of contestants, by slots.
func (m yumaMechanism) CheckReport(_ *Epoch, _ uint32, report []byte) error {
	if _, err := yuma.DecodeReport(report, int(m.rules.Contestants)); err != nil {
		return ErrReveal.Wrap(err.Error())
	}
	return nil
}

// Score shares the prize by incentive and the pay for measuring by dividends.
func (m yumaMechanism) Score(p *Play) Outcome {
	for i := range p.Evaluators {
		m.hear(p, i)
	}
	o := Outcome{Low: make([]bool, len(p.Contestants))}
	r, err := yuma.Run(m.params(), m.epoch(p))
	if err != nil { // an epoch of nobody; nothing is due
		r = &yuma.Result{Incentive: make([]yuma.Num, p.members()), Dividends: make([]yuma.Num, p.members())}
	} else {
		m.store(p, r)
	}
	for j := range p.Contestants {
		o.Contestants = append(o.Contestants, scale(m.rules.Prize, uint64(r.Incentive[j]), 1))
	}
	for i := range p.Evaluators {
		o.Evaluators = append(o.Evaluators, scale(m.rules.Evaluation, uint64(r.Dividends[len(p.Contestants)+i]), 1))
	}
	return o
}

func (p *Play) members() int { return len(p.Contestants) + len(p.Evaluators) }

// hear notes an evaluator's new weights; without a report the old ones stand until they are out of date.
func (m yumaMechanism) hear(p *Play, i int) {
	row, err := yuma.DecodeReport(p.Reports[i], int(m.rules.Contestants))
	if err != nil || len(row) == 0 {
		return
	}
	s, at := p.Evaluators[i], places(p.Epoch.Contestants)
	s.LastUpdate = p.Height
	for k := range s.Pairs {
		s.Pairs[k].Weight = 0
	}
	for _, c := range row {
		if j, there := at[uint32(c.UID)]; there {
			s.pairWith(p.Epoch.Contestants[j].Number).Weight = uint32(c.Value)
		}
	}
}

// pairWith is what is remembered with a contestant, from now on.
func (s *Standing) pairWith(number uint64) *Pair {
	i, there := slices.BinarySearchFunc(s.Pairs, number, byNumber)
	if !there {
		s.Pairs = slices.Insert(s.Pairs, i, Pair{Number: number})
	}
	return &s.Pairs[i]
}

func (m yumaMechanism) params() yuma.Params {
	y := m.rules.Yuma
	return yuma.Params{
		Kappa: uint16(y.Kappa), BondsPenalty: uint16(y.BondsPenalty), BondsMovingAverage: y.BondsMovingAverage, Yuma3: y.Yuma3,
		LiquidAlpha: y.LiquidAlpha, AlphaLow: uint16(y.AlphaLow), AlphaHigh: uint16(y.AlphaHigh), AlphaSteepness: uint16(y.AlphaSteepness),
		ActivityCutoff: uint64(y.ActivityCutoff), MaxAllowedValidators: y.MaxAllowedValidators, Owner: yuma.NoOwner,
	}
}

// epoch says the same in that field's terms. Contestants are known by their numbers, so that no weight or bond is of a slot's earlier
// holder, and registrations mask nothing; before its first epoch every evaluator weighs.
func (m yumaMechanism) epoch(p *Play) *yuma.Epoch {
	n := p.members()
	e := &yuma.Epoch{
		Block: uint64(p.Height), LastTempo: 1, Stake: make([]uint64, n), LastUpdate: make([]uint64, n), Registered: make([]uint64, n),
		Permit: make([]bool, n), Weights: make([][]yuma.Cell, n), Bonds: make([][]yuma.Cell, n),
	}
	for i, v := range p.Evaluators {
		uid := len(p.Contestants) + i
		e.Stake[uid], e.LastUpdate[uid] = p.Epoch.Evaluators[i].Weight, uint64(v.LastUpdate)
		e.Permit[uid] = v.ValidatorPermit || !v.Measured
		for j, c := range p.Epoch.Contestants {
			pair := v.pair(c.Number)
			if pair == nil {
				continue
			}
			if pair.Weight > 0 {
				e.Weights[uid] = append(e.Weights[uid], yuma.Cell{UID: uint16(j), Value: uint16(pair.Weight)})
			}
			if pair.Bond > 0 {
				e.Bonds[uid] = append(e.Bonds[uid], yuma.Cell{UID: uint16(j), Value: uint16(pair.Bond)})
			}
		}
	}
	return e
}

func (m yumaMechanism) store(p *Play, r *yuma.Result) {
	for j := range p.Contestants {
		s := p.Contestants[j]
		s.Consensus, s.Incentive = int64(r.Consensus[j]), int64(r.Incentive[j])
	}
	for i := range p.Evaluators {
		uid, s := len(p.Contestants)+i, p.Evaluators[i]
		s.Measured, s.ValidatorPermit = true, r.Permit[uid]
		s.Dividends, s.ValidatorTrust = int64(r.Dividends[uid]), int64(r.ValidatorTrust[uid])
		for k := range s.Pairs {
			s.Pairs[k].Bond = 0
		}
		for _, c := range r.Bonds[uid] {
			if int(c.UID) < len(p.Contestants) {
				s.pairWith(p.Epoch.Contestants[c.UID].Number).Bond = uint32(c.Value)
			}
		}
		s.Pairs = slices.DeleteFunc(s.Pairs, func(pair Pair) bool {
			gone := !slices.ContainsFunc(p.Epoch.Contestants, func(c Seat) bool { return c.Number == pair.Number })
			return gone || pair.Weight == 0 && pair.Bond == 0
		})
	}
}

// NewNeuron is a member as the metagraph shows it; uids are those of contestants by their numbers.
func NewNeuron(a *Arena, m *Member, s *Standing, uids map[uint64]uint32, height int64) Neuron {
	n := Neuron{
		Uid: m.Slot, Hotkey: m.Address, Stake: m.Bond.Amount, Consensus: u16(s.Consensus), Incentive: u16(s.Incentive),
		Dividends: u16(s.Dividends), ValidatorTrust: u16(s.ValidatorTrust), ValidatorPermit: s.ValidatorPermit, LastUpdate: s.LastUpdate,
		BlockAtRegistration: m.JoinedHeight, Emission: m.Paid,
	}
	if m.Role == Evaluator {
		n.Uid += a.Rules.Contestants
		n.Active = s.LastUpdate > 0 && height-s.LastUpdate <= int64(a.Rules.Yuma.ActivityCutoff)
	}
	for _, p := range s.Pairs {
		uid, there := uids[p.Number]
		if there && p.Weight > 0 {
			n.Weights = append(n.Weights, Edge{Uid: uid, Value: p.Weight})
		}
		if there && p.Bond > 0 {
			n.Bonds = append(n.Bonds, Edge{Uid: uid, Value: p.Bond})
		}
	}
	return n
}

// u16 is a fraction as that field stores it.
func u16(fraction int64) uint32 { return uint32(yuma.Num(fraction).U16()) }
