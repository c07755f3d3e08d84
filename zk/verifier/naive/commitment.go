package naive

import (
	"crypto/sha256"
	"encoding/binary"
	"math/bits"
	"slices"
)

// Section 8: parameters, matrices and the opening of their columns.

type code struct{ columns, inverseRate, queries, tail int }

type level struct{ rows, inverseRate, queries int }

type parameters struct {
	weights, witness code
	grinding         int
	levels           []level
}

// Parameters says whether these are the bytes of parameters that a proof can have.
func Parameters(b []byte) bool {
	_, ok := parseParameters(b)
	return ok
}

// parseParameters reads the canonical encoding; false where a number is out of bounds or the length is wrong.
func parseParameters(b []byte) (q parameters, ok bool) {
	var list []int
	for ; len(b) >= 4; b = b[4:] {
		list = append(list, int(binary.LittleEndian.Uint32(b)))
	}
	if len(b) != 0 || len(list) < 11 || list[0] != 1 || list[10] > 8 || len(list) != 11+3*list[10] {
		return q, false
	}
	q.weights = code{list[1], list[2], list[3], list[4]}
	q.witness = code{list[5], list[6], list[7], list[8]}
	q.grinding = list[9]
	for i := 11; i < len(list); i += 3 {
		q.levels = append(q.levels, level{list[i], list[i+1], list[i+2]})
	}
	return q, q.valid()
}

// valid holds the bounds of section 8.
func (q *parameters) valid() bool {
	for _, c := range []code{q.weights, q.witness} {
		tail := c.tail == 0 || power2(c.tail) && c.tail >= max(8, c.queries) && c.tail <= 1<<c.columns
		if !validCode(c.columns, c.inverseRate, c.queries) || !tail {
			return false
		}
	}
	sources := []*source{newSource([32]byte{}, q.weights, &statement{}), newSource([32]byte{}, q.witness, &statement{})}
	n := log2(place(sources))
	for _, l := range q.levels {
		if n -= l.rows; l.rows < 1 || l.rows > 8 || !validCode(n, l.inverseRate, l.queries) {
			return false
		}
	}
	return q.grinding <= 24 && n <= 12
}

func validCode(columns, inverseRate, queries int) bool {
	return columns >= 3 && power2(inverseRate) && inverseRate >= 2 && inverseRate <= 256 && columns+log2(inverseRate) <= 24 &&
		queries >= 1 && queries <= 1024
}

func power2(n int) bool { return n > 0 && bits.OnesCount(uint(n)) == 1 }

// source is a committed matrix, and where the sum of its rows lies in v.
type source struct {
	root         [32]byte
	coefficients int // of an element: 1 or 4
	logLength    int // of the code words
	queries      int
	rows         []ext // row weights
	data, tail   piece
}

type piece struct{ offset, length int }

// drawn is an index with the sum of its column.
type drawn struct {
	x     ext
	value ext
}

// open draws indices, reads their columns and checks them against the root.
func (v *verifier) open(s *source) []drawn {
	indices := v.indices(s.queries, s.logLength)
	distinct := slices.Clone(indices)
	slices.Sort(distinct)
	distinct = slices.Compact(distinct)
	sums := map[int]ext{}
	nodes := map[int][]byte{}
	size := 4 * s.coefficients
	for _, q := range distinct {
		column := v.bytes(size * len(s.rows))
		var sum ext
		for i, o := range s.rows {
			sum = add(sum, mul(o, v.decode(column[size*i:], s.coefficients)))
		}
		sums[q] = sum
		hash := sha256.Sum256(append([]byte{0}, column...))
		nodes[q] = hash[:]
	}
	v.check(string(v.climb(nodes, s.logLength)) == string(s.root[:]), "8: the columns do not hash to the root")
	w := unity(s.logLength)
	list := make([]drawn, len(indices))
	for i, q := range indices {
		list[i] = drawn{power(w, uint64(q)), sums[q]}
	}
	return list
}

// climb hashes level by level; what is missing is read from the proof. Below the root a hash is its first 24 bytes.
func (v *verifier) climb(nodes map[int][]byte, log int) []byte {
	for ; log > 0; log-- {
		known := make([]int, 0, len(nodes))
		for i := range nodes {
			known = append(known, i)
		}
		slices.Sort(known)
		for _, i := range known {
			if nodes[i^1] == nil {
				nodes[i^1] = v.bytes(24)
			}
		}
		above := map[int][]byte{}
		for _, i := range known {
			b := append([]byte{1}, nodes[i&^1][:24]...)
			hash := sha256.Sum256(append(b, nodes[i|1][:24]...))
			above[i/2] = hash[:]
		}
		nodes = above
	}
	return nodes[0]
}
