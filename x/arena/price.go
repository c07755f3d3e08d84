package arena

import (
	"math/big"

	"cosmossdk.io/math"

	"ayni.example/x/credit"
)

func (p Price) validate() error {
	for _, a := range []struct {
		name  string
		value math.Int
	}{{"least price", p.Least}, {"most price", p.Most}} {
		if err := credit.CheckAmount(a.name, a.value); err != nil {
			return ErrRules.Wrap(err.Error())
		}
	}
	switch {
	case p.Least.GT(p.Most):
		return ErrRules.Wrap("the least price of a seat is above the most")
	case p.HalfLife == 0 || p.HalfLife > secondsMax:
		return ErrRules.Wrapf("half_life of %d s is not 1 to %d", p.HalfLife, secondsMax)
	case p.RiseBps < Basis || p.RiseBps > riseMax:
		return ErrRules.Wrapf("rise_bps of %d is not %d to %d", p.RiseBps, Basis, riseMax)
	}
	return nil
}

// After is what a seat costs some seconds after it cost was: half of it with each half-life, and between two of them evenly less.
func (p Price) After(was math.Int, seconds int64) math.Int {
	half := int64(p.HalfLife)
	seconds = max(seconds, 0)
	halvings := min(seconds/half, credit.AmountBits)
	left := math.NewIntFromBigInt(new(big.Int).Rsh(was.BigInt(), uint(halvings)))
	part := mulDiv(left, math.NewInt(seconds%half), math.NewInt(2*half))
	return math.MinInt(p.Most, math.MaxInt(p.Least, left.Sub(part)))
}

// Raised is the price after another seat is sold for now.
func (p Price) Raised(now math.Int) math.Int {
	more := now.MulRaw(int64(p.RiseBps)).AddRaw(Basis - 1).QuoRaw(Basis)
	return math.MinInt(p.Most, math.MaxInt(p.Least, more))
}

// mulDiv is a*b/c, rounded down, through as many bits as it needs.
func mulDiv(a, b, c math.Int) math.Int {
	product := new(big.Int).Mul(a.BigIntMut(), b.BigIntMut())
	return math.NewIntFromBigInt(product.Quo(product, c.BigIntMut()))
}

// mulDivCeil is the same, rounded up.
func mulDivCeil(a, b, c math.Int) math.Int {
	product := new(big.Int).Mul(a.BigIntMut(), b.BigIntMut())
	rest := new(big.Int)
	product.QuoRem(product, c.BigIntMut(), rest)
	if rest.Sign() > 0 {
		product.Add(product, big.NewInt(1))
	}
	return math.NewIntFromBigInt(product)
}
