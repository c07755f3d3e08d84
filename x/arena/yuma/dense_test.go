package yuma

import (
	"math/big"
	"slices"
)

// dense is the plain reference: square matrices, a step of the published algorithm at a time, the median by sorting, and the
// arithmetic of Num alone. It is what the engine must equal.
type dense struct {
	p Params
	e *Epoch
	n int

	stake, active     []Num
	permit            []bool
	said              [][]bool
	w, clipped, bonds [][]Num
	consensus         []Num
	incentive, trust  []Num
	dividends         []Num
}

func newDense(p Params, e *Epoch) *dense {
	d := &dense{p: p, e: e, n: len(e.Stake)}
	d.divideStake()
	d.readWeights()
	d.median()
	d.clip()
	d.readBonds()
	return d
}

func square(n int) [][]Num {
	m := make([][]Num, n)
	for i := range m {
		m[i] = make([]Num, n)
	}
	return m
}

func (d *dense) divideStake() {
	sum := new(big.Int)
	counted := make([]*big.Int, d.n)
	for i, s := range d.e.Stake {
		counted[i] = new(big.Int)
		if s >= d.p.MinStake || i == d.p.Owner {
			counted[i].SetUint64(s)
		}
		sum.Add(sum, counted[i])
	}
	for extra := sum.BitLen() - 64; extra > 0; extra = 0 { // as the engine's: halved until the sum fits
		sum.SetInt64(0)
		for _, c := range counted {
			sum.Add(sum, c.Rsh(c, uint(extra)))
		}
	}
	d.stake, d.permit = make([]Num, d.n), slices.Clone(d.e.Permit)
	if d.p.Owner >= 0 {
		d.permit[d.p.Owner] = true
	}
	for i, c := range counted {
		if sum.Sign() > 0 {
			d.stake[i] = Num(c.Quo(c.Lsh(c, 32), sum).Int64())
		}
	}
	d.active = slices.Clone(d.stake)
	for i := range d.active {
		if !d.isActive(i) || !d.permit[i] {
			d.active[i] = 0
		}
	}
	normalise(d.active)
}

func (d *dense) isActive(i int) bool {
	until := new(big.Int).SetUint64(d.e.LastUpdate[i])
	until.Add(until, new(big.Int).SetUint64(d.p.ActivityCutoff))
	return until.Cmp(new(big.Int).SetUint64(d.e.Block)) >= 0
}

func (d *dense) readWeights() {
	d.w, d.said = square(d.n), make([][]bool, d.n)
	for i, row := range d.e.Weights {
		d.said[i] = make([]bool, d.n)
		for _, c := range row {
			j := int(c.UID)
			stale := d.e.LastUpdate[i] <= d.e.Registered[j] || d.e.Committed != nil && d.e.Committed[i] < d.e.Registered[j]
			if d.permit[i] && !stale && (i != j || i == d.p.Owner) {
				d.w[i][j], d.said[i][j] = Whole(int32(c.Value)), true
			}
		}
		normalise(d.w[i])
	}
}

// median sorts each column's weights of validators with stake, nothing said counting as 0.
func (d *dense) median() {
	voting := slices.Clone(d.active)
	normalise(voting)
	minority := total(voting) - Whole(int32(d.p.Kappa)).Div(Whole(u16Max))
	d.consensus = make([]Num, d.n)
	for j := range d.n {
		var order []int
		for i := range d.n {
			if voting[i] > 0 {
				order = append(order, i)
			}
		}
		slices.SortFunc(order, func(a, b int) int { return int(d.w[a][j] - d.w[b][j]) })
		var up Num
		for k, i := range order {
			up = up.Add(voting[i])
			last := k == len(order)-1
			if last || d.w[order[k+1]][j] != d.w[i][j] {
				if d.consensus[j] = d.w[i][j]; up > minority || last {
					break
				}
			}
		}
	}
}

func (d *dense) clip() {
	d.clipped, d.trust, d.incentive = square(d.n), make([]Num, d.n), make([]Num, d.n)
	for i := range d.n {
		for j := range d.n {
			d.clipped[i][j] = min(d.w[i][j], d.consensus[j])
			d.trust[i] = d.trust[i].Add(d.clipped[i][j])
			d.incentive[j] = d.incentive[j].Add(d.active[i].Mul(d.clipped[i][j]))
		}
	}
	normalise(d.incentive)
}

func (d *dense) readBonds() {
	d.bonds = square(d.n)
	for i, row := range d.e.Bonds {
		for _, c := range row {
			if d.e.LastTempo > d.e.Registered[c.UID] {
				d.bonds[i][c.UID] = Whole(int32(c.Value))
			}
		}
	}
	penalty := Whole(int32(d.p.BondsPenalty)).Div(Whole(u16Max))
	blended := square(d.n)
	for i := range d.n {
		for j := range d.n {
			blended[i][j] = d.w[i][j].Add(penalty.Mul(d.clipped[i][j] - d.w[i][j]))
		}
	}
	d.dividends = make([]Num, d.n)
	if d.p.Yuma3 {
		d.yuma3(blended, penalty)
	} else {
		d.classic(blended)
	}
	normalise(d.dividends)
}

func (d *dense) keep() Num {
	return Num(new(big.Int).Quo(new(big.Int).Lsh(big.NewInt(int64(d.p.BondsMovingAverage)), 32), big.NewInt(1_000_000)).Int64())
}

func (d *dense) classic(fresh [][]Num) {
	old := d.keep()
	for i := range d.n {
		for j := range d.n {
			fresh[i][j] = fresh[i][j].Mul(d.active[i])
		}
	}
	divideColumns(d.bonds)
	divideColumns(fresh)
	for i := range d.n {
		for j := range d.n {
			d.bonds[i][j] = (One - old).Mul(fresh[i][j]).Add(old.Mul(d.bonds[i][j]))
		}
	}
	divideColumns(d.bonds)
	for i := range d.n {
		for j := range d.n {
			d.dividends[i] = d.dividends[i].Add(d.incentive[j].Mul(d.bonds[i][j]))
		}
	}
	for j := range d.n {
		var most Num
		for i := range d.n {
			most = max(most, d.bonds[i][j])
		}
		for i := range d.n {
			if most > 0 {
				d.bonds[i][j] = d.bonds[i][j].Div(most)
			}
		}
	}
}

func (d *dense) yuma3(w [][]Num, penalty Num) {
	liquid := d.p.LiquidAlpha && slices.ContainsFunc(d.consensus, func(c Num) bool { return c != 0 })
	old := d.keep()
	parts := square(d.n)
	for i := range d.n {
		for j := range d.n {
			b := d.bonds[i][j].Div(Whole(u16Max))
			if liquid {
				b = d.liquid(i, j, w[i][j], b, penalty)
			} else {
				b = (One - old).Mul(w[i][j]).Add(old.Mul(b))
			}
			d.bonds[i][j], parts[i][j] = b, b
		}
	}
	divideColumns(parts)
	for i := range d.n {
		for j := range d.n {
			d.dividends[i] = d.dividends[i].Add(parts[i][j].Mul(d.incentive[j]))
		}
		d.dividends[i] = d.dividends[i].Mul(d.active[i])
	}
}

// liquid is a new bond; without an entry of the validator there is none.
func (d *dense) liquid(i, j int, w, b, penalty Num) Num {
	present := d.said[i][j]
	switch {
	case penalty == One:
		present = present && (d.consensus[j] > 0 || d.w[i][j] <= d.consensus[j])
	case penalty > 0:
		present = w > 0
	}
	if !present {
		return 0
	}
	distance := min(max(b-w, 0), One)
	if w >= b {
		distance = min(max(w-d.consensus[j], 0), One)
	}
	low, high := Whole(int32(d.p.AlphaLow)).Div(Whole(u16Max)), Whole(int32(d.p.AlphaHigh)).Div(Whole(u16Max))
	slope := Whole(int32(d.p.AlphaSteepness)).Div(Whole(-100))
	s := One.Div(One.Add(series(slope.Mul(distance - One/2))))
	a := min(max(low.Add(s.Mul(high-low)), low), high)
	return min((One - a).Mul(b).Add(a.Mul(w)), One)
}

// series is e^x, every term of it.
func series(x Num) Num {
	x = min(max(x, Whole(-20)), Whole(20))
	y := max(x, -x)
	sum, term := One.Add(y), y
	for i := int32(2); i < 32; i++ {
		term = term.Mul(y).Div(Whole(i))
		sum = sum.Add(term)
	}
	if x < 0 {
		return One.Div(sum)
	}
	return sum
}

func divideColumns(m [][]Num) {
	for j := range m {
		var sum Num
		for i := range m {
			sum = sum.Add(m[i][j])
		}
		for i := range m {
			if sum != 0 {
				m[i][j] = m[i][j].Div(sum)
			}
		}
	}
}
