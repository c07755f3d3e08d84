package provenance

import "cosmossdk.io/math"

// eachBits is how finely what a point earned is counted: in parts of 2^-64 acredit.
const eachBits = 64

// Earn takes an amount for those who have points, each by its points. What cannot be divided, and all while nobody has points, waits in
// the remainder for the next time.
func (p *Pool) Earn(amount math.Int) {
	p.Held = p.Held.Add(amount)
	p.Remainder = p.Remainder.Add(shift(amount))
	if !p.Points.IsPositive() {
		return
	}
	more := p.Remainder.Quo(p.Points)
	p.Each, p.Remainder = p.Each.Add(more), p.Remainder.Sub(more.Mul(p.Points))
}

// Settle counts what a contributor's points earned since they were counted last. The part of an acredit that is left goes back to
// the remainder, so that nothing is made or lost.
func (p *Pool) Settle(c *Contributor) {
	earned := p.Each.Sub(c.Mark).Mul(c.Points)
	whole := math.NewIntFromBigInt(earned.BigInt().Rsh(earned.BigInt(), eachBits))
	c.Owed, c.Mark = c.Owed.Add(whole), p.Each
	p.Remainder = p.Remainder.Add(earned.Sub(shift(whole)))
}

// NewContributor is the standing of an account that has no points yet.
func NewContributor(p Pool, address string) Contributor {
	zero := math.ZeroInt()
	return Contributor{Pool: p.Asset, Address: address, Points: zero, Mark: p.Each, Owed: zero, Paid: zero}
}

// Due is what a contributor would be paid now, in parts of 2^-64 acredit.
func (p Pool) Due(c Contributor) math.Int { return p.Each.Sub(c.Mark).Mul(c.Points).Add(shift(c.Owed)) }

// Whole is what a pool holds, in the same parts.
func (p Pool) Whole() math.Int { return shift(p.Held) }

func shift(amount math.Int) math.Int {
	return math.NewIntFromBigInt(amount.BigInt().Lsh(amount.BigInt(), eachBits))
}
