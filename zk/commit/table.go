package commit

import (
	"encoding/binary"
	"math/bits"

	"github.com/consensys/gnark-crypto/field/koalabear"

	"ayni.example/zk/field"
	"ayni.example/zk/hash"
	"ayni.example/zk/poly"
	"ayni.example/zk/transcript"
)

// Bytes in front of what is hashed, so that no leaf is a node.
const (
	leafPrefix = 0x00
	nodePrefix = 0x01
)

// table is a matrix of code words with its tree.
type table struct {
	code  *poly.Domain
	rows  int             // base elements of a column
	words []field.Element // canonical, not in Montgomery's form: coset by coset, row by row, in the transform's order
	kept  int             // bytes of a hash that its parent is made of
	tree  []hash.Sum      // node i has the children 2i and 2i+1; the leaves are the second half
}

// newTable encodes and hashes rows of base elements; row writes one, as a message of the code.
func newTable(code *poly.Domain, kept, rows int, row func(i int, message []field.Element)) *table {
	t := &table{code: code, kept: kept, rows: rows, words: make([]field.Element, rows*code.Size())}
	message := make([]field.Element, code.Message())
	// Multiplied by the word 1, Montgomery's form becomes the canonical one, and encoding is linear.
	unit := field.Element{1}
	for i := range rows {
		row(i, message)
		v := koalabear.Vector(message)
		v.ScalarMul(v, &unit)
		for c := range code.Cosets() {
			symbols := t.coset(c)[i*len(message):][:len(message)]
			copy(symbols, message)
			code.Coset(c, symbols)
		}
	}
	t.hash()
	return t
}

// coset is the rows of the symbols c, c + cosets, ...
func (t *table) coset(c int) []field.Element {
	n := t.rows * t.code.Message()
	return t.words[c*n:][:n]
}

func (t *table) hash() {
	leaves := t.code.Size()
	t.tree = make([]hash.Sum, 2*leaves)
	sums := make([]hash.Sum, t.code.Message())
	for c := range t.code.Cosets() {
		hash.Columns(sums, leafPrefix, t.coset(c), t.rows)
		for j := range sums {
			t.tree[leaves+t.code.Symbol(c, j)] = sums[j]
		}
	}
	for n := leaves / 2; n > 0; n /= 2 {
		hash.Nodes(t.tree[n:2*n], nodePrefix, t.tree[2*n:4*n], t.kept)
	}
}

func (t *table) root() [32]byte { return t.tree[1] }

// open writes the columns with the given indices, which ascend, and the hashes that are missing between them and the root.
func (t *table) open(w *transcript.Writer, indices []int) {
	nodes := make([]int, len(indices))
	column := make([]byte, field.BaseBytes*t.rows)
	for i, j := range indices {
		t.column(column, j)
		w.Raw(column)
		nodes[i] = t.code.Size() + j
	}
	for nodes[0] > 1 {
		above := nodes[:0]
		for i := 0; i < len(nodes); i++ {
			sibling := nodes[i] ^ 1
			above = append(above, nodes[i]/2)
			if i+1 < len(nodes) && nodes[i+1] == sibling {
				i++
				continue
			}
			w.Raw(t.tree[sibling][:t.kept])
		}
		nodes = above
	}
}

// column writes the bytes of column j.
func (t *table) column(dst []byte, j int) {
	n := t.code.Message()
	coset := t.coset(j % t.code.Cosets())
	at := int(bits.Reverse64(uint64(j/t.code.Cosets())) >> (64 - bits.TrailingZeros(uint(n)))) // the inverse of Symbol
	for i := range t.rows {
		binary.LittleEndian.PutUint32(dst[field.BaseBytes*i:], coset[i*n+at][0])
	}
}
