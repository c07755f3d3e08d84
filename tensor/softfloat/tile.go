package softfloat

import "fmt"

// Bounds on a tile: what a ledger recomputes in one message.
const (
	MaxSide  = 64   // rows and columns of a tile
	MaxDepth = 4096 // terms of one output
	Block    = 32   // weights that share a scale in Q8_0
)

// Gemm adds to c, m x n, the product of a, m x k, and b, k x n, all row-major bits of float32:
// one FMA for each k ascending, as the profile says for F32.
func Gemm(c, a, b []uint32, m, n, k int) error {
	if err := bounds(m, n, k); err != nil {
		return err
	}
	if len(c) != m*n || len(a) != m*k || len(b) != k*n {
		return fmt.Errorf("tile %d x %d x %d has operands of %d, %d and %d numbers", m, n, k, len(c), len(a), len(b))
	}
	for i := range m {
		for j := range n {
			acc := c[i*n+j]
			for p, v := range a[i*k : (i+1)*k] {
				acc = FMA(v, b[p*n+j], acc)
			}
			c[i*n+j] = acc
		}
	}
	return nil
}

// Quantised is a set of rows of int8 with one scale for each Block of them.
type Quantised struct {
	Values []int8
	Scales []uint32
}

// Q8 adds to c, m x n, the product of m activation rows and n weight rows of k values each:
// block after block acc + (dw*dx)*s, each operation rounded, s the exact integer sum.
func Q8(c []uint32, x, w Quantised, m, n, k int) error {
	if err := bounds(m, n, k); err != nil {
		return err
	}
	blocks := k / Block
	if k%Block != 0 || len(c) != m*n || !x.holds(m, k) || !w.holds(n, k) {
		return fmt.Errorf("tile %d x %d x %d of Q8_0 has operands of other sizes", m, n, k)
	}
	for i := range m {
		for j := range n {
			acc := c[i*n+j]
			for b := range blocks {
				var s int32
				for p := range Block {
					s += int32(x.Values[i*k+b*Block+p]) * int32(w.Values[j*k+b*Block+p])
				}
				scale := Mul(w.Scales[j*blocks+b], x.Scales[i*blocks+b])
				acc = Add(acc, Mul(scale, FromInt(s)))
			}
			c[i*n+j] = acc
		}
	}
	return nil
}

func (q *Quantised) holds(rows, k int) bool {
	return len(q.Values) == rows*k && len(q.Scales) == rows*k/Block
}

func bounds(m, n, k int) error {
	if m < 1 || n < 1 || k < 1 || m > MaxSide || n > MaxSide || k > MaxDepth {
		return fmt.Errorf("tile %d x %d x %d is out of bounds: sides 1 to %d, depth 1 to %d", m, n, k, MaxSide, MaxDepth)
	}
	return nil
}
