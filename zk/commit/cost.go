package commit

import (
	"fmt"
	"math/bits"

	"ayni.example/zk/field"
	"ayni.example/zk/transcript"
)

// Matrix is a committed matrix as its verifier, and who judges the parameters, see it.
type Matrix struct {
	Name        string
	Rows        uint32 // elements of a column, with those of a mask
	ElementSize uint32 // bytes of an element
	Message     uint32 // coefficients of a row, with those of a tail
	LogLength   uint32 // log2 of the columns, which are the symbols of a code word
	Challenges  uint32 // that fold the rows to one
	Queries     uint32
	Kept        uint32 // bytes of a hash in the tree
}

// Matrices are all matrices of an opening, in order, for validated parameters and the rows of weights and witness.
func (p Parameters) Matrices(weights, witness int) []Matrix {
	list := make([]Matrix, 0, 2+len(p.Levels))
	kept := uint32(p.Kept())
	list = append(list, p.Weights.matrix("weights", weights, kept), p.Witness.matrix("witness", witness, kept))
	l := newLayout(p)
	left := l.log
	for i, level := range p.Levels {
		left -= level.Rows
		rows := uint32(1) << level.Rows
		if i == 0 {
			rows = uint32(l.used+1<<left-1) >> left
		}
		list = append(list, Matrix{
			Name: fmt.Sprintf("level %d", i), Rows: rows, ElementSize: field.Bytes, Message: 1 << left,
			LogLength: left + log2(level.InverseRate), Challenges: level.Rows, Queries: level.Queries, Kept: kept,
		})
	}
	return list
}

func (c Code) matrix(name string, rows int, kept uint32) Matrix {
	m := Matrix{
		Name: name, Rows: uint32(rows), ElementSize: field.BaseBytes, Message: 1<<c.Columns + c.Tail,
		LogLength: c.logLength(), Challenges: uint32(bits.Len(uint(rows - 1))), Queries: c.Queries, Kept: kept,
	}
	if c.Tail > 0 {
		m.Rows += maskRows
		m.Challenges++
	}
	return m
}

// Work bounds what Verify does and reads.
type Work struct {
	Queries  uint64 // columns that are hashed
	Hashes   uint64 // blocks of 64 bytes that SHA-256 takes
	Products uint64 // of extension elements, by others or by base elements
	Rounds   uint64 // of sumchecks
	Bytes    uint64 // of the longest proof
}

// Cost bounds Verify, for validated parameters and the rows of weights and witness.
func Cost(p Parameters, weights, witness int) Work {
	var w Work
	for _, m := range p.Matrices(weights, witness) {
		w.add(m)
	}
	draws := newLayout(p).log // each after a message of its own
	for _, c := range []Code{p.Weights, p.Witness} {
		if c.Tail > 0 {
			w.Bytes += field.Bytes
			draws++
		}
	}
	variables := uint64(newLayout(p).log)
	w.Rounds = variables
	last := variables
	for _, l := range p.Levels {
		last -= uint64(l.Rows)
	}
	w.Bytes += (2*variables + 1<<last) * field.Bytes
	w.Bytes += uint64(len(p.Levels)) * 32
	if p.Grinding > 0 {
		w.Bytes += uint64(len(p.Levels)+1) * transcript.NonceBytes
	}
	w.Draws(p, int(draws))
	w.Hashes += blocks(1<<last*field.Bytes) + 8*variables // the last vector, rounds and other short messages
	// Each query's functional has two products a variable, and a power of a root that is about as long.
	w.Products += w.Queries*4*variables + 1<<last
	return w
}

// Draws adds the nonces of draws that are not of queries, each after a message of its own.
func (w *Work) Draws(p Parameters, n int) {
	if p.Profile() == 2 {
		w.Bytes += uint64(n) * transcript.NonceBytes
		w.Hashes += uint64(n)
	}
}

// Bytes bounds what an opening of the matrix adds to a proof.
func (m Matrix) Bytes() uint64 {
	return min(uint64(m.Queries), 1<<m.LogLength)*uint64(m.Rows)*uint64(m.ElementSize) + uint64(m.Kept)*m.missing()
}

// missing bounds the hashes that are not computed from the columns: of 2^l nodes, at most half, and one a column.
func (m Matrix) missing() (n uint64) {
	for l := range m.LogLength {
		n += min(uint64(m.Queries), 1<<l)
	}
	return n
}

func (w *Work) add(m Matrix) {
	queries := uint64(m.Queries)
	w.Queries += queries
	w.Bytes += m.Bytes()
	w.Hashes += queries*blocks(1+uint64(m.Rows)*uint64(m.ElementSize)) + m.missing()*blocks(1+2*uint64(m.Kept)) + queries/8
	w.Products += queries * uint64(m.Rows)
}

// blocks is how many blocks SHA-256 takes for n bytes and their padding.
func blocks(n uint64) uint64 { return (n + 9 + 63) / 64 }
