package commit

import (
	"crypto/sha256"
	"encoding/binary"
	"math/bits"

	"github.com/consensys/gnark-crypto/field/koalabear"

	"ayni.example/zk/field"
	"ayni.example/zk/poly"
	"ayni.example/zk/transcript"
)

// Bytes in front of what is hashed, so that no leaf is a node.
const (
	leafPrefix = 0x00
	nodePrefix = 0x01
)

// digest is the hash of a node: what is left of SHA-256 costs 2^96 hashes to collide, as much as other ways to lie, and two
// of them fit one block of the next hash. The root is a whole one.
type digest [NodeBytes]byte

// NodeBytes is the length of a hash within a tree.
const NodeBytes = 24

// batch is how many rows are encoded before they are written to columns: 32 bytes of each.
const batch = 8

// table is a matrix of code words, column by column as it is hashed and sent, with its tree.
type table struct {
	rows    int      // base elements of a column
	stride  int      // bytes of a column with the prefix of its leaf
	columns []byte   // canonical, not in Montgomery's form
	tree    []digest // node i has the children 2i and 2i+1; the leaves are the second half
}

// newTable encodes and hashes rows of base elements; row writes one, as a message of the code.
func newTable(code *poly.Domain, rows int, row func(i int, message []field.Element)) *table {
	t := &table{rows: rows, stride: 1 + field.BaseBytes*rows}
	t.columns = make([]byte, code.Size()*t.stride)
	messages, coset := make([][]field.Element, batch), make([][]field.Element, batch)
	for r := range batch {
		messages[r], coset[r] = make([]field.Element, code.Message()), make([]field.Element, code.Message())
	}
	// Multiplied by the word 1, Montgomery's form becomes the canonical one, and encoding is linear.
	unit := field.Element{1}
	for first := 0; first < rows; first += batch {
		n := min(batch, rows-first)
		for r := range n {
			row(first+r, messages[r])
			v := koalabear.Vector(messages[r])
			v.ScalarMul(v, &unit)
		}
		for c := range code.Cosets() {
			for r := range n {
				copy(coset[r], messages[r])
				code.Coset(c, coset[r])
			}
			t.scatter(code, c, first, coset[:n])
		}
	}
	t.hash(code.Size())
	return t
}

// scatter writes a coset of symbols of some rows to their columns.
func (t *table) scatter(code *poly.Domain, c, first int, rows [][]field.Element) {
	from, n := 1+field.BaseBytes*first, code.Message()
	if len(rows) == batch {
		scatterBatch(t.columns[c*t.stride+from:], code.Cosets()*t.stride, n, rows)
		return
	}
	shift := 64 - bits.TrailingZeros(uint(n))
	for i := range n {
		j := bits.Reverse64(uint64(i)) >> shift // the transform's order
		out := t.columns[(i*code.Cosets()+c)*t.stride+from:][:field.BaseBytes*len(rows)]
		for r, row := range rows {
			binary.LittleEndian.PutUint32(out[field.BaseBytes*r:], row[j][0])
		}
	}
}

// scatterBatch is scatter of a whole batch, where a proof spends much of its time: no loop over rows.
func scatterBatch(columns []byte, stride, n int, rows [][]field.Element) {
	shift := 64 - bits.TrailingZeros(uint(n))
	r0, r1, r2, r3 := rows[0][:n], rows[1][:n], rows[2][:n], rows[3][:n]
	r4, r5, r6, r7 := rows[4][:n], rows[5][:n], rows[6][:n], rows[7][:n]
	for i := range n {
		j := bits.Reverse64(uint64(i)) >> shift
		out := columns[i*stride:][:batch*field.BaseBytes]
		binary.LittleEndian.PutUint64(out[0:], uint64(r0[j][0])|uint64(r1[j][0])<<32)
		binary.LittleEndian.PutUint64(out[8:], uint64(r2[j][0])|uint64(r3[j][0])<<32)
		binary.LittleEndian.PutUint64(out[16:], uint64(r4[j][0])|uint64(r5[j][0])<<32)
		binary.LittleEndian.PutUint64(out[24:], uint64(r6[j][0])|uint64(r7[j][0])<<32)
	}
}

func (t *table) hash(leaves int) {
	t.tree = make([]digest, 2*leaves)
	for j := range leaves {
		h := sha256.Sum256(t.columns[j*t.stride:][:t.stride]) // its prefix is there: leafPrefix is zero
		t.tree[leaves+j] = digest(h[:])
	}
	for i := leaves - 1; i > 0; i-- {
		h := parent(&t.tree[2*i], &t.tree[2*i+1])
		t.tree[i] = digest(h[:])
	}
}

func (t *table) root() [32]byte { return parent(&t.tree[2], &t.tree[3]) }

// open writes the columns with the given indices, which ascend, and the hashes that are missing between them and the root.
func (t *table) open(w *transcript.Writer, indices []int) {
	nodes := make([]int, len(indices))
	for i, j := range indices {
		w.Raw(t.columns[j*t.stride+1:][:t.stride-1])
		nodes[i] = len(t.tree)/2 + j
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
			w.Raw(t.tree[sibling][:])
		}
		nodes = above
	}
}

// parent is the hash of two nodes.
func parent(left, right *digest) [32]byte {
	var b [1 + 2*len(left)]byte
	b[0] = nodePrefix
	copy(b[1:], left[:])
	copy(b[1+len(left):], right[:])
	return sha256.Sum256(b[:])
}
