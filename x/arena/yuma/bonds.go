package yuma

// pair is a validator's weight of a member and its bond to it.
type pair struct {
	row     int
	said    bool // the validator's row names the member, be it with nothing
	clipped bool // its weight exceeds the consensus
	old     uint16
	// weight is less the penalty on what exceeds the consensus; bond is the new one.
	weight, bond Num
}

// bond moves the bonds towards the weights, column by column, and lets them divide the incentive of each member.
func (g *Engine) bond(r *Result) {
	liquid := false
	for _, c := range r.Consensus {
		liquid = liquid || c != 0
	}
	curve := newCurve(g.p)
	g.shelve(r)
	for j := range r.Consensus {
		g.pair(j, r.Consensus[j])
		switch {
		case !g.p.Yuma3:
			g.classic()
		case g.p.LiquidAlpha && liquid:
			g.liquid(curve, r.Consensus[j])
		default:
			g.steady()
		}
		g.divide(r, j)
		for _, c := range g.pairs {
			if v := c.bond.U16(); v > 0 && r.Permit[c.row] {
				r.Bonds[c.row] = append(r.Bonds[c.row], Cell{UID: uint16(j), Value: v})
			}
		}
	}
	if g.p.Yuma3 {
		for i := range r.Dividends {
			r.Dividends[i] = r.Dividends[i].Mul(g.active[i])
		}
	}
	normalise(r.Dividends)
}

// shelve makes room for the bonds of those who keep them, in one piece.
func (g *Engine) shelve(r *Result) {
	most := func(i int) int {
		if !r.Permit[i] {
			return 0
		}
		return min(len(g.e.Weights[i])+len(g.e.Bonds[i]), len(r.Bonds))
	}
	size := 0
	for i := range r.Bonds {
		size += most(i)
	}
	cells := make([]Cell, size)
	for i := range r.Bonds {
		room := most(i)
		r.Bonds[i], cells = cells[:0:room], cells[room:]
	}
}

// pair joins a column's weights and bonds by row.
func (g *Engine) pair(j int, agreed Num) {
	weights, bonds := g.weights.column(j), g.bonds.column(j)
	g.pairs = g.pairs[:0]
	for len(weights) > 0 || len(bonds) > 0 {
		var p pair
		weighs := len(weights) > 0 && (len(bonds) == 0 || weights[0].UID <= bonds[0].UID)
		bonded := len(bonds) > 0 && (len(weights) == 0 || bonds[0].UID <= weights[0].UID)
		if weighs {
			w := g.weight(weights[0])
			p.row, p.said, p.clipped, p.weight = int(weights[0].UID), true, w > agreed, g.penalised(w, agreed)
			weights = weights[1:]
		}
		if bonded {
			p.row, p.old = int(bonds[0].UID), bonds[0].Value
			bonds = bonds[1:]
		}
		g.pairs = append(g.pairs, p)
	}
}

// penalised is a weight less a part of what exceeds the consensus.
func (g *Engine) penalised(weight, agreed Num) Num {
	if weight <= agreed {
		return weight
	}
	return weight + share(g.p.BondsPenalty).Mul(agreed-weight)
}

// classic shares a member's bonds among validators by stake times weight; they are kept in proportion to the greatest.
func (g *Engine) classic() {
	var olds, fresh uint64
	for i := range g.pairs {
		p := &g.pairs[i]
		p.weight = times(p.weight, g.active[p.row])
		olds, fresh = olds+uint64(p.old), fresh+uint64(p.weight)
	}
	alpha, byOld, byFresh := g.p.alpha(), newDivisor(olds), newDivisor(fresh)
	for i := range g.pairs {
		p := &g.pairs[i]
		p.bond = times(alpha, byFresh.of(p.weight)) + times(One-alpha, Num(byOld.quo(uint64(p.old)<<fraction)))
	}
}

// steady moves each bond by the same part.
func (g *Engine) steady() {
	alpha := g.p.alpha()
	for i := range g.pairs {
		p := &g.pairs[i]
		p.bond = times(alpha, p.weight) + times(One-alpha, share(p.old))
	}
}

// divide pays a member's incentive to those bonded to it. Classic bonds are parts of a whole, and kept with the greatest at One.
func (g *Engine) divide(r *Result, j int) {
	var sum, most Num
	for _, p := range g.pairs {
		sum += p.bond
	}
	by := newDivisor(uint64(sum))
	for i := range g.pairs {
		p := &g.pairs[i]
		part := by.of(p.bond)
		r.Dividends[p.row] += times(part, r.Incentive[j])
		if !g.p.Yuma3 {
			p.bond = part
			most = max(most, part)
		}
	}
	if g.p.Yuma3 {
		return
	}
	by = newDivisor(uint64(most))
	for i := range g.pairs {
		g.pairs[i].bond = by.of(g.pairs[i].bond)
	}
}
