package provenance_test

import (
	"math/rand/v2"
	"testing"

	"cosmossdk.io/math"

	"ayni.example/x/provenance"
)

// purse is one asset's income with its payees, as a keeper has them.
type purse struct {
	income   provenance.Income
	accounts []provenance.Account
	shares   []uint32
	ceilings []math.Int
	paid     math.Int // to all
	taken    math.Int
}

func newPurse(r *rand.Rand) *purse {
	p := &purse{paid: math.ZeroInt(), taken: math.ZeroInt()}
	asset := id(0)
	sum := uint32(0)
	for i := range 1 + r.IntN(provenance.PayeesMax) {
		ceiling := math.ZeroInt()
		if r.IntN(4) == 0 {
			ceiling = math.NewIntFromUint64(r.Uint64N(1 << 40))
		}
		share := r.Uint32N(provenance.UpstreamMax/provenance.PayeesMax + 1)
		sum += share
		p.accounts = append(p.accounts, provenance.NewAccount(asset, id(uint64(i+1))))
		p.shares, p.ceilings = append(p.shares, share), append(p.ceilings, ceiling)
	}
	p.income = provenance.NewIncome(asset, min(sum+r.Uint32N(500_001), provenance.FullPPM))
	return p
}

func (p *purse) pay(i int) {
	p.accounts[i].Count(p.income, p.shares[i], p.ceilings[i])
	p.paid = p.paid.Add(p.accounts[i].Owed)
	p.accounts[i].Owed = math.ZeroInt()
}

// left counts everybody, as a claim of the owner does.
func (p *purse) left() math.Int {
	counted := math.ZeroInt()
	for i, a := range p.accounts {
		a.Count(p.income, p.shares[i], p.ceilings[i])
		counted = counted.Add(a.Total)
	}
	return p.income.Left(counted)
}

// vector is the shares as a keeper has them.
func (p *purse) vector() []provenance.Share {
	list := make([]provenance.Share, len(p.shares))
	for i, ppm := range p.shares {
		list[i] = provenance.Share{Asset: p.accounts[i].Payee, PPM: ppm}
	}
	return list
}

func (p *purse) payOwner() {
	counted := p.income.Left(math.ZeroInt()).Sub(p.left())
	left := p.income.Due(counted, p.vector())
	p.paid, p.income.Rest = p.paid.Add(left), p.income.Rest.Add(left)
}

// turn gives the payees other shares.
func (p *purse) turn(r *rand.Rand) {
	sum := uint32(0)
	for i := range p.accounts {
		p.accounts[i].Count(p.income, p.shares[i], p.ceilings[i])
		p.shares[i] = r.Uint32N(provenance.UpstreamMax/provenance.PayeesMax + 1)
		sum += p.shares[i]
	}
	p.income.Turn(min(sum+r.Uint32N(500_001), provenance.FullPPM))
}

// check holds the purse to the unit: what was taken is what was paid, and what a claim of everybody would pay.
func (p *purse) check(tb testing.TB) {
	tb.Helper()
	owed := p.left()
	if owed.IsNegative() {
		tb.Fatalf("the owner owes %s", owed.Neg())
	}
	for i, a := range p.accounts {
		a.Count(p.income, p.shares[i], p.ceilings[i])
		owed = owed.Add(a.Owed)
		if c := p.ceilings[i]; c.IsPositive() && a.Total.GT(c) {
			tb.Fatalf("payee %d has %s, its ceiling is %s", i, a.Total, c)
		}
	}
	if !p.taken.Equal(p.paid.Add(owed)) || !p.taken.Equal(p.income.Taken) {
		tb.Fatalf("%s was taken, %s paid, %s is owed", p.taken, p.paid, owed)
	}
}

// TestMillionSettlements: a million random settlements and claims of random assets conserve money to the unit at every instant.
func TestMillionSettlements(t *testing.T) {
	r := random(t)
	steps := 1_000_000
	if testing.Short() {
		steps /= 10
	}
	purses := make([]*purse, 200)
	for i := range purses {
		purses[i] = newPurse(r)
	}
	for range steps {
		p := purses[r.IntN(len(purses))]
		switch n := r.IntN(100); {
		case n < 70:
			amount := math.NewIntFromUint64(r.Uint64N(1 << (1 + r.UintN(60))))
			cut := p.income.Serve(amount)
			if cut.GT(amount.AddRaw(1)) || cut.IsNegative() {
				t.Fatalf("%s is taken of %s", cut, amount)
			}
			p.taken = p.taken.Add(cut)
		case n < 72:
			amount := math.NewIntFromUint64(r.Uint64N(1 << 40))
			if p.income.Use(amount) {
				p.taken = p.taken.Add(amount)
			}
		case n < 99:
			p.pay(r.IntN(len(p.accounts)))
		case r.IntN(4) == 0:
			p.payOwner()
		case r.IntN(20) == 0:
			p.turn(r)
		case r.IntN(21) == 0:
			p.check(t)
		}
	}
	for _, p := range purses {
		p.check(t)
		for i := range p.accounts {
			p.pay(i)
		}
		p.payOwner()
		// What waits are fractions of a unit, fewer units than there are payees and the owner.
		if waits := p.taken.Sub(p.paid); waits.IsNegative() || waits.GT(math.NewInt(int64(len(p.accounts))+1)) {
			t.Fatalf("%s was taken, %s paid after everybody has claimed", p.taken, p.paid)
		}
	}
}

// TestOwnerIsNotPaidFractions: single units, with the owner claiming after each, never leave the payees with more than was taken.
func TestOwnerIsNotPaidFractions(t *testing.T) {
	r := random(t)
	for range 300 {
		p := newPurse(r)
		if r.IntN(2) == 0 { // nothing of its own: what is left is fractions alone
			p.income.Serving = provenance.Serving(p.vector(), 0)
		}
		for range 60 {
			amount := math.NewInt(1 + r.Int64N(30))
			if r.IntN(8) == 0 {
				p.income.Use(amount)
				p.taken = p.taken.Add(amount)
			} else {
				p.taken = p.taken.Add(p.income.Serve(amount))
			}
			p.payOwner()
			p.pay(r.IntN(len(p.accounts)))
			if r.IntN(20) == 0 {
				p.turn(r)
			}
			p.check(t)
		}
	}
}

// TestAttackOverflow: amounts of any size are counted exactly or not at all, and never panic.
func TestAttackOverflow(t *testing.T) {
	i := provenance.NewIncome(id(1), provenance.FullPPM)
	most := math.NewIntFromUint64(1).MulRaw(1 << 62).Mul(math.NewIntFromUint64(1 << 62)).MulRaw(8).SubRaw(1) // 127 bits
	taken := math.ZeroInt()
	for range 1000 {
		taken = taken.Add(i.Serve(most))
	}
	if !taken.Equal(most.MulRaw(1000)) {
		t.Fatalf("%s is taken", taken)
	}
	for i.Earned.BigInt().BitLen() < 190 {
		if !i.Use(i.Earned) {
			t.Fatal("refused too early")
		}
	}
	for range 10 { // at the bound nothing is counted any more, and nothing is lost
		before := i
		if cut := i.Serve(before.Earned); cut.IsZero() && !i.Earned.Equal(before.Earned) {
			t.Fatal("counted without being taken")
		}
	}
	a := provenance.NewAccount(i.Asset, id(2))
	a.Count(i, provenance.UpstreamMax, math.ZeroInt())
	if a.Owed.IsNegative() || a.Owed.GT(i.Taken) {
		t.Fatalf("%s of %s", a.Owed, i.Taken)
	}
}

// TestAttackRounding: payments of one unit each, of which every single share is less than one, come to what one payment of all would.
func TestAttackRounding(t *testing.T) {
	one, all := provenance.NewIncome(id(1), 100_003), provenance.NewIncome(id(1), 100_003)
	taken := math.ZeroInt()
	for range 100_000 {
		taken = taken.Add(one.Serve(math.OneInt()))
	}
	if got := all.Serve(math.NewInt(100_000)); !got.Equal(taken) || taken.Int64() != 10_000 {
		t.Fatalf("%s by single units, %s at once", taken, got)
	}
	a, b := provenance.NewAccount(one.Asset, id(2)), provenance.NewAccount(one.Asset, id(2))
	a.Count(one, 50_001, math.ZeroInt())
	b.Count(all, 50_001, math.ZeroInt())
	if !a.Owed.Equal(b.Owed) || a.Owed.Int64() != 5000 {
		t.Fatalf("the payee has %s and %s", a.Owed, b.Owed)
	}
}
