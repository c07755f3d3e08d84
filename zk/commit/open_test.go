package commit_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"testing"

	"ayni.example/zk/commit"
	"ayni.example/zk/field"
	"ayni.example/zk/poly"
	"ayni.example/zk/transcript"
)

// setting is two committed vectors and a true statement about each.
type setting struct {
	scheme           *commit.Scheme
	parameters       commit.Parameters
	openings         [2]commit.Opening
	weights, witness []field.Element
	statement        [2]commit.Claim
}

// seeded is a source of random bytes that a test can repeat.
func seeded(seed uint64) *rand.ChaCha8 {
	var key [32]byte
	for i := range 8 {
		key[i] = byte(seed >> (8 * i))
	}
	return rand.NewChaCha8(key)
}

func randomBase(r *rand.ChaCha8, n int) []field.Element {
	list := make([]field.Element, n)
	for i := range list {
		list[i] = field.BaseInt(int64(r.Uint64() % field.P))
	}
	return list
}

func randomE(r *rand.ChaCha8, n int) []field.E {
	list := make([]field.E, n)
	for i := range list {
		for k := range list[i] {
			list[i][k] = field.BaseInt(int64(r.Uint64() % field.P))
		}
	}
	return list
}

// newSetting commits to random vectors of the given lengths.
func newSetting(tb testing.TB, p commit.Parameters, weights, witness int, seed uint64) *setting {
	tb.Helper()
	scheme, err := commit.NewScheme(p)
	if err != nil {
		tb.Fatal(err)
	}
	r := seeded(seed)
	s := &setting{scheme: scheme, parameters: p, weights: randomBase(r, weights), witness: randomBase(r, witness)}
	for k, code := range []commit.Code{p.Weights, p.Witness} {
		values, add := s.weights, scheme.CommitWeights
		if k == 1 {
			values, add = s.witness, scheme.CommitWitness
		}
		c, err := add(values, r)
		if err != nil {
			tb.Fatal(err)
		}
		columns := 1 << code.Columns
		rows := code.Rows(len(values))
		st := commit.Statement{Rows: randomE(r, rows), Point: randomE(r, int(code.Columns))}
		u := commit.Fold(values, st.Rows, columns)
		st.Value = poly.Eval(u, st.Point)
		s.openings[k] = commit.Opening{Commitment: c, Statement: st, Fold: u}
		s.statement[k] = commit.Claim{Root: c.Root(), Statement: st}
	}
	return s
}

func bound(p commit.Parameters) *transcript.Transcript {
	t := p.Transcript()
	t.Absorb("statement", []byte("of the test"))
	return t
}

func (s *setting) prove(tb testing.TB) []byte {
	tb.Helper()
	w := transcript.NewWriter(bound(s.parameters))
	if err := s.scheme.Open(w, s.openings[0], s.openings[1]); err != nil {
		tb.Fatal(err)
	}
	return w.Proof()
}

func (s *setting) verify(proof []byte) error {
	r := transcript.NewReader(bound(s.parameters), proof)
	if err := commit.Verify(r, s.parameters, s.statement[0], s.statement[1]); err != nil {
		return err
	}
	return r.Close()
}

func code(columns, inverse, queries, tail uint32) commit.Code {
	return commit.Code{Columns: columns, InverseRate: inverse, Queries: queries, Tail: tail}
}

func levels(list ...[3]uint32) []commit.Level {
	l := make([]commit.Level, 0, len(list))
	for _, x := range list {
		l = append(l, commit.Level{Rows: x[0], InverseRate: x[1], Queries: x[2]})
	}
	return l
}

// shapes are sizes and parameters with something at an edge.
func shapes() map[string]struct {
	p                commit.Parameters
	weights, witness int
} {
	return map[string]struct {
		p                commit.Parameters
		weights, witness int
	}{
		"one row, one block, no level":  {commit.Parameters{Weights: code(3, 2, 4, 0), Witness: code(3, 2, 4, 0)}, 8, 8},
		"one value":                     {commit.Parameters{Weights: code(3, 4, 4, 0), Witness: code(4, 2, 4, 0)}, 1, 1},
		"no level, many rows":           {commit.Parameters{Weights: code(5, 4, 9, 0), Witness: code(4, 8, 7, 0), Grinding: 2}, 700, 300},
		"equal sizes":                   {commit.Parameters{Weights: code(6, 4, 12, 0), Witness: code(6, 4, 12, 0), Levels: levels([3]uint32{2, 4, 9})}, 1 << 9, 1 << 9},
		"witness longer":                {commit.Parameters{Weights: code(4, 4, 12, 0), Witness: code(7, 4, 12, 0), Levels: levels([3]uint32{3, 4, 9})}, 1 << 6, 1 << 9},
		"three levels, level 1 row":     {commit.Parameters{Weights: code(9, 2, 20, 0), Witness: code(5, 8, 11, 0), Grinding: 4, Levels: levels([3]uint32{1, 2, 30}, [3]uint32{3, 4, 9}, [3]uint32{2, 16, 5})}, 5000, 1000},
		"more queries than columns":     {commit.Parameters{Weights: code(3, 2, 200, 0), Witness: code(3, 2, 100, 0), Levels: levels([3]uint32{1, 2, 99})}, 20, 20},
		"witness hides":                 {commit.Parameters{Weights: code(7, 4, 20, 0), Witness: code(5, 8, 16, 16), Levels: levels([3]uint32{2, 4, 9})}, 2000, 500},
		"both hide":                     {commit.Parameters{Weights: code(7, 4, 20, 32), Witness: code(5, 8, 16, 32), Grinding: 1, Levels: levels([3]uint32{2, 4, 9}, [3]uint32{2, 8, 9})}, 2000, 500},
		"tail longer than the other":    {commit.Parameters{Weights: code(7, 4, 20, 64), Witness: code(4, 8, 16, 0)}, 2000, 100},
		"tail as long as rows, one row": {commit.Parameters{Weights: code(3, 2, 8, 8), Witness: code(3, 4, 8, 8)}, 3, 2},
	}
}

// second is parameters as profile 2 has them.
func second(p commit.Parameters) commit.Parameters {
	p.Draws = commit.Draws{Rounds: 2, Keys: 3, Folds: 5}
	return p
}

func TestOpenVerifies(t *testing.T) {
	for name, c := range shapes() {
		t.Run(name, func(t *testing.T) {
			for _, p := range []commit.Parameters{c.p, second(c.p)} {
				s := newSetting(t, p, c.weights, c.witness, 1)
				if err := s.verify(s.prove(t)); err != nil {
					t.Fatal(err)
				}
			}
		})
	}
}

func TestVerifyRefusesAnotherStatement(t *testing.T) {
	for name, c := range shapes() {
		t.Run(name, func(t *testing.T) {
			s := newSetting(t, c.p, c.weights, c.witness, 2)
			proof := s.prove(t)
			for k := range s.statement {
				honest := s.statement[k]
				s.statement[k].Value = field.Add(honest.Value, field.One())
				refused(t, fmt.Sprint("value ", k), s.verify(proof), commit.ErrSum)
				s.statement[k] = honest
				s.statement[k].Root[31] ^= 1
				refused(t, fmt.Sprint("root ", k), s.verify(proof), commit.ErrRoot)
				s.statement[k] = honest
				s.statement[k].Rows = append([]field.E{field.Add(honest.Rows[0], field.One())}, honest.Rows[1:]...)
				refused(t, fmt.Sprint("row weight ", k), s.verify(proof), commit.ErrSum)
				s.statement[k] = honest
				s.statement[k].Point = append([]field.E{field.Add(honest.Point[0], field.One())}, honest.Point[1:]...)
				refused(t, fmt.Sprint("point ", k), s.verify(proof), commit.ErrSum)
				s.statement[k] = honest
			}
		})
	}
}

func refused(t *testing.T, what string, err, want error) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Errorf("%s: %v, want %v", what, err, want)
	}
}
