package field_test

import (
	"math/rand/v2"
	"testing"

	"ayni.example/zk/field"
)

// weights are random with the extremes among them.
func weights(r *rand.Rand, n int) []int8 {
	w := make([]int8, n)
	for i := range w {
		w[i] = int8(r.Uint32())
		if r.IntN(4) == 0 {
			w[i] = -128
		}
	}
	return w
}

func TestFold(t *testing.T) {
	r := source(t)
	for _, name := range field.Families() {
		t.Run(name, func(t *testing.T) {
			field.Use(t, name)
			for _, s := range [][3]int{{1, 1, 0}, {3, 5, 0}, {4, 16, 0}, {6, 33, 4}, {64, 40, 32}, {1030, 17, 4}} {
				rows, columns, first := s[0], s[1], s[2]
				w, c := weights(r, rows*columns), elements(r, rows-first)
				m := field.NewMatrix(w, columns)
				if m.Rows() != rows || m.Columns() != columns {
					t.Fatalf("shape %d of %d rows and %d columns", s, m.Rows(), m.Columns())
				}
				same(t, "Fold", m.Fold(first, c), each(columns, func(j int) (e field.E) {
					for i := range c {
						e = field.Add(e, field.MulBase(c[i], field.BaseInt(int64(w[(first+i)*columns+j]))))
					}
					return e
				}))
			}
		})
	}
}

// TestFoldExtremes is where sums of products are largest: as many rows as a model has, and nothing but extremes.
func TestFoldExtremes(t *testing.T) {
	most := field.E{{field.P - 1}, {0x7effffff}, {0x00ffffff}, {0xffff}}
	const rows = 1 << 17
	w, c := make([]int8, rows), make([]field.E, rows)
	for i := range w {
		w[i], c[i] = -128, most
	}
	m := field.NewMatrix(w, 1)
	want := field.Mul(field.Int(-128*rows), most)
	for _, name := range field.Families() {
		t.Run(name, func(t *testing.T) {
			field.Use(t, name)
			if got := m.Fold(0, c).At(0); got != want {
				t.Errorf("%v, not %v", got, want)
			}
		})
	}
}

func TestFoldRefusesRows(t *testing.T) {
	m := field.NewMatrix(make([]int8, 64), 8)
	for _, c := range []struct{ first, rows int }{{1, 4}, {0, 9}, {8, 1}} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("folded %d rows from %d of 8", c.rows, c.first)
				}
			}()
			m.Fold(c.first, make([]field.E, c.rows))
		}()
	}
}

func TestDotInt8(t *testing.T) {
	r := source(t)
	for _, name := range field.Families() {
		t.Run(name, func(t *testing.T) {
			field.Use(t, name)
			for _, n := range []int{0, 1, 15, 16, 31, 32, 33, 64, 100, 1000, 65535} {
				w, x := weights(r, n), make([]int16, n)
				var want int32
				for i := range x {
					x[i] = int16(r.IntN(512) - 256)
					if r.IntN(4) == 0 {
						x[i] = 255
					}
					want += int32(w[i]) * int32(x[i])
				}
				if got := field.DotInt8(w, x); got != want {
					t.Errorf("%d terms: %d, not %d", n, got, want)
				}
			}
		})
	}
}
