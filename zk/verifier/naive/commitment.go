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
	levels           []level
	profile          int
	kept             int // bytes of a hash within a tree
	nonces           nonces
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
	if len(b) != 0 || len(list) < 11 {
		return q, false
	}
	q.profile, q.kept, q.nonces[queries] = list[0], 24, list[9]
	rest := list[10:]
	if q.profile == 2 && len(rest) > 3 {
		q.kept, q.nonces[rounds], q.nonces[keys], q.nonces[folds] = 32, rest[0], rest[1], rest[2]
		rest = rest[3:]
	} else if q.profile != 1 {
		return q, false
	}
	if rest[0] > 8 || len(rest) != 1+3*rest[0] {
		return q, false
	}
	q.weights = code{list[1], list[2], list[3], list[4]}
	q.witness = code{list[5], list[6], list[7], list[8]}
	for i := 1; i < len(rest); i += 3 {
		q.levels = append(q.levels, level{rest[i], rest[i+1], rest[i+2]})
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
	if d := q.nonces; q.profile == 2 && (d[rounds] < 1 || d[rounds] > d[keys] || d[rounds] > d[folds] || d[keys] > 32 || d[folds] > 32) {
		return false
	}
	return q.nonces[queries] <= 24 && n <= 12
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

// climb hashes level by level; what is missing is read from the proof. Below the root a hash is its first 24 bytes, or in profile 2 all.
func (v *verifier) climb(nodes map[int][]byte, log int) []byte {
	for ; log > 0; log-- {
		known := make([]int, 0, len(nodes))
		for i := range nodes {
			known = append(known, i)
		}
		slices.Sort(known)
		for _, i := range known {
			if nodes[i^1] == nil {
				nodes[i^1] = v.bytes(v.p.kept)
			}
		}
		above := map[int][]byte{}
		for _, i := range known {
			b := append([]byte{1}, nodes[i&^1][:v.p.kept]...)
			hash := sha256.Sum256(append(b, nodes[i|1][:v.p.kept]...))
			above[i/2] = hash[:]
		}
		nodes = above
	}
	return nodes[0]
}
