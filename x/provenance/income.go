package provenance

import "cosmossdk.io/math"

// earnedBits bounds what an asset's income is counted up to, so that arithmetic never comes near its 256 bits. All money of a ledger
// would have to pass through one asset 10^18 times.
const earnedBits = 192

// NewIncome is that of an asset of whose serving so much of a million is taken.
func NewIncome(asset []byte, serving uint32) Income {
	zero := math.ZeroInt()
	return Income{
		Asset: asset, Earned: zero, Taken: zero, Serving: serving, Base: zero, Served: zero, ServedTaken: zero, Rest: zero,
	}
}

// Serve counts what was paid for serving the asset, and returns the part of it that is to be divided here.
func (i *Income) Serve(amount math.Int) math.Int {
	if i.full(amount) {
		return math.ZeroInt()
	}
	i.Earned, i.Served = i.Earned.Add(amount), i.Served.Add(amount)
	cut := part(i.Served, i.Serving).Sub(i.ServedTaken)
	i.ServedTaken, i.Taken = i.ServedTaken.Add(cut), i.Taken.Add(cut)
	return cut
}

// Use counts the price of a use of the asset, all of which is to be divided here. It tells whether it did.
func (i *Income) Use(amount math.Int) bool {
	if i.full(amount) {
		return false
	}
	i.Earned, i.Taken = i.Earned.Add(amount), i.Taken.Add(amount)
	return true
}

func (i *Income) full(amount math.Int) bool {
	return i.Earned.Add(amount).BigIntMut().BitLen() > earnedBits
}

// Turn begins another epoch, with another part that is taken. All accounts must have been counted before.
func (i *Income) Turn(serving uint32) {
	zero := math.ZeroInt()
	i.Epoch, i.Base, i.Serving = i.Epoch+1, i.Earned, serving
	i.Served, i.ServedTaken = zero, zero
}

// NewAccount is that of a payee that was counted nothing yet.
func NewAccount(asset, payee []byte) Account {
	zero := math.ZeroInt()
	return Account{Asset: asset, Payee: payee, Since: zero, Total: zero, Owed: zero}
}

// Count brings an account up to date with the income: its share of what was earned since the epoch began, at most its ceiling over
// all time; zero: none. What exceeds the ceiling stays with the owner of the asset that earned it.
func (a *Account) Count(i Income, ppm uint32, ceiling math.Int) {
	if a.Epoch != i.Epoch {
		a.Epoch, a.Since = i.Epoch, math.ZeroInt()
	}
	due := part(i.Earned.Sub(i.Base), ppm)
	more := due.Sub(a.Since)
	a.Since = due
	if ceiling.IsPositive() {
		more = math.MaxInt(math.ZeroInt(), math.MinInt(more, ceiling.Sub(a.Total)))
	}
	a.Total, a.Owed = a.Total.Add(more), a.Owed.Add(more)
}

// Left is what was taken, less what was counted to the payees and what the owner was paid. It is never negative.
func (i Income) Left(counted math.Int) math.Int { return i.Taken.Sub(counted).Sub(i.Rest) }

// Due is what comes to the owner now: what is left but for the fractions of a unit that the payees' shares are beyond what was counted. These
// are theirs once they are whole; paid to the owner, they would be missing then.
func (i Income) Due(counted math.Int, shares []Share) math.Int {
	since, fractions := i.Earned.Sub(i.Base), math.NewInt(FullPPM-1) // to round up
	for _, s := range shares {
		fractions = fractions.Add(since.MulRaw(int64(s.PPM)).ModRaw(FullPPM))
	}
	return math.MaxInt(math.ZeroInt(), i.Left(counted).Sub(fractions.QuoRaw(FullPPM)))
}

// part is so much of a million, rounded down.
func part(amount math.Int, ppm uint32) math.Int {
	return amount.MulRaw(int64(ppm)).QuoRaw(FullPPM)
}

// Serving is what is taken of what is paid for serving an asset: what the vector gives to others, and its own share as far as the
// whole has room.
func Serving(shares []Share, own uint32) uint32 {
	sum := own
	for _, s := range shares {
		sum += s.PPM
	}
	return min(sum, FullPPM)
}
