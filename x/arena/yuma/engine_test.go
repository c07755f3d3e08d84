package yuma

import (
	"cmp"
	"flag"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

var seedFlag = flag.Uint64("seed", 0, "of random tests; zero: another each time")

// seeded prints the seed.
func seeded(tb testing.TB) uint64 {
	tb.Helper()
	seed := *seedFlag
	if seed == 0 {
		seed = rand.Uint64()
	}
	tb.Logf("-seed %d repeats this", seed)
	return seed
}

// random is any epoch: few blocks so that everything masks everything at times, weights and stakes of all sizes, gaps, rows of nothing.
func random(r *rand.Rand) (Params, *Epoch) {
	n := 1 + r.IntN(12)
	pick := func(of ...uint16) uint16 {
		if i := r.IntN(len(of) + 1); i < len(of) {
			return of[i]
		}
		return uint16(r.Uint32())
	}
	p := Params{
		Kappa: pick(0, 32767, u16Max), BondsPenalty: pick(0, u16Max), BondsMovingAverage: uint32(r.IntN(ppm + 1)), Yuma3: r.IntN(2) == 0,
		AlphaLow: pick(0, 6553), AlphaHigh: u16Max, AlphaSteepness: pick(0, 1000), ActivityCutoff: uint64(r.IntN(6)),
		MaxAllowedValidators: uint32(r.IntN(n + 3)), MinStake: uint64(r.IntN(3)), Owner: r.IntN(n+1) - 1,
	}
	p.LiquidAlpha = p.Yuma3 && r.IntN(3) > 0
	p.AlphaHigh -= uint16(r.IntN(u16Max - int(p.AlphaLow) + 1))
	e := &Epoch{Block: uint64(4 + r.IntN(4)), LastTempo: uint64(r.IntN(8)), Emission: r.Uint64() >> r.IntN(64)}
	if r.IntN(3) == 0 {
		e.Committed = make([]uint64, n)
	}
	sparse, same := 1+r.IntN(4), r.IntN(4) == 0
	value := func() uint16 {
		if same {
			return uint16(r.IntN(3))
		}
		return uint16(r.Uint32()) >> r.IntN(16)
	}
	row := func() (row []Cell) {
		for j := range n {
			if r.IntN(sparse) == 0 {
				row = append(row, Cell{uint16(j), value()})
			}
		}
		return row
	}
	huge := r.IntN(60)
	for i := range n {
		e.Stake = append(e.Stake, r.Uint64()>>huge>>(r.IntN(2)*r.IntN(4)))
		if r.IntN(4) == 0 {
			e.Stake[i] = 0
		}
		e.LastUpdate = append(e.LastUpdate, uint64(r.IntN(8)))
		e.Registered = append(e.Registered, uint64(r.IntN(8)*r.IntN(2)))
		e.Permit = append(e.Permit, r.IntN(5) > 0)
		e.Weights, e.Bonds = append(e.Weights, row()), append(e.Bonds, row())
		if e.Committed != nil {
			e.Committed[i] = uint64(r.IntN(8))
		}
	}
	return p, e
}

// equal compares every number of a result with the reference's.
func equal(tb testing.TB, p Params, e *Epoch, r *Result) {
	tb.Helper()
	d := newDense(p, e)
	for _, c := range []struct {
		name      string
		got, want []Num
	}{
		{"consensus", r.Consensus, d.consensus},
		{"validator trust", r.ValidatorTrust, d.trust},
		{"incentive", r.Incentive, d.incentive},
		{"dividends", r.Dividends, d.dividends},
	} {
		if !slices.Equal(c.got, c.want) {
			tb.Fatalf("%s is\n%v, want\n%v\nof %+v\n%+v", c.name, c.got, c.want, p, *e)
		}
	}
	for i, row := range d.bonds {
		for j, b := range row {
			want := uint16(0)
			if r.Permit[i] {
				want = b.U16()
			}
			if got := at(r.Bonds[i], j); got != want {
				tb.Fatalf("bond %d, %d is %d, want %d\nof %+v\n%+v", i, j, got, want, p, *e)
			}
		}
		if r.Active[i] != d.isActive(i) {
			tb.Fatalf("member %d active: %v", i, r.Active[i])
		}
	}
	permits(tb, p, d, r)
	emission(tb, e, d, r)
}

// permits checks them by counting who is ahead.
func permits(tb testing.TB, p Params, d *dense, r *Result) {
	tb.Helper()
	for i, s := range d.stake {
		ahead := 0
		for k, other := range d.stake {
			if other > s || other == s && k > i {
				ahead++
			}
		}
		if want := s > 0 && ahead < int(p.MaxAllowedValidators) || i == p.Owner; r.Permit[i] != want {
			tb.Fatalf("permit of %d is %v, of stake %v", i, r.Permit[i], d.stake)
		}
	}
}

// emission checks the split, and that no more is given than there is.
func emission(tb testing.TB, e *Epoch, d *dense, r *Result) {
	tb.Helper()
	earned := total(d.incentive).Add(total(d.dividends))
	var given, parts uint64
	for i := range r.Emission {
		share := d.incentive[i].Add(d.dividends[i]).Div(earned)
		if earned == 0 {
			if share = d.active[i]; total(d.active) == 0 {
				share = d.stake[i]
			}
		}
		if want := share.Of(e.Emission); r.Emission[i] != want {
			tb.Fatalf("emission of %d is %d, want %d", i, r.Emission[i], want)
		}
		given, parts = given+r.Emission[i], parts+r.IncentiveEmission[i]+r.DividendEmission[i]
	}
	if given > e.Emission || parts > e.Emission {
		tb.Fatalf("%d and %d in parts are given of %d", given, parts, e.Emission)
	}
}

// follow scores some epochs in a row with one engine, so that bonds carry over.
func follow(tb testing.TB, g *Engine, seed uint64) {
	tb.Helper()
	p, e := random(rand.New(rand.NewPCG(seed, 1)))
	for range 3 {
		r, err := g.Run(p, e)
		if err != nil {
			tb.Fatal(err)
		}
		equal(tb, p, e, r)
		e.Bonds, e.Permit = r.Bonds, r.Permit
	}
}

func TestEqualsDense(t *testing.T) {
	seed := seeded(t)
	var g Engine
	for i := range uint64(5_000) {
		follow(t, &g, seed+i)
	}
}

func FuzzEqualsDense(f *testing.F) {
	f.Add(uint64(1))
	f.Fuzz(func(t *testing.T, seed uint64) { follow(t, new(Engine), seed) })
}

// TestMedianOfAnything compares the bisection with sorting over weights that lie close together and far apart.
func TestMedianOfAnything(t *testing.T) {
	r := rand.New(rand.NewPCG(seeded(t), 2))
	for range 20_000 {
		votes := make([]vote, 1+r.IntN(40))
		var sum Num
		for i := range votes {
			votes[i] = vote{Num(r.Uint64N(uint64(One)+1) >> r.IntN(33)), Num(1 + r.Uint64N(1<<26))}
			sum += votes[i].stake
		}
		minority := Num(r.Int64N(int64(sum)+2)) - 1
		sorted := slices.SortedFunc(slices.Values(votes), func(a, b vote) int { return cmp.Compare(a.weight, b.weight) })
		want, up := sorted[len(sorted)-1].weight, Num(0)
		for _, v := range sorted {
			if up += v.stake; up > minority {
				want = v.weight
				break
			}
		}
		if got := consensus(votes, false, 0, minority); got != want {
			t.Fatalf("the median of %v beyond %d is %d, want %d", sorted, minority, got, want)
		}
	}
}

// one is an epoch of n members with a stake each, all permitted, who have said nothing.
func plain(n int, stake uint64) *Epoch {
	e := &Epoch{Block: 2, LastTempo: 1, Emission: 1_000_000}
	for range n {
		e.Stake, e.LastUpdate, e.Registered = append(e.Stake, stake), append(e.LastUpdate, 2), append(e.Registered, 0)
		e.Permit, e.Weights, e.Bonds = append(e.Permit, true), append(e.Weights, nil), append(e.Bonds, nil)
	}
	return e
}

func classic() Params {
	return Params{Kappa: 32767, BondsPenalty: u16Max, BondsMovingAverage: 900_000, ActivityCutoff: 5000, MaxAllowedValidators: 64, Owner: NoOwner}
}

func TestStakeBeyond64Bits(t *testing.T) {
	e := plain(4, math.MaxUint64)
	e.Stake[3] = 0
	for i := range 3 {
		e.Weights[i] = []Cell{{3, 1}}
	}
	r, err := Run(classic(), e)
	if err != nil {
		t.Fatal(err)
	}
	equal(t, classic(), e, r)
	for i := range 3 {
		if got := r.Emission[i]; got < 166_000 || got > 166_667 {
			t.Errorf("validator %d of three equal ones gets %d of half a million", i, got)
		}
	}
}

func TestNothingAtAll(t *testing.T) {
	r, err := Run(classic(), plain(3, 0))
	if err != nil {
		t.Fatal(err)
	}
	if total(r.Incentive) != 0 || total(r.Dividends) != 0 || slices.Max(r.Emission) != 0 || slices.Contains(r.Permit, true) {
		t.Errorf("without stake somebody got something: %+v", r)
	}
}

// TestOneValidator is one that weighs one member, and itself, which does not count.
func TestOneValidator(t *testing.T) {
	e := plain(2, 7)
	e.Stake[1], e.Weights[0] = 0, []Cell{{0, u16Max}, {1, 1}}
	r, err := Run(classic(), e)
	if err != nil {
		t.Fatal(err)
	}
	if r.Incentive[0] != 0 || r.Incentive[1] != One || r.Dividends[0] != One || r.Emission[0] != 500_000 || r.Emission[1] != 500_000 {
		t.Errorf("the one validator's word is not all there is: %+v", r)
	}
}

// TestUniform is upstream's graph of 512 members, 64 of whom weigh all others alike: all figures follow from 1/64 and 1/448.
func TestUniform(t *testing.T) {
	p, e := classic(), plain(512, 0)
	e.Emission, e.Block, e.LastTempo = 1_000_000_000, 1, 0
	for i := range e.Stake {
		e.LastUpdate[i], e.Permit[i] = 0, false
		if i < 64 {
			e.Stake[i], e.LastUpdate[i], e.Permit[i] = 328_125_000_000_000, 1, true
			for j := 64; j < 512; j++ {
				e.Weights[i] = append(e.Weights[i], Cell{uint16(j), u16Max})
			}
		}
	}
	for range 3 {
		r, err := Run(p, e)
		if err != nil {
			t.Fatal(err)
		}
		if r.Consensus[100].U16() != u16Max/448 || r.Incentive[100].U16() != u16Max/448 || r.Dividends[3].U16() != u16Max/64 {
			t.Errorf("consensus %d, incentive %d, dividends %d", r.Consensus[100].U16(), r.Incentive[100].U16(), r.Dividends[3].U16())
		}
		if r.Emission[3] != 500_000_000/64 || r.Emission[100] != 500_000_000/448 {
			t.Errorf("emission is %d to a validator, %d to one weighed", r.Emission[3], r.Emission[100])
		}
		if at(r.Bonds[5], 64) != u16Max || at(r.Bonds[5], 0) != 0 {
			t.Errorf("bonds are %d and %d", at(r.Bonds[5], 64), at(r.Bonds[5], 0))
		}
		e.Bonds = r.Bonds
	}
}
