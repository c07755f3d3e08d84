package commit

import "ayni.example/zk/field"

// Statement is the sum of Rows[i] eq(Point, j) M[i][j] over a matrix M: its value. There are as many
// coordinates as the log2 of the columns.
type Statement struct {
	Rows  []field.E
	Point []field.E
	Value field.E
}

// Claim is a statement about the matrix with a root.
type Claim struct {
	Root [32]byte
	Statement
}
