package lookup_test

import (
	"errors"
	"math/bits"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"ayni.example/zk/field"
	"ayni.example/zk/lookup"
	"ayni.example/zk/poly"
	"ayni.example/zk/transcript"
)

func source(tb testing.TB) *rand.Rand {
	tb.Helper()
	seed := rand.Uint64()
	tb.Logf("seed %d", seed)
	return rand.New(rand.NewPCG(seed, 0))
}

func random(r *rand.Rand) (e field.E) {
	for k := range e {
		e[k] = field.BaseInt(r.Int64N(field.P))
	}
	return e
}

// book is a table of 2^vars rows, row i of which is the number 3i, and columns of numbers that are looked up in it.
type book struct {
	gamma  field.E
	vars   int
	blocks []lookup.Block
	layout *lookup.Layout
}

// newBook makes a table and columns of 2^k numbers for each k.
func newBook(tb testing.TB, r *rand.Rand, table int, columns ...int) *book {
	tb.Helper()
	b := &book{gamma: random(r), vars: table}
	counts, vars := make([]int64, 1<<table), make([]int, 0, len(columns)+1)
	for _, k := range columns {
		den := field.NewVec(1 << k)
		for i := range 1 << k {
			row := r.IntN(1 << table)
			counts[row]++
			den.Set(i, b.den(row))
		}
		b.blocks, vars = append(b.blocks, lookup.Block{Den: den}), append(vars, k)
	}
	den, num := field.NewVec(1<<table), make([]field.Element, 1<<table)
	for row, n := range counts {
		den.Set(row, b.den(row))
		num[row] = field.BaseInt(-n)
	}
	b.blocks, vars = append(b.blocks, lookup.Block{Den: den, Num: num}), append(vars, table)
	layout, err := lookup.NewLayout(vars)
	if err != nil {
		tb.Fatal(err)
	}
	b.layout = layout
	return b
}

func (b *book) den(row int) field.E { return field.Sub(b.gamma, field.Int(3*int64(row))) }

func (b *book) prove() (proof []byte, c lookup.Claim, err error) {
	w := transcript.NewWriter(transcript.New(1, transcript.Nonces{}))
	c, err = lookup.Prove(w, b.layout, cloned(b.blocks))
	return w.Proof(), c, err
}

// values are what the blocks are at a point of the leaves.
func (b *book) values(point []field.E) []lookup.Fraction {
	list := make([]lookup.Fraction, len(b.blocks))
	for i, block := range b.blocks {
		at := point[:b.layout.Blocks[i]]
		list[i] = lookup.Fraction{P: field.One(), Q: poly.Eval(block.Den, at)}
		if block.Num != nil {
			list[i].P = poly.EvalBase(block.Num, at)
		}
	}
	return list
}

func (b *book) verify(proof []byte) error {
	r := transcript.NewReader(transcript.New(1, transcript.Nonces{}), proof)
	c, err := lookup.Verify(r, b.layout)
	if err != nil {
		return err
	}
	if err := b.layout.Check(c, b.values(c.Point)); err != nil {
		return err
	}
	return r.Close()
}

// leaves is all leaves of the tree in their order, as section 6 of docs/spec/proof-1.md places them.
func (b *book) leaves() (p, q field.Vec) {
	n := b.layout.Vars
	p, q = field.NewVec(1<<n), field.NewVec(1<<n)
	for i := range 1 << n {
		q.Set(i, field.One())
	}
	order := make([]int, len(b.blocks))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(i, j int) int { return b.layout.Blocks[j] - b.layout.Blocks[i] })
	offset := uint32(0)
	for _, i := range order {
		k := b.layout.Blocks[i]
		sel := int(bits.Reverse32(offset) >> (32 - n))
		for j := range 1 << k {
			at := j<<(n-k) + sel
			p.Set(at, field.One())
			if b.blocks[i].Num != nil {
				p.Set(at, field.Base(b.blocks[i].Num[j]))
			}
			q.Set(at, b.blocks[i].Den.At(j))
		}
		offset += 1 << k
	}
	return p, q
}

func TestLookup(t *testing.T) {
	r := source(t)
	for _, c := range [][]int{{0, 0}, {1, 0}, {0, 3}, {3, 3}, {4, 0, 0}, {2, 5, 5, 1}, {9, 4, 7, 3, 3}, {5, 8}, {6, 6, 6, 6, 2, 1, 0}, {3, 10, 9, 8, 1}} {
		b := newBook(t, r, c[0], c[1:]...)
		proof, claim, err := b.prove()
		if err != nil {
			t.Errorf("table and columns %v: %v", c, err)
			continue
		}
		p, q := b.leaves()
		if poly.Eval(p, claim.Point) != claim.P || poly.Eval(q, claim.Point) != claim.Q {
			t.Errorf("table and columns %v: the claim is not true of the leaves", c)
		}
		if err := b.verify(proof); err != nil {
			t.Errorf("table and columns %v: %v", c, err)
		}
	}
}

// TestVerifyRefuses changes each element of a proof: the error names the layer that it belongs to.
func TestVerifyRefuses(t *testing.T) {
	b := newBook(t, source(t), 4, 5, 2, 3)
	proof, _, err := b.prove()
	if err != nil {
		t.Fatal(err)
	}
	at := 0
	for k := range b.layout.Vars {
		for i := range 2*k + 4 {
			changed := slices.Clone(proof)
			e, err := field.Decode(proof[at:])
			if err != nil {
				t.Fatal(err)
			}
			field.Append(changed[:at], field.Add(e, field.One()))
			at += field.Bytes
			place := "layer " + string(rune('0'+k)) + " of 6"
			if err := b.verify(changed); err == nil || !strings.HasPrefix(err.Error(), place) {
				t.Errorf("element %d of layer %d changed: %v", i, k, err)
			}
		}
	}
	if at != len(proof) {
		t.Fatalf("a proof of %d bytes, not %d", len(proof), at)
	}
	if err := b.verify(proof[:at-1]); !errors.Is(err, transcript.ErrShort) {
		t.Errorf("a proof without its last byte: %v", err)
	}
}

// liar is a prover that sends another first layer than its own: two fractions, the second of which takes away the first.
type liar struct {
	*transcript.Writer
	lied bool
}

func (l *liar) Send(tag string, es ...field.E) {
	if tag == "layer" && !l.lied {
		es[1] = field.Neg(field.Mul(field.Mul(es[0], es[3]), field.Inverse(es[2])))
		l.lied = true
	}
	l.Writer.Send(tag, es...)
}

// TestLiars proves a sum that is not zero without a look at it, and with a first layer that hides it.
func TestLiars(t *testing.T) {
	b := newBook(t, source(t), 4, 5, 3)
	b.blocks[0].Den.Set(9, field.Sub(b.gamma, field.Int(1)))
	honest := transcript.NewWriter(transcript.New(1, transcript.Nonces{}))
	if _, err := lookup.ProveFalse(honest, b.layout, cloned(b.blocks)); err != nil {
		t.Fatal(err)
	}
	if err := b.verify(honest.Proof()); !errors.Is(err, lookup.ErrSum) {
		t.Errorf("a sum that is not zero: %v", err)
	}
	w := &liar{Writer: transcript.NewWriter(transcript.New(1, transcript.Nonces{}))}
	if _, err := lookup.ProveFalse(w, b.layout, cloned(b.blocks)); err != nil {
		t.Fatal(err)
	}
	if err := b.verify(w.Proof()); !errors.Is(err, lookup.ErrLayer) || !strings.HasPrefix(err.Error(), "layer 1 ") {
		t.Errorf("a first layer that hides the sum: %v", err)
	}
	// All layers are right, and their leaves are not the blocks'.
	good := newBook(t, source(t), 4, 5, 3)
	proof, _, err := good.prove()
	if err != nil {
		t.Fatal(err)
	}
	good.blocks[0].Den.Set(9, field.One())
	if err := good.verify(proof); !errors.Is(err, lookup.ErrLeaves) {
		t.Errorf("the leaves of another proof: %v", err)
	}
	for _, block := range b.blocks {
		clear(block.Den)
	}
	zero := transcript.NewWriter(transcript.New(1, transcript.Nonces{}))
	if _, err := lookup.ProveFalse(zero, b.layout, b.blocks); err != nil {
		t.Fatal(err)
	}
	if err := b.verify(zero.Proof()); !errors.Is(err, lookup.ErrPole) {
		t.Errorf("denominators of zero: %v", err)
	}
}

func cloned(blocks []lookup.Block) []lookup.Block {
	list := slices.Clone(blocks)
	for i := range list {
		list[i].Den = list[i].Den.Clone()
	}
	return list
}

func TestProveRefuses(t *testing.T) {
	r := source(t)
	for _, c := range []struct {
		name   string
		change func(b *book)
		want   error
	}{
		{"a multiplicity too many", func(b *book) { b.blocks[2].Num[3] = field.BaseInt(-100) }, lookup.ErrSum},
		{"a value outside of the table", func(b *book) { b.blocks[0].Den.Set(9, field.Sub(b.gamma, field.Int(1))) }, lookup.ErrSum},
		{"a value behind the table", func(b *book) { b.blocks[1].Den.Set(0, b.den(16)) }, lookup.ErrSum},
		{"gamma is a value", func(b *book) { b.blocks[0].Den.Set(9, field.Zero()) }, lookup.ErrPole},
		{"gamma is a row that nobody looks up", func(b *book) { b.blocks[2].Den.Set(0, field.Zero()) }, lookup.ErrPole},
		{"a block too few", func(b *book) { b.blocks = b.blocks[1:] }, lookup.ErrLayout},
		{"a block too short", func(b *book) { b.blocks[0].Den = b.blocks[0].Den[:2] }, lookup.ErrLayout},
	} {
		b := newBook(t, r, 4, 5, 3)
		c.change(b)
		if _, _, err := b.prove(); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, not %v", c.name, err, c.want)
		}
	}
}

func TestLayoutRefuses(t *testing.T) {
	for _, vars := range [][]int{nil, {-1}, {29}, {28, 0}, make([]int, 1<<15)} {
		if _, err := lookup.NewLayout(vars); !errors.Is(err, lookup.ErrLayout) {
			t.Errorf("%d blocks: %v", len(vars), err)
		}
	}
}
