package sumcheck_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"ayni.example/zk/field"
	"ayni.example/zk/poly"
	"ayni.example/zk/sumcheck"
)

// sum is a sum weighted with eq(u, x) of a polynomial f of some columns.
type sum struct {
	u       []field.E
	columns [][]field.Element
	degree  int
	f       func(values []field.E) field.E
	claim   field.E
	prove   func(s sumcheck.Sender) (point, values []field.E)
}

// total is the claim that is true, from the definition.
func (s *sum) total() (total field.E) {
	eq := field.Eq(s.u)
	for i := range 1 << len(s.u) {
		values := make([]field.E, len(s.columns))
		for d, c := range s.columns {
			values[d] = field.Base(c[i])
		}
		total = field.Add(total, field.Mul(eq.At(i), s.f(values)))
	}
	return total
}

func products(r *rand.Rand, vars, factors int) *sum {
	s := &sum{u: elements(r, vars), degree: factors, f: sumcheck.ProductAt}
	for range factors {
		s.columns = append(s.columns, baseElements(r, 1<<vars))
	}
	s.prove = func(w sumcheck.Sender) (point, values []field.E) { return sumcheck.ProveZero(w, s.u, s.columns) }
	s.claim = s.total()
	return s
}

func bits(r *rand.Rand, vars, columns int) *sum {
	weight := random(r)
	s := &sum{u: elements(r, vars), degree: 2, f: func(values []field.E) field.E { return sumcheck.BitsAt(weight, values) }}
	for range columns {
		c := make([]field.Element, 1<<vars)
		for i := range c {
			c[i] = field.BaseInt(r.Int64N(2))
		}
		s.columns = append(s.columns, c)
	}
	s.prove = func(w sumcheck.Sender) (point, values []field.E) {
		return sumcheck.ProveBits(w, s.u, weight, s.columns)
	}
	return s
}

func (s *sum) verify(proof []byte) error {
	r := reader(proof)
	point, rest, err := sumcheck.VerifyZero(r, s.u, s.degree, s.claim)
	if err != nil {
		return err
	}
	values := make([]field.E, len(s.columns))
	for d, c := range s.columns {
		values[d] = poly.EvalBase(c, point)
	}
	if s.f(values) != rest {
		return errRest
	}
	return r.Close()
}

func TestZero(t *testing.T) {
	r := source(t)
	for _, vars := range []int{0, 1, 2, 3, 4, 5, 9} {
		for _, s := range []*sum{products(r, vars, 1), products(r, vars, 4), products(r, vars, 16), bits(r, vars, 1), bits(r, vars, 5)} {
			name := fmt.Sprintf("%d variables, %d columns, degree %d", vars, len(s.columns), s.degree)
			w := writer()
			point, values := s.prove(w)
			for d, c := range s.columns {
				if values[d] != poly.EvalBase(c, point) {
					t.Errorf("%s: the prover's last value %d is not the column's", name, d)
				}
			}
			if err := s.verify(w.Proof()); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
}

func TestZeroOfMaxima(t *testing.T) {
	r := source(t)
	const vars, windows = 6, 4
	s := products(r, vars, windows)
	for p := range 1 << vars {
		s.columns[r.IntN(windows)][p] = field.Element{}
	}
	s.claim = field.Zero()
	w := writer()
	s.prove(w)
	if err := s.verify(w.Proof()); err != nil {
		t.Error("a factor is zero everywhere:", err)
	}
	for d := range s.columns {
		s.columns[d][11] = field.BaseInt(int64(d) + 1)
	}
	w = writer()
	s.prove(w)
	if err := s.verify(w.Proof()); !errors.Is(err, errRest) {
		t.Error("no factor is zero at 11:", err)
	}
}

func TestZeroRefuses(t *testing.T) {
	r := source(t)
	for _, s := range []*sum{products(r, 5, 3), bits(r, 4, 2)} {
		w := writer()
		s.prove(w)
		tampered(t, w.Proof(), s.verify)
	}
	s := bits(r, 5, 3)
	s.columns[1][7] = field.BaseInt(2)
	w := writer()
	s.prove(w)
	if err := s.verify(w.Proof()); !errors.Is(err, errRest) {
		t.Error("a bit is two:", err)
	}
}

// TestQuadratic sends the same sum by ProveBits and by rounds of its own.
func TestQuadratic(t *testing.T) {
	r := source(t)
	s := bits(r, 6, 1)
	s.columns[0][5] = field.BaseInt(9)
	s.claim = s.total()
	want := writer()
	point, _ := s.prove(want)

	w := writer()
	q, err := sumcheck.NewQuadratic(s.u, s.claim)
	if err != nil {
		t.Fatal(err)
	}
	table := sumcheck.NewTable(field.PackBase(s.columns[0]), len(s.u))
	for k := range s.u {
		eq, half := field.Eq(s.u[k+1:]), 1<<(len(s.u)-k-1)
		v := table.Halves()
		var at0, lead field.E
		for i := range half {
			lo, hi := v.At(i), v[len(v)/2:].At(i)
			d := field.Sub(hi, lo)
			at0 = field.Add(at0, field.Mul(eq.At(i), field.Sub(field.Mul(lo, lo), lo)))
			lead = field.Add(lead, field.Mul(eq.At(i), field.Mul(d, d)))
		}
		table.Bind(q.Round(w, at0, lead))
	}
	if !slices.Equal(q.Point(), point) || !slices.Equal(w.Proof(), want.Proof()) {
		t.Error("other messages than ProveBits'")
	}
	s.u[3] = field.Zero()
	if _, err := sumcheck.NewQuadratic(s.u, s.claim); !errors.Is(err, sumcheck.ErrChallenge) {
		t.Error("a zero to divide by:", err)
	}
}
