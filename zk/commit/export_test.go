package commit

import "ayni.example/zk/field"

// Column is the bytes of column j, as an opening shows them.
func (c *Commitment) Column(j int) []byte {
	column := make([]byte, field.BaseBytes*c.rows)
	c.column(column, j)
	return column
}

// Words is what the columns are of, canonical.
func (c *Commitment) Words() []field.Element { return c.words }

// Rehash makes the hashes those of words that were changed.
func (c *Commitment) Rehash() { c.hash() }

// Place is where a matrix' folded data, or tails, lie in the first vector.
func Place(p Parameters, matrix int, tail bool) (offset, n int) {
	for _, x := range newLayout(p).pieces {
		if x.matrix == matrix && x.tail == tail {
			return x.offset, 1 << x.log
		}
	}
	return 0, 0
}

// LastAt is where the last vector is in a proof without levels, behind the masks.
func LastAt(p Parameters) (at, n int) {
	for _, c := range []Code{p.Weights, p.Witness} {
		if c.Tail > 0 {
			at += field.Bytes
		}
	}
	return at, 1 << newLayout(p).log
}
