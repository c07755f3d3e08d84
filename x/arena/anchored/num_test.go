package anchored

import (
	"math/big"
	"testing"
)

// FuzzNum holds arithmetic to numbers without bounds.
func FuzzNum(f *testing.F) {
	for _, v := range []int64{0, 1, -1, One, -One, One - 1, 3*One + 7, 1<<46 - 1, -(1 << 46)} {
		f.Add(v, One/3)
		f.Add(v, int64(1))
		f.Add(One/7, v)
	}
	f.Fuzz(func(t *testing.T, a, b int64) {
		a, b = a%(1<<46), b%(1<<46)
		product := new(big.Int).Mul(big.NewInt(a), big.NewInt(b))
		product.Rsh(product, 32) // rounds down
		if product.BitLen() < 63 {
			if got := mul(a, b); got != product.Int64() {
				t.Fatalf("%d*%d is %d, want %s", a, b, got, product)
			}
		}
		if b > 0 {
			want := new(big.Int).Lsh(big.NewInt(a), 32)
			if want.Quo(want, big.NewInt(b)); want.CmpAbs(big.NewInt(1<<63-1)) > 0 {
				want.SetInt64(1<<63 - 1)
				if a < 0 {
					want.Neg(want)
				}
			}
			if got := quo(a, b); got != want.Int64() {
				t.Fatalf("%d/%d is %d, want %s", a, b, got, want)
			}
		}
		n := int64(size(a)) % (8 * One)
		square := new(big.Int).Lsh(big.NewInt(n), 32)
		if off := square.Sqrt(square).Int64() - root(n); off < -4 || off > 4 {
			t.Fatalf("the root of %d is off by %d", n, off)
		}
	})
}
