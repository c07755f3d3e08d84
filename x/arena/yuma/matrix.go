package yuma

import (
	"math/bits"
	"slices"
)

// columns are the entries of a sparse matrix by column; a cell's UID is its row. Within a column rows ascend.
type columns struct {
	start []int // of each column in cells, and of the one after the last
	cells []Cell
}

// column is the entries of one.
func (c *columns) column(j int) []Cell { return c.cells[c.start[j]:c.start[j+1]] }

// reset begins a matrix of n columns and at most cells entries.
func (c *columns) reset(n, cells int) {
	c.start = resize(c.start, n+2)
	clear(c.start)
	c.cells = resize(c.cells, cells)
}

// fill turns rows around by counting; keep says which entries are there.
func (c *columns) fill(rows [][]Cell, n int, keep func(i, j int) bool) {
	size := 0
	for _, row := range rows {
		size += len(row)
	}
	c.reset(n, size)
	for i, row := range rows {
		for _, cell := range row {
			if keep(i, int(cell.UID)) {
				c.start[cell.UID+2]++
			}
		}
	}
	for j := range n {
		c.start[j+2] += c.start[j+1]
	}
	for i, row := range rows {
		for _, cell := range row {
			if j := int(cell.UID); keep(i, j) {
				c.cells[c.start[j+1]] = Cell{UID: uint16(i), Value: cell.Value}
				c.start[j+1]++
			}
		}
	}
	c.cells = c.cells[:c.start[n]]
}

// divisor divides many numbers by one, by its reciprocal: the quotient's estimate is short by one at most.
type divisor struct{ d, reciprocal uint64 }

func newDivisor(d uint64) divisor {
	if d == 0 {
		return divisor{}
	}
	return divisor{d, ^uint64(0) / d}
}

// quo is x/d, rounded down; 0 where d is.
func (v divisor) quo(x uint64) uint64 {
	q, _ := bits.Mul64(x, v.reciprocal)
	if v.d != 0 && x-q*v.d >= v.d {
		q++
	}
	return q
}

// of is x/d of numbers with 0 <= x <= One: what Num.Div gives, but faster.
func (v divisor) of(x Num) Num {
	if x == One {
		return One.Div(Num(v.d))
	}
	return Num(v.quo(uint64(x) << fraction))
}

// times is a*b of numbers that are not negative and whose product fits: what Num.Mul gives, but faster.
func times(a, b Num) Num {
	hi, lo := bits.Mul64(uint64(a), uint64(b))
	return Num(hi<<fraction | lo>>fraction)
}

// resize is a slice of length n over the memory of an earlier one.
func resize[T any](s []T, n int) []T { return slices.Grow(s[:0], n)[:n] }
