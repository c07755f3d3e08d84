package yuma

// Engine scores epochs. It keeps its working memory between them, so that scoring allocates only the result; the zero value is
// ready. It is not for use by two at once.
type Engine struct {
	p Params
	e *Epoch

	permit        []bool    // who weighs
	stake, active []Num     // shares of all stake, and of that of active validators
	voting        []Num     // the active shares, once more divided by their sum as the median has them
	rows          []divisor // the sum of each row's weights
	weights       columns
	bonds         columns

	votes []vote
	pairs []pair
}

// Run scores an epoch.
func Run(p Params, e *Epoch) (*Result, error) { return new(Engine).Run(p, e) }

// Run scores an epoch. The result holds no memory of the engine.
func (g *Engine) Run(p Params, e *Epoch) (*Result, error) {
	if err := p.Validate(); err != nil {
		return nil, err
	}
	if err := e.Validate(); err != nil {
		return nil, err
	}
	n := len(e.Stake)
	if p.Owner >= n {
		return nil, errorf(ErrParams, "owner %d is none of %d members", p.Owner, n)
	}
	g.p, g.e = p, e
	defer func() { g.e = nil }()
	r := newResult(n)
	g.weigh(r)
	g.load()
	g.agree(r)
	g.bond(r)
	g.pay(r)
	return r, nil
}

func newResult(n int) *Result {
	nums, amounts := make([]Num, 4*n), make([]uint64, 3*n)
	return &Result{
		Consensus: nums[:n:n], Incentive: nums[n : 2*n : 2*n], Dividends: nums[2*n : 3*n : 3*n], ValidatorTrust: nums[3*n:],
		Emission: amounts[:n:n], IncentiveEmission: amounts[n : 2*n : 2*n], DividendEmission: amounts[2*n:],
		Bonds: make([][]Cell, n), Active: make([]bool, n),
	}
}

// weigh divides the stake, and says who is active and who will have a permit.
func (g *Engine) weigh(r *Result) {
	n := len(g.e.Stake)
	g.stake, g.active, g.voting = resize(g.stake, n), resize(g.active, n), resize(g.voting, n)
	shares(g.e.Stake, g.p.MinStake, g.p.Owner, g.stake)
	r.Permit = permitted(g.stake, g.p.MaxAllowedValidators, g.p.Owner)
	g.permit = append(g.permit[:0], g.e.Permit...)
	if g.p.Owner != NoOwner {
		g.permit[g.p.Owner] = true
	}
	for i := range n {
		r.Active[i] = g.e.active(i, g.p.ActivityCutoff)
		g.active[i] = 0
		if r.Active[i] && g.permit[i] {
			g.active[i] = g.stake[i]
		}
	}
	normalise(g.active)
	copy(g.voting, g.active)
	normalise(g.voting)
}

// load turns weights and bonds around, without those that do not count.
func (g *Engine) load() {
	e, n := g.e, len(g.e.Stake)
	g.weights.fill(e.Weights, n, func(i, j int) bool {
		return g.permit[i] && e.Registered[j] < e.heard(i) && (i != j || i == g.p.Owner)
	})
	g.bonds.fill(e.Bonds, n, func(_, j int) bool { return e.Registered[j] < e.LastTempo })
	g.rows = resize(g.rows, n)
	clear(g.rows)
	for _, c := range g.weights.cells {
		g.rows[c.UID].d += uint64(c.Value)
	}
	for i, r := range g.rows {
		g.rows[i] = newDivisor(r.d)
	}
}

// weight is what a row says of a column's member, as a part of all it says.
func (g *Engine) weight(c Cell) Num { return Num(g.rows[c.UID].quo(uint64(c.Value) << fraction)) }

// agree finds the consensus and what of each weight it leaves: trust of validators, incentive of those weighed.
func (g *Engine) agree(r *Result) {
	sum := total(g.voting)
	minority := sum - share(g.p.Kappa)
	voters := 0
	for _, s := range g.voting {
		if s > 0 {
			voters++
		}
	}
	for j := range r.Consensus {
		column, absent := g.weights.column(j), sum
		g.votes = g.votes[:0]
		for _, c := range column {
			if stake := g.voting[c.UID]; stake > 0 {
				g.votes = append(g.votes, vote{g.weight(c), stake})
				absent -= stake
			}
		}
		agreed := consensus(g.votes, len(g.votes) < voters, absent, minority)
		r.Consensus[j] = agreed
		for _, c := range column {
			clipped := min(g.weight(c), agreed)
			r.ValidatorTrust[c.UID] += clipped
			r.Incentive[j] += times(g.active[c.UID], clipped)
		}
	}
	normalise(r.Incentive)
}

// pay splits the emission by incentive and dividends together; where nobody earned any, by stake.
func (g *Engine) pay(r *Result) {
	sum := total(r.Incentive).Add(total(r.Dividends))
	idle := g.active
	if total(g.active) == 0 {
		idle = g.stake
	}
	for i := range r.Emission {
		incentive, dividend := r.Incentive[i].Div(sum), r.Dividends[i].Div(sum)
		both := r.Incentive[i].Add(r.Dividends[i]).Div(sum)
		if sum == 0 {
			dividend, both = idle[i], idle[i]
		}
		r.IncentiveEmission[i] = incentive.Of(g.e.Emission)
		r.DividendEmission[i] = dividend.Of(g.e.Emission)
		r.Emission[i] = both.Of(g.e.Emission)
	}
}
