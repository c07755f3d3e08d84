package provenance_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"cosmossdk.io/math"

	"ayni.example/x/provenance"
)

// TestDividends: whatever is earned, in whatever order points come and go and people are paid, what a pool holds is what it owes, to
// a part of 2^-64 acredit, and nobody is paid more than the share of the points.
func TestDividends(t *testing.T) {
	steps := 200_000
	if testing.Short() {
		steps = 20_000
	}
	const seed = 11
	r := rand.New(rand.NewPCG(seed, 1))
	zero := math.ZeroInt()
	p := provenance.Pool{Points: zero, Each: zero, Remainder: zero, Held: zero}
	people := make([]provenance.Contributor, 7)
	for i := range people {
		people[i] = provenance.NewContributor(p, fmt.Sprint(i))
	}
	earned, paid := zero, zero
	for step := range steps {
		c := &people[r.IntN(len(people))]
		switch r.IntN(4) {
		case 0: // points come, or go
			points := math.NewIntFromUint64(r.Uint64N(1 << r.IntN(40)))
			if r.IntN(3) == 0 {
				points = c.Points.Neg()
			}
			p.Settle(c)
			c.Points, p.Points = c.Points.Add(points), p.Points.Add(points)
			p.Earn(zero)
		case 1:
			p.Settle(c)
			paid = paid.Add(c.Owed)
			p.Held, c.Paid, c.Owed = p.Held.Sub(c.Owed), c.Paid.Add(c.Owed), zero
		default:
			amount := math.NewIntFromUint64(r.Uint64N(1 << (1 + r.IntN(63))))
			earned = earned.Add(amount)
			p.Earn(amount)
		}
		owed := p.Remainder
		for _, c := range people {
			owed = owed.Add(p.Due(c))
		}
		if !owed.Equal(p.Whole()) || !p.Held.Add(paid).Equal(earned) {
			t.Fatalf("seed %d, step %d: earned %s, paid %s, held %s, owed %s of %s parts", seed, step, earned, paid, p.Held, owed, p.Whole())
		}
	}
}

// TestDividendIsByPoints: of 100 for one and three points, and one left over by rounding, which comes with the next.
func TestDividendIsByPoints(t *testing.T) {
	zero := math.ZeroInt()
	p := provenance.Pool{Points: zero, Each: zero, Remainder: zero, Held: zero}
	a, b, c := provenance.NewContributor(p, "a"), provenance.NewContributor(p, "b"), provenance.NewContributor(p, "c")
	p.Earn(math.NewInt(10)) // for whoever comes first
	for i, each := range []*provenance.Contributor{&a, &b} {
		p.Settle(each)
		each.Points = math.NewInt(int64(1 + 2*i))
		p.Points = p.Points.Add(each.Points)
	}
	p.Earn(math.NewInt(91)) // 101 in all
	c.Points, c.Mark = math.NewInt(4), p.Each
	p.Points = p.Points.Add(c.Points)
	for _, each := range []*provenance.Contributor{&a, &b, &c} {
		p.Settle(each)
	}
	if a.Owed.Int64() != 25 || b.Owed.Int64() != 75 || !c.Owed.IsZero() {
		t.Errorf("owed %s, %s, %s; want 25, 75 and nothing for who came later", a.Owed, b.Owed, c.Owed)
	}
	p.Earn(math.NewInt(7)) // and the one that was left: one a point
	for _, each := range []*provenance.Contributor{&a, &b, &c} {
		p.Settle(each)
	}
	if a.Owed.Int64() != 26 || b.Owed.Int64() != 78 || c.Owed.Int64() != 4 || !p.Held.Equal(math.NewInt(108)) {
		t.Errorf("owed %s, %s, %s of %s", a.Owed, b.Owed, c.Owed, p.Held)
	}
}
