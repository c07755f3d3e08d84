package sumcheck_test

import (
	"errors"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"ayni.example/zk/field"
	"ayni.example/zk/poly"
	"ayni.example/zk/sumcheck"
	"ayni.example/zk/transcript"
)

// batch is a batch of products, its terms as they were before a prover overwrote them.
type batch struct {
	weight field.E
	terms  []sumcheck.Product
	total  field.E
}

func newBatch(r *rand.Rand, vars []int) *batch {
	b := &batch{weight: random(r)}
	power := field.One()
	for _, v := range vars {
		t := sumcheck.Product{Vars: v, A: field.Pack(elements(r, 1<<v))}
		if r.IntN(2) == 0 {
			t.B = field.Pack(elements(r, 1<<v))
			t.Claim = field.Dot(t.A, t.B)
		} else {
			t.Base = baseElements(r, 1<<v)
			t.Claim = field.DotBase(t.A, t.Base)
		}
		b.total = field.Add(b.total, field.Mul(power, t.Claim))
		power = field.Mul(power, b.weight)
		b.terms = append(b.terms, t)
	}
	return b
}

func (b *batch) prove() (proof []byte, point []field.E, values [][2]field.E) {
	w := writer()
	terms := slices.Clone(b.terms)
	for j := range terms {
		terms[j].A, terms[j].B = terms[j].A.Clone(), terms[j].B.Clone()
	}
	point, values = sumcheck.ProveProducts(w, b.weight, terms)
	return w.Proof(), point, values
}

func (b *batch) vars() (list []int) {
	for _, t := range b.terms {
		list = append(list, t.Vars)
	}
	return list
}

// at is the values of A and B of the terms at a point, from their tables.
func (b *batch) at(point []field.E) [][2]field.E {
	list := make([][2]field.E, len(b.terms))
	for j, t := range b.terms {
		p := point[len(point)-t.Vars:]
		list[j][0] = poly.Eval(t.A, p)
		if t.Base != nil {
			list[j][1] = poly.EvalBase(t.Base, p)
		} else {
			list[j][1] = poly.Eval(t.B, p)
		}
	}
	return list
}

func (b *batch) verify(proof []byte) error {
	r := reader(proof)
	point, rest, err := sumcheck.VerifyProducts(r, slices.Max(b.vars()), b.total)
	if err != nil {
		return err
	}
	for j, w := range sumcheck.Weights(b.weight, len(point), b.vars()) {
		v := b.at(point)[j]
		rest = field.Sub(rest, field.Mul(w, field.Mul(v[0], v[1])))
	}
	if rest != field.Zero() {
		return errRest
	}
	return r.Close()
}

func TestProducts(t *testing.T) {
	r := source(t)
	for _, vars := range [][]int{{0}, {1}, {3}, {4}, {9}, {5, 5}, {0, 7, 3}, {2, 1, 8, 8, 4, 0}} {
		b := newBatch(r, vars)
		proof, point, values := b.prove()
		if !slices.Equal(values, b.at(point)) {
			t.Errorf("%v variables: the prover's last values are not the polynomials'", vars)
		}
		if err := b.verify(proof); err != nil {
			t.Errorf("%v variables: %v", vars, err)
		}
	}
}

func TestProductsRefuse(t *testing.T) {
	r := source(t)
	b := newBatch(r, []int{5, 3, 4})
	proof, _, _ := b.prove()
	tampered(t, proof, b.verify)
	err := b.verify(proof[:len(proof)-1])
	if !errors.Is(err, transcript.ErrShort) || !strings.Contains(err.Error(), "round 4 of 5") {
		t.Errorf("a proof without its last byte: %v", err)
	}
	for j := range b.terms {
		wrong := *b
		wrong.terms = slices.Clone(b.terms)
		wrong.terms[j].Claim = field.Add(b.terms[j].Claim, field.One())
		wrong.total = field.Add(b.total, field.Pow(b.weight, uint64(j)))
		proof, _, _ := wrong.prove()
		if err := wrong.verify(proof); !errors.Is(err, errRest) {
			t.Errorf("the claim of term %d is wrong by one: %v", j, err)
		}
	}
}

func TestRounds(t *testing.T) {
	r := source(t)
	for _, c := range []struct{ vars, rounds int }{{6, 2}, {6, 4}, {4, 4}, {3, 1}, {2, 2}, {5, 0}} {
		a, b := field.Pack(elements(r, 1<<c.vars)), field.Pack(elements(r, 1<<c.vars))
		claim := field.Dot(a, b)
		w := writer()
		point, restA, restB := sumcheck.ProveRounds(w, a.Clone(), b.Clone(), c.vars, c.rounds)
		got, rest, err := sumcheck.VerifyProducts(reader(w.Proof()), c.rounds, claim)
		if err != nil || !slices.Equal(got, point) {
			t.Fatalf("%d of %d rounds: another point, %v", c.rounds, c.vars, err)
		}
		if field.Dot(restA, restB) != rest {
			t.Errorf("%d of %d rounds: what is left does not sum to the claim", c.rounds, c.vars)
		}
		more := elements(r, c.vars-c.rounds)
		if poly.Eval(restA, more) != poly.Eval(a, append(slices.Clone(point), more...)) {
			t.Errorf("%d of %d rounds: what is left is another polynomial", c.rounds, c.vars)
		}
	}
}
