package commit_test

import (
	"io"
	"testing"

	"ayni.example/zk/commit"
	"ayni.example/zk/field"
	"ayni.example/zk/transcript"
)

// What hiding claims: with a tail of at least as many coefficients as there are opened columns, and a mask that is used once,
// the opened columns and the folded vector that a proof shows are jointly uniform, whatever the data are. Both are affine in
// the randomness, so that they are uniform exactly if differences of samples have full rank; a rank that is too low is a
// linear function of what is shown that tells the data.

const (
	hidingRows    = 2
	hidingColumns = 8
	hidingTail    = 8
)

func hidingParameters() commit.Parameters {
	return commit.Parameters{Weights: code(3, 4, 8, hidingTail), Witness: code(3, 2, 1, 0)}
}

// maskOff gives random bytes for the tails, and zeros for the mask.
type maskOff struct {
	random io.Reader
	left   int
}

func (m *maskOff) Read(b []byte) (int, error) {
	if m.left == 0 {
		clear(b)
		return len(b), nil
	}
	n, err := m.random.Read(b[:min(len(b), m.left)])
	m.left -= n
	return n, err
}

// view is what some proofs of one commitment show, of which opened columns are taken at given places.
func view(t *testing.T, random io.Reader, proofs, columns int) []field.Element {
	t.Helper()
	p := hidingParameters()
	s, err := commit.NewScheme(p)
	if err != nil {
		t.Fatal(err)
	}
	fixed := seeded(7)
	data, other := randomBase(fixed, hidingRows*hidingColumns), randomBase(fixed, 8)
	weights, err := s.CommitWeights(data, random)
	if err != nil {
		t.Fatal(err)
	}
	witness, err := s.CommitWitness(other, nil)
	if err != nil {
		t.Fatal(err)
	}
	rows, point := randomE(fixed, hidingRows), randomE(fixed, 3)
	openings := [2]commit.Opening{
		{Commitment: weights, Statement: commit.Statement{Rows: rows, Point: point}, Fold: commit.Fold(data, rows, hidingColumns)},
		{Commitment: witness, Statement: commit.Statement{Rows: rows[:1], Point: point}, Fold: commit.Fold(other, rows[:1], 8)},
	}
	var seen []field.Element
	for j := range columns {
		for i := range hidingRows {
			seen = append(seen, base(t, weights.Column(3 * j)[field.BaseBytes*i:])) // the rows of data; those of the mask follow from the rest
		}
	}
	var before []field.E
	var challenge field.E
	for k := range proofs {
		root := weights.Root()
		bound := append(root[:], byte(k))
		tr := p.Transcript()
		tr.Absorb("root", bound)
		w := transcript.NewWriter(tr)
		if err := s.Open(w, openings[0], openings[1]); err != nil {
			t.Fatal(err)
		}
		// The vector is x u + mask; two of them with one mask give u.
		v, x := shown(t, p, bound, w.Proof())
		inverse := field.Inverse(field.Sub(x, challenge))
		for i, e := range v {
			if k > 0 {
				e = field.Sub(e, before[i])
			}
			e = field.Mul(e, inverse)
			seen = append(seen, e[:]...)
		}
		before, challenge = v, x
	}
	return seen
}

// shown is the folded vector of a proof, and the challenge that the fold was multiplied with.
func shown(t *testing.T, p commit.Parameters, bound, proof []byte) (list []field.E, x field.E) {
	t.Helper()
	tr := p.Transcript()
	tr.Absorb("root", bound)
	r := transcript.NewReader(tr, proof)
	if _, err := r.Receive("mask", 1); err != nil {
		t.Fatal(err)
	}
	at, _ := commit.LastAt(p)
	for _, tail := range []bool{false, true} {
		offset, n := commit.Place(p, 0, tail)
		for i := range n {
			e, err := field.Decode(proof[at+field.Bytes*(offset+i):])
			if err != nil {
				t.Fatal(err)
			}
			list = append(list, e)
		}
	}
	x, err := r.Challenge()
	if err != nil {
		t.Fatal(err)
	}
	return list, x
}

func base(t *testing.T, b []byte) field.Element {
	t.Helper()
	e, err := field.DecodeBase(b)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// rank is that of the differences of samples to the first.
func rank(samples [][]field.Element) (rank int) {
	for _, s := range samples[1:] {
		for i := range s {
			s[i].Sub(&s[i], &samples[0][i])
		}
	}
	rows := samples[1:]
	for column := range rows[0] {
		pivot := rank
		for pivot < len(rows) && rows[pivot][column].IsZero() {
			pivot++
		}
		if pivot == len(rows) {
			continue
		}
		rows[rank], rows[pivot] = rows[pivot], rows[rank]
		var inverse field.Element
		inverse.Inverse(&rows[rank][column])
		for _, row := range rows[rank+1:] {
			var c, x field.Element
			c.Mul(&row[column], &inverse)
			for i := column; i < len(row); i++ {
				row[i].Sub(&row[i], x.Mul(&c, &rows[rank][i]))
			}
		}
		rank++
	}
	return rank
}

func TestHiding(t *testing.T) {
	for _, c := range []struct {
		name            string
		random          func(r io.Reader) io.Reader
		proofs, columns int
		leaks           bool
	}{
		{name: "one proof", proofs: 1, columns: hidingTail},
		{name: "planted: more columns than tail", proofs: 1, columns: hidingTail + 1, leaks: true},
		{name: "planted: mask off", proofs: 1, columns: hidingTail, leaks: true, random: func(r io.Reader) io.Reader {
			return &maskOff{random: r, left: 4 * hidingRows * hidingTail}
		}},
		{name: "a second proof", proofs: 2, columns: hidingTail, leaks: true}, // the documented limit
	} {
		t.Run(c.name, func(t *testing.T) {
			source := seeded(11)
			var samples [][]field.Element
			for dimensions := 1; len(samples) < dimensions+10; {
				random := io.Reader(source)
				if c.random != nil {
					random = c.random(source)
				}
				samples = append(samples, view(t, random, c.proofs, c.columns))
				dimensions = len(samples[0])
			}
			if got, all := rank(samples), len(samples[0]); (got < all) != c.leaks {
				t.Errorf("what is shown has rank %d of %d", got, all)
			}
		})
	}
}

// TestRandomnessIsUniform counts in which sixteenth of the field the elements fall that hide: chi-squared, 15 degrees of freedom.
func TestRandomnessIsUniform(t *testing.T) {
	p := hidingParameters()
	s, err := commit.NewScheme(p)
	if err != nil {
		t.Fatal(err)
	}
	source, counts, n := seeded(13), [16]int{}, 0
	for range 200 {
		c, err := s.CommitWeights(randomBase(seeded(1), hidingRows*hidingColumns), source)
		if err != nil {
			t.Fatal(err)
		}
		for j := range hidingTail {
			for i := range hidingRows {
				e := base(t, c.Column(j)[field.BaseBytes*i:])
				counts[e.Uint64()*16/field.P]++
				n++
			}
		}
	}
	chi := 0.0
	for _, k := range counts {
		d := float64(k) - float64(n)/16
		chi += d * d / (float64(n) / 16)
	}
	if chi > 44.3 { // one of 10 000 seeds
		t.Errorf("chi-squared is %.1f: %v", chi, counts)
	}
}
