package yuma

// curve is how fast a bond moves by how far the weight is from the consensus.
type curve struct {
	low, high, slope Num
	atZero           Num
}

func newCurve(p Params) *curve {
	c := &curve{low: share(p.AlphaLow), high: share(p.AlphaHigh), slope: Whole(int32(p.AlphaSteepness)).Div(Whole(-100))}
	c.atZero = c.sigmoid(0)
	return c
}

// alpha is the part of the new weight in the bond: by the distance from the consensus where the bond grows, from the bond where
// it falls.
func (c *curve) alpha(weight, bond, agreed Num) Num {
	distance := bond - weight
	if weight >= bond {
		distance = weight - agreed
	}
	if distance <= 0 {
		return c.atZero
	}
	return c.sigmoid(distance)
}

func (c *curve) sigmoid(distance Num) Num {
	s := One.Div(One.Add(exp(c.slope.Mul(distance - One/2))))
	return min(max(c.low.Add(s.Mul(c.high-c.low)), c.low), c.high)
}

// liquid moves each bond by the curve. A bond to a member whom the validator's row does not name is dropped, as the production
// form does.
func (g *Engine) liquid(c *curve, agreed Num) {
	for i := range g.pairs {
		p := &g.pairs[i]
		if p.bond = 0; !g.speaks(p, agreed) {
			continue
		}
		old := share(p.old)
		alpha := c.alpha(p.weight, old, agreed)
		p.bond = min(times(One-alpha, old)+times(alpha, p.weight), One)
	}
}

// speaks tells whether the weight is an entry of the penalised rows: one that clipping or blending took to nothing is not.
func (g *Engine) speaks(p *pair, agreed Num) bool {
	switch g.p.BondsPenalty {
	case 0:
		return p.said
	case u16Max:
		return p.said && (agreed > 0 || !p.clipped)
	}
	return p.weight > 0
}

// exp is e^x by 31 terms of its series, within x of -20 and 20.
func exp(x Num) Num {
	const most, terms = 20, 32
	x = min(max(x, Whole(-most)), Whole(most))
	positive := max(x, -x)
	sum, term := One+positive, positive
	for i := uint64(2); i < terms && term > 0; i++ {
		term = times(term, positive) / Num(i)
		sum += term
	}
	if x < 0 {
		return One.Div(sum)
	}
	return sum
}
