package arena_test

import (
	"math/rand/v2"
	"testing"
	"time"

	"cosmossdk.io/math"

	"ayni.example/x/arena"
)

// TestPool: whatever is put in, taken out and slashed, nobody takes out more than its part and nothing is lost in the end.
func TestPool(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 1))
	p, in, out := arena.NewPool(), math.ZeroInt(), math.ZeroInt()
	held := map[int]math.Int{}
	for i := range 2_000 {
		who := random.IntN(8)
		mine, there := held[who]
		if !there {
			mine = math.ZeroInt()
		}
		switch random.IntN(3) {
		case 0:
			amount := math.NewInt(1 + random.Int64N(1_000_000))
			before := p.Value(mine)
			shares, err := p.Put(amount)
			if err != nil {
				t.Fatalf("step %d: %v", i, err)
			}
			held[who], in = mine.Add(shares), in.Add(amount)
			if got := p.Value(held[who]); got.GT(before.Add(amount)) {
				t.Fatalf("step %d: %s and %s put in are worth %s", i, before, amount, got)
			}
		case 1:
			if mine.IsPositive() {
				shares := math.NewInt(1 + random.Int64()).Mod(mine.AddRaw(1))
				held[who], out = mine.Sub(shares), out.Add(p.Take(shares))
			}
		default:
			out = out.Add(p.Slash(uint32(random.IntN(500))))
		}
	}
	for who, shares := range held {
		out = out.Add(p.Take(shares))
		delete(held, who)
	}
	if !p.Amount.IsZero() || !p.Shares.IsZero() || !in.Equal(out) {
		t.Errorf("%s went in, %s came out; left: %s", in, out, p)
	}
}

// TestPriceFalls: a price never rises with time and is halved by a half-life.
func TestPriceFalls(t *testing.T) {
	p := arena.Price{Least: math.NewInt(10), Most: math.NewInt(1 << 40), HalfLife: 1000, RiseBps: 12_600}
	last := math.NewInt(1 << 40)
	for seconds := range int64(5_000) {
		now := p.After(math.NewInt(1<<40), seconds)
		if now.GT(last) || seconds%1000 == 0 && now.Int64() != 1<<40>>(seconds/1000) {
			t.Fatalf("%s after %d s, %s before", now, seconds, last)
		}
		last = now
	}
	for _, seconds := range []int64{-5, 1 << 50} {
		if now := p.After(math.NewInt(1<<40), seconds); now.LT(p.Least) || now.GT(p.Most) {
			t.Errorf("%s after %d s", now, seconds)
		}
	}
	if got := p.Raised(math.NewInt(100)); got.Int64() != 126 {
		t.Errorf("100 is raised to %s", got)
	}
}
