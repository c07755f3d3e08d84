package arena

import (
	"cosmossdk.io/math"

	"ayni.example/x/credit"
)

// sharesBits bounds a pool's shares: one that was slashed so often that its shares grow beyond takes no more money.
const sharesBits = 192

// NewPool is one with nothing in it.
func NewPool() Pool { return Pool{Amount: math.ZeroInt(), Shares: math.ZeroInt()} }

// Put adds money for new shares, rounded down: what is already there loses nothing.
func (p *Pool) Put(amount math.Int) (math.Int, error) {
	shares := amount
	if p.Shares.IsPositive() {
		shares = mulDiv(amount, p.Shares, p.Amount)
	}
	switch {
	case !shares.IsPositive():
		return shares, ErrBond.Wrapf("%s is less than one share", amount)
	case p.Shares.Add(shares).BigIntMut().BitLen() > sharesBits:
		return shares, ErrFull.Wrap("the bond was slashed too often: choose another member")
	}
	p.Amount, p.Shares = p.Amount.Add(amount), p.Shares.Add(shares)
	return shares, nil
}

// Take removes shares for their money, rounded down; the last shares take all.
func (p *Pool) Take(shares math.Int) math.Int {
	amount := p.Value(shares)
	p.Amount, p.Shares = p.Amount.Sub(amount), p.Shares.Sub(shares)
	return amount
}

// Value is what shares are worth, rounded down.
func (p Pool) Value(shares math.Int) math.Int {
	if shares.IsZero() {
		return shares
	}
	return mulDiv(p.Amount, shares, p.Shares)
}

// SharesFor is how many shares are worth at least amount.
func (p Pool) SharesFor(amount math.Int) math.Int {
	if p.Amount.IsZero() {
		return math.ZeroInt()
	}
	return mulDivCeil(amount, p.Shares, p.Amount)
}

// Slash removes a part, rounded down, so that something is left; it returns what it took.
func (p *Pool) Slash(bps uint32) math.Int {
	taken := p.Amount.MulRaw(int64(min(bps, Basis-1))).QuoRaw(Basis)
	p.Amount = p.Amount.Sub(taken)
	return taken
}

func (p Pool) validate(name string) error {
	if err := credit.CheckAmount(name, p.Amount); err != nil {
		return err
	}
	if p.Shares.IsNil() || p.Shares.IsNegative() || p.Shares.BigIntMut().BitLen() > sharesBits || p.Shares.IsZero() != p.Amount.IsZero() {
		return ErrInvalid.Wrapf("%s of %s has %s shares", name, p.Amount, p.Shares)
	}
	return nil
}
