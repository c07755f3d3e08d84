package hash

import (
	"crypto/sha256"
	"encoding/binary"

	"ayni.example/zk/field"
)

// Sum is a hash.
type Sum = [sha256.Size]byte

// Wide reports whether this processor hashes sixteen messages at once: elsewhere turning rows into columns gains nothing.
func Wide() bool { return wide() }

// Columns makes dst[j] the hash of prefix and of column j of a matrix of the given number of rows, which lie one after the
// other. Each entry counts four bytes, little-endian, of the word that it is: in Montgomery's form if it is in that form.
func Columns(dst []Sum, prefix byte, matrix []field.Element, rows int) {
	columns := len(dst)
	if len(matrix) != rows*columns {
		panic("hash: the matrix has another shape")
	}
	if rows > 0 && wide() {
		whole := columns / lanes * lanes
		columnsWide(dst[:whole], prefix, matrix, rows, columns)
		columnsFrom(dst, prefix, matrix, rows, whole)
		return
	}
	columnsFrom(dst, prefix, matrix, rows, 0)
}

// columnsFrom hashes columns one by one. Few are turned around at once, so that each line of memory is read once.
func columnsFrom(dst []Sum, prefix byte, matrix []field.Element, rows, first int) {
	const few = 16
	columns, size := len(dst), 1+field.BaseBytes*rows
	buf := make([]byte, few*size)
	for ; first < columns; first += few {
		n := min(few, columns-first)
		for i := range rows {
			for j, e := range matrix[i*columns+first:][:n] {
				binary.LittleEndian.PutUint32(buf[j*size+1+field.BaseBytes*i:], e[0])
			}
		}
		for j := range n {
			message := buf[j*size:][:size]
			message[0] = prefix
			dst[first+j] = sha256.Sum256(message)
		}
	}
}

// Nodes makes dst[i] the hash of prefix and of the first kept bytes, 24 or all 32, of children[2i] and of children[2i+1].
func Nodes(dst []Sum, prefix byte, children []Sum, kept int) {
	children = children[:2*len(dst)]
	at := 0
	if wide() {
		at = len(dst) / lanes * lanes
		nodesWide(dst[:at], prefix, children, kept)
	}
	message := make([]byte, 1+2*kept)
	message[0] = prefix
	for ; at < len(dst); at++ {
		copy(message[1:], children[2*at][:kept])
		copy(message[1+kept:], children[2*at+1][:kept])
		dst[at] = sha256.Sum256(message)
	}
}
