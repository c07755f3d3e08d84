package sumcheck

import "ayni.example/zk/field"

const (
	laneVars = 3 // variables of the elements of a block
	lanes    = 1 << laneVars
)

// Table is a multilinear polynomial by its values, while its variables are bound from the first to the last. Once it is
// smaller than two blocks the two halves of its values are spread over two, so that the same loops serve all sizes.
type Table struct {
	vars   int
	values field.Vec
	spread bool
}

// NewTable is the polynomial of 2^vars values. It overwrites them and, as append does, what capacity lies behind them.
func NewTable(values field.Vec, vars int) Table {
	return Table{vars: vars, values: values[:max(1, 1<<vars/lanes)]}
}

// Vars is how many variables are not bound yet.
func (t *Table) Vars() int { return t.vars }

// Value is the polynomial's where all variables are bound.
func (t *Table) Value() field.E { return t.values.At(0) }

// Values are all values, until Halves is asked for and the variable bound that it tells apart.
func (t *Table) Values() field.Vec { return t.values }

// Halves are the values where the first variable is 0, then those where it is 1, in as many whole blocks. Blocks end in zeros
// where a half has less than eight. There is a variable to bind.
func (t *Table) Halves() field.Vec {
	if t.vars > laneVars || t.spread {
		return t.values
	}
	if cap(t.values) < 2 {
		t.values = append(make(field.Vec, 0, 2), t.values...)
	}
	t.values = t.values[:2]
	low, high := &t.values[0], &t.values[1]
	half := 1 << (t.vars - 1)
	for k := range low {
		var lo, hi [lanes]uint32
		copy(lo[:], low[k][:half])
		copy(hi[:], low[k][half:2*half])
		low[k], high[k] = lo, hi
	}
	t.spread = true
	return t.values
}

// Bind makes r the value of the first variable.
func (t *Table) Bind(r field.E) {
	v := t.Halves()
	h := len(v) / 2
	field.FoldVec(v[:h], v[:h], v[h:], r)
	t.shrink(h)
}

// Sum adds what the first variable tells apart. The table of eq(u, x) becomes that of its other variables.
func (t *Table) Sum() {
	v := t.Halves()
	h := len(v) / 2
	field.AddVec(v[:h], v[:h], v[h:])
	t.shrink(h)
}

func (t *Table) shrink(blocks int) {
	t.values = t.values[:blocks]
	t.vars--
	t.spread = false
}
