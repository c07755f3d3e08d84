package fee_test

import (
	"errors"
	"math/big"
	"math/rand/v2"
	"testing"
	"time"

	"cosmossdk.io/math"

	"ayni.example/x/fee"
)

func params() fee.Params {
	return fee.Params{
		PriceFloor: math.NewInt(1_000), PriceCeiling: math.NewInt(1_000_000), TargetGas: 100, ChangeBps: 1_250, DecaySeconds: 2,
		QuotaBlocks: 10, QuotaSeconds: 60,
	}
}

func mark(price int64, gas uint64) *fee.Mark {
	return &fee.Mark{Height: 10, Time: 1_000, Price: math.NewInt(price), Gas: gas}
}

// TestPrice: the price of a block after one that was marked, with the change rounded up.
func TestPrice(t *testing.T) {
	for _, tt := range []struct {
		name         string
		mark         *fee.Mark
		height, unix int64
		want         int64
	}{
		{"nothing noted", nil, 99, 9_999, 1_000},
		{"the marked block itself", mark(8_000, 200), 10, 1_000, 8_000},
		{"behind a full block", mark(8_000, 200), 11, 1_001, 9_000},
		{"behind a fuller block", mark(8_000, 400), 11, 1_001, 9_000},
		{"behind a block at the target", mark(8_000, 100), 11, 1_001, 8_000},
		{"behind one unit more", mark(8_001, 101), 11, 1_001, 8_012},
		{"behind one unit less", mark(8_001, 99), 11, 1_001, 7_990},
		{"behind a small block", mark(8_000, 1), 11, 1_001, 7_010},
		{"one empty block later", mark(8_000, 100), 12, 1_001, 7_000},
		{"two pauses later", mark(8_000, 100), 11, 1_004, 6_125},
		{"more blocks than pauses", mark(8_000, 100), 13, 1_002, 6_125},
		{"long after", mark(8_000, 200), 1_000_000, 1_000, 1_000},
		{"a night after", mark(1_000_000, 200), 11, 40_000, 1_000},
		{"a clock that went back", mark(8_000, 100), 12, 1, 7_000},
		{"at the ceiling", mark(999_999, 200), 11, 1_000, 1_000_000},
		{"above what is now the ceiling", mark(2_000_000, 100), 11, 1_000, 1_000_000},
		{"below what is now the floor", mark(3, 100), 11, 1_000, 1_000},
	} {
		if got := params().Price(tt.mark, tt.height, tt.unix); !got.Equal(math.NewInt(tt.want)) {
			t.Errorf("%s: price %s, want %d", tt.name, got, tt.want)
		}
	}
}

// TestNext: what a block leaves. Empty blocks and small ones at the floor leave nothing.
func TestNext(t *testing.T) {
	p := params()
	for _, tt := range []struct {
		name string
		mark *fee.Mark
		gas  uint64
		want *fee.Mark
	}{
		{"empty at the floor", nil, 0, nil},
		{"at the target, at the floor", nil, 100, nil},
		{"above the target", nil, 101, &fee.Mark{Height: 11, Time: 1_001, Price: math.NewInt(1_000), Gas: 101}},
		{"far above the target", nil, 1 << 60, &fee.Mark{Height: 11, Time: 1_001, Price: math.NewInt(1_000), Gas: 200}},
		{"empty while high", mark(8_000, 200), 0, mark(8_000, 200)},
		{"small while high", mark(8_000, 200), 1, &fee.Mark{Height: 11, Time: 1_001, Price: math.NewInt(9_000), Gas: 1}},
		{"small when it has come down", mark(1_001, 1), 1, nil},
	} {
		got := p.Next(tt.mark, 11, 1_001, tt.gas)
		if (got == nil) != (tt.want == nil) || got != nil && (!got.Price.Equal(tt.want.Price) || got.Height != tt.want.Height ||
			got.Time != tt.want.Time || got.Gas != tt.want.Gas) {
			t.Errorf("%s: mark %v, want %v", tt.name, got, tt.want)
		}
	}
}

// TestPriceAgainstModel holds random ledgers to the rule in rational numbers: the price stays within its bounds, moves as the
// rule says within one unit for each step, and comes to rest at the floor.
func TestPriceAgainstModel(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 3))
	for range 200 {
		p := params()
		p.PriceFloor = math.NewInt(1 + random.Int64N(1e12))
		p.PriceCeiling = p.PriceFloor.MulRaw(1 + random.Int64N(1e4))
		p.TargetGas, p.ChangeBps = 1+random.Uint64N(1<<40), 500+random.Uint32N(4_501)
		if err := p.Validate(); err != nil {
			t.Fatal(err)
		}
		var at *fee.Mark
		height, unix := int64(1), int64(0)
		before := p.Price(at, height, unix)
		for range 60 {
			gas := random.Uint64N(3 * p.TargetGas)
			if random.IntN(3) == 0 {
				gas = 0
			}
			at = p.Next(at, height, unix, gas)
			if got := p.Price(at, height, unix); !got.Equal(before) {
				t.Fatalf("price of height %d became %s while it ran, was %s", height, got, before)
			}
			height++
			after := p.Price(at, height, unix)
			want := model(p, before, gas)
			if diff := new(big.Int).Sub(after.BigInt(), want); diff.CmpAbs(big.NewInt(1)) > 0 {
				t.Fatalf("price %s behind %d gas at %s, the rule says %s (%+v)", after, gas, before, want, p)
			}
			before = after
		}
		if got := p.Price(at, height+1_000, unix); !got.Equal(p.PriceFloor) {
			t.Fatalf("price %s after 1,000 empty blocks, the floor is %s", got, p.PriceFloor)
		}
	}
}

// model is the price behind a block, as a fraction cut at the bounds.
func model(p fee.Params, price math.Int, gas uint64) *big.Int {
	share := new(big.Rat).SetFrac(new(big.Int).SetUint64(min(gas, 2*p.TargetGas)), new(big.Int).SetUint64(p.TargetGas))
	share.Sub(share, big.NewRat(1, 1)).Mul(share, big.NewRat(int64(p.ChangeBps), 10_000)).Add(share, big.NewRat(1, 1))
	exact := share.Mul(share, new(big.Rat).SetInt(price.BigInt()))
	whole := new(big.Int).Quo(exact.Num(), exact.Denom())
	if whole.Cmp(p.PriceFloor.BigInt()) < 0 {
		return p.PriceFloor.BigInt()
	}
	if whole.Cmp(p.PriceCeiling.BigInt()) > 0 {
		return p.PriceCeiling.BigInt()
	}
	return whole
}

func TestParamsRefuse(t *testing.T) {
	for name, change := range map[string]func(*fee.Params){
		"no floor":          func(p *fee.Params) { p.PriceFloor = math.Int{} },
		"floor of zero":     func(p *fee.Params) { p.PriceFloor = math.ZeroInt() },
		"negative floor":    func(p *fee.Params) { p.PriceFloor = math.NewInt(-1) },
		"no ceiling":        func(p *fee.Params) { p.PriceCeiling = math.Int{} },
		"crossed":           func(p *fee.Params) { p.PriceCeiling = p.PriceFloor.SubRaw(1) },
		"wide":              func(p *fee.Params) { p.PriceCeiling = p.PriceFloor.MulRaw(10_001) },
		"huge":              func(p *fee.Params) { p.PriceFloor = math.NewIntWithDecimal(1, 60); p.PriceCeiling = p.PriceFloor },
		"no target":         func(p *fee.Params) { p.TargetGas = 0 },
		"target":            func(p *fee.Params) { p.TargetGas = 1 << 41 },
		"no change":         func(p *fee.Params) { p.ChangeBps = 499 },
		"change":            func(p *fee.Params) { p.ChangeBps = 5_001 },
		"no decay":          func(p *fee.Params) { p.DecaySeconds = 0 },
		"decay":             func(p *fee.Params) { p.DecaySeconds = 3_601 },
		"no quota blocks":   func(p *fee.Params) { p.QuotaBlocks = 0 },
		"quota blocks":      func(p *fee.Params) { p.QuotaBlocks = 1 << 31 },
		"no quota seconds":  func(p *fee.Params) { p.QuotaSeconds = 0 },
		"quota without end": func(p *fee.Params) { p.QuotaSeconds = 1 << 31 },
	} {
		p := fee.DefaultParams()
		change(&p)
		if err := p.Validate(); !errors.Is(err, fee.ErrInvalid) {
			t.Errorf("%s: error %v", name, err)
		}
	}
	if err := fee.DefaultParams().Validate(); err != nil {
		t.Error(err)
	}
}

// FuzzPrice: whatever a genesis holds, the price is within its bounds and found soon.
func FuzzPrice(f *testing.F) {
	f.Add(int64(10), int64(1_000), uint64(1_000), uint64(200), int64(11), int64(1_001), uint32(1_250))
	f.Fuzz(func(t *testing.T, height, unix int64, price, gas uint64, nowHeight, nowUnix int64, change uint32) {
		p := params()
		p.ChangeBps = change
		m := fee.Mark{Height: height, Time: unix, Price: math.NewIntFromUint64(price), Gas: gas}
		if p.Validate() != nil || m.Validate() != nil || nowHeight < 0 || nowUnix < 0 {
			return
		}
		got := p.Price(&m, nowHeight, nowUnix)
		if got.LT(p.PriceFloor) || got.GT(p.PriceCeiling) {
			t.Fatalf("price %s", got)
		}
	})
}

// BenchmarkPrice is the longest way down from the ceiling to the floor.
func BenchmarkPrice(b *testing.B) {
	for name, p := range map[string]fee.Params{"default": fee.DefaultParams(), "slowest": slowest()} {
		b.Run(name, func(b *testing.B) {
			m := &fee.Mark{Height: 1, Price: p.PriceCeiling, Gas: 1}
			for b.Loop() {
				p.Price(m, 1<<40, 1<<40)
			}
		})
	}
}

func slowest() fee.Params {
	p := fee.DefaultParams()
	p.ChangeBps, p.PriceCeiling = 500, p.PriceFloor.MulRaw(10_000)
	return p
}
