package fee

import (
	"math/big"

	"cosmossdk.io/math"

	"ayni.example/x/credit"
)

// Price is what the block at height and unix time asks for a unit of gas, given the mark of an earlier block or of itself. An
// empty block lowers it once; so does each pause of DecaySeconds, since an idle ledger makes few blocks.
func (p Params) Price(mark *Mark, height, unix int64) math.Int {
	if mark == nil {
		return p.PriceFloor
	}
	price := p.clamp(mark.Price)
	if height <= mark.Height {
		return price
	}
	price = p.after(price, mark.Gas)
	pauses := max(height-mark.Height-1, (unix-mark.Time)/int64(p.DecaySeconds))
	return p.clamp(math.NewIntFromBigInt(p.decay(price.BigInt(), pauses)))
}

// decay lowers the price by a whole change for each pause, until it is at the floor; however long ago the mark is, these are
// few. It changes price, since each check of a transaction may come here.
func (p Params) decay(price *big.Int, pauses int64) *big.Int {
	floor, change, whole := p.PriceFloor.BigIntMut(), big.NewInt(int64(p.ChangeBps)), big.NewInt(basis)
	cut, up := new(big.Int), big.NewInt(basis-1)
	for ; pauses > 0 && price.Cmp(floor) > 0; pauses-- {
		price.Sub(price, cut.Quo(cut.Add(cut.Mul(price, change), up), whole)) // the cut is rounded up
	}
	return price
}

// Next is the mark that a block leaves whose transactions ask for gas; none where the price after it is the floor anyway. An
// empty block leaves the mark as it is, since time does the same.
func (p Params) Next(mark *Mark, height, unix int64, gas uint64) *Mark {
	if gas == 0 {
		return mark
	}
	price := p.Price(mark, height, unix)
	if price.Equal(p.PriceFloor) && gas <= p.TargetGas {
		return nil
	}
	return &Mark{Height: height, Time: unix, Price: price, Gas: min(gas, 2*p.TargetGas)}
}

// after is the price of the block behind one that asked price and whose transactions ask for gas. The change is rounded up in
// both directions, so that a price at rest is at a bound or at the target.
func (p Params) after(price math.Int, gas uint64) math.Int {
	target := p.TargetGas
	if gas > target {
		return p.clamp(price.Add(p.changeCeil(price, min(gas-target, target))))
	}
	return p.clamp(price.Sub(p.changeCeil(price, target-gas)))
}

// changeCeil is price · change · gas / target, rounded up. Price has at most 128 bits, the factors 53 together.
func (p Params) changeCeil(price math.Int, gas uint64) math.Int {
	part := price.Mul(math.NewIntFromUint64(uint64(p.ChangeBps))).Mul(math.NewIntFromUint64(gas))
	whole := math.NewIntFromUint64(basis).Mul(math.NewIntFromUint64(p.TargetGas))
	return part.Add(whole.SubRaw(1)).Quo(whole)
}

// clamp keeps a price within the bounds, which may have changed since the price was noted.
func (p Params) clamp(price math.Int) math.Int {
	return math.MinInt(math.MaxInt(price, p.PriceFloor), p.PriceCeiling)
}

// Validate checks the mark without any state.
func (m Mark) Validate() error {
	if m.Height < 0 || m.Time < 0 {
		return ErrInvalid.Wrapf("mark of height %d and time %d", m.Height, m.Time)
	}
	if m.Gas == 0 || m.Gas > 2*targetMax {
		return ErrInvalid.Wrapf("mark of %d gas", m.Gas)
	}
	if err := credit.CheckPositive("price", m.Price); err != nil {
		return ErrInvalid.Wrap(err.Error())
	}
	return nil
}
