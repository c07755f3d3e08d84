package soundness

import (
	"fmt"
	"math/big"
	"math/bits"
	"slices"
	"strings"

	"ayni.example/zk/commit"
	"ayni.example/zk/field"
	"ayni.example/zk/transcript"
)

// Default is the bits that a verifier demands unless it is told otherwise.
const Default = 96

// scale is the precision of errors: they are integers, in units of 2^-scale, rounded up.
const scale = 256

// Term is a step that a false proof survives by Count values of a challenge among all of the extension. The challenge has the nonce
// of its kind, if the profile has one: then so many fewer are seen for each hash.
type Term struct {
	Name  string
	Count uint64
	Kind  transcript.Kind
	Draws uint64 // with a nonce of their own: they say what the work of the prover is
}

// Line is the error of a step.
type Line struct {
	Name  string
	Error *big.Int // in units of 2^-256

	count  uint64        // of bad challenges,
	nonce  uint          // that are drawn with so many bits, or
	matrix commit.Matrix // that is queried
}

// Table is the union bound, line by line.
type Table struct {
	Lines []Line
	Total *big.Int // in units of 2^-256
	Work  uint64   // hashes, on average, that the prover's nonces take

	parameters commit.Parameters
}

// Bound is the table of a proof: the terms of its circuit, then those of the openings of matrices with the given
// numbers of rows. The parameters are valid.
func Bound(terms []Term, p commit.Parameters, weights, witness int) Table {
	t := Table{Total: new(big.Int), parameters: p}
	nonces := p.Nonces()
	if p.Profile() == 1 {
		nonces = transcript.Nonces{} // of queries alone
	}
	for _, x := range terms {
		t.algebraic(x, nonces[x.Kind])
	}
	matrices := p.Matrices(weights, witness)
	if p.Grinding > 0 {
		t.Work += uint64(len(p.Levels)+1) << p.Grinding
	}
	for _, m := range matrices {
		// Correlated agreement up to half of the distance, a challenge at a time: BCIKS20, theorem 1.4.
		fold := Term{Name: "fold of " + m.Name, Count: uint64(m.Challenges) << m.LogLength, Draws: uint64(m.Challenges)}
		t.algebraic(fold, nonces[transcript.Folds])
		t.add(Line{Name: "queries of " + m.Name, Error: queryError(m, p.Grinding), matrix: m})
	}
	claims := uint64(len(matrices)) // one is left from each level but the first, which has two
	for _, m := range matrices {
		claims += uint64(m.Queries)
	}
	t.algebraic(Term{Name: "batches of claims", Count: claims}, nonces[transcript.Queries])
	n := variables(p)
	t.algebraic(Term{Name: "rounds of the opening", Count: 2 * n, Draws: n}, nonces[transcript.Rounds])
	// A coefficient is 64 bits modulo p: its likeliest values are likelier than 1/p by less than 2^-33 of it, four of them
	// by less than 2^-30 of their product.
	t.add(Line{Name: "reduced challenges", Error: ceilShift(t.Total, 30)})
	return t
}

// variables is log2 of the first folded vector.
func variables(p commit.Parameters) uint64 { return commit.Cost(p, 1, 1).Rounds }

func (t *Table) algebraic(x Term, nonce uint) {
	if x.Count > 0 {
		t.add(Line{Name: x.Name, Error: ceilShift(share(x.Count), nonce), count: x.Count, nonce: nonce})
	}
	if nonce > 0 {
		t.Work += x.Draws << nonce
	}
}

func (t *Table) add(l Line) {
	t.Lines = append(t.Lines, l)
	t.Total.Add(t.Total, l.Error)
}

// share is count/|E|.
func share(count uint64) *big.Int {
	size := new(big.Int).Exp(big.NewInt(field.P), big.NewInt(4), nil)
	e := new(big.Int).Lsh(new(big.Int).SetUint64(count), scale)
	return ceilDiv(e, size)
}

// queryError is ((1+rate)/2)^queries 2^-grinding: each query of a matrix that is not close to code words, or is folded to
// another one, shows it with probability (1-rate)/2.
func queryError(m commit.Matrix, grinding uint32) *big.Int {
	// (1+rate)/2 = (length + message) / 2 length
	missed := new(big.Int).Lsh(big.NewInt(int64(1)<<m.LogLength+int64(m.Message)), scale-uint(m.LogLength)-1)
	e := new(big.Int).Lsh(big.NewInt(1), scale)
	for range m.Queries {
		e = ceilShift(e.Mul(e, missed), scale)
	}
	return ceilShift(e, uint(grinding))
}

// collision is the bits of work that find two columns, or two nodes of a tree, with one hash: whoever does it needs no luck with
// any challenge, so that nothing else in a table gives more.
func (t Table) collision() int { return 8 * t.parameters.Kept() / 2 }

// Bits is the whole bits of the bound: the chance of a false proof is at most 2^-Bits for each transcript that is tried, and
// no fewer than 2^Bits hashes are expected to collide.
func (t Table) Bits() int { return min(hundredths(t.Total)/100, t.collision()) }

// String prints the table as lines of bits.
func (t Table) String() string {
	var b strings.Builder
	for _, l := range slices.Concat(t.Lines, []Line{{Name: "all together", Error: t.Total}}) {
		h := hundredths(l.Error)
		fmt.Fprintf(&b, "%-32s 2^-%d.%02d\n", l.Name, h/100, h%100)
	}
	fmt.Fprintf(&b, "%-32s 2^%d hashes\n", "collision in a tree", t.collision())
	if t.parameters.Profile() > 1 {
		fmt.Fprintf(&b, "%-32s 2^%d hashes\n", "work of an honest prover", bits.Len64(t.Work))
	}
	return b.String()
}

// hundredths is -log2 of an error in hundredths of a bit, rounded down: the largest n with e^100 <= 2^-n.
func hundredths(e *big.Int) int {
	power := new(big.Int).Exp(e, big.NewInt(100), nil)
	return max(0, 100*scale-power.Sub(power, big.NewInt(1)).BitLen())
}

func ceilShift(x *big.Int, n uint) *big.Int {
	up := new(big.Int).Lsh(big.NewInt(1), n)
	up.Sub(up, big.NewInt(1)).Add(up, x)
	return up.Rsh(up, n)
}

func ceilDiv(x, y *big.Int) *big.Int {
	up := new(big.Int).Sub(y, big.NewInt(1))
	up.Add(up, x)
	return up.Div(up, y)
}
