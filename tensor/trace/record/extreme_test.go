package record_test

import (
	"errors"
	"math"
	"math/rand"
	"slices"
	"testing"
	"time"

	"ayni.example/tensor/grad"
	"ayni.example/tensor/trace"
)

// extremes are numbers that kernels and integers could take differently.
var extremes = map[string][]float32{
	"zeros":     {0, float32(math.Copysign(0, -1))},
	"subnormal": {1e-45, -1e-45, 1e-40, -3e-39, 1e-38, 0, float32(math.Copysign(0, -1))},
	"tiny":      {1e-20, -1e-22, 1e-30, -1e-19},
	"large":     {1e4, -1e4, 3e3, -2e4},
	"huge":      {1e18, -1e18, 1e17, -3e18}, // products are not finite
	"mixed":     {1e18, -1e-40, 0, float32(math.Copysign(0, -1)), 1, -1, 1e-20, -65504},
}

// With extreme weights and moments every kind has the recorded bits, and a step that the trainer makes is the trainer's.
func TestExtremes(t *testing.T) {
	shape := shapes()["ragged"]
	shape.Layers = 1
	for name, values := range extremes {
		t.Run(name, func(t *testing.T) {
			seed := time.Now().UnixNano()
			t.Logf("seed %d", seed)
			r := rand.New(rand.NewSource(seed))
			tr := begin(t, shape, seed)
			moments := tr.trainer.State()
			for i, p := range tr.model.Params() {
				for j := range p.Data {
					p.Data[j] = values[r.Intn(len(values))]
					moments.First[i][j] = values[r.Intn(len(values))] * 1e-3
					moments.Second[i][j] = float32(math.Abs(float64(values[r.Intn(len(values))]))) * 1e-3
				}
			}
			before := tr.commit(t, tr.state())
			rec := tr.record(t, 0, before)
			checkTiles(t, tr.program, rec, r, 3)

			_, err := tr.trainer.Accumulate(tr.windows[0])
			if err == nil {
				_, err = tr.trainer.Apply(rate)
			}
			if errors.Is(err, grad.ErrNotFinite) {
				if rec.Finite() {
					t.Error("the trainer stops where all recorded numbers are finite")
				}
				t.Log("not finite")
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			compare(t, tr, rec.After().Tensors(), tr.state())
		})
	}
}

// A tensor that has numbers that are not finite is made by the definition: other kernels or a ledger have the same bits.
func TestNotFinite(t *testing.T) {
	tr := notFinite(t)
	rec := tr.record(t, 0, tr.commit(t, tr.state()))
	if rec.Finite() {
		t.Fatal("an infinite embedding leaves all numbers finite")
	}
	checkTiles(t, tr.program, rec, rand.New(rand.NewSource(5)), 2)
}

// notFinite is a training with an infinite number in the embedding.
func notFinite(tb testing.TB) *training {
	tb.Helper()
	shape := shapes()["ragged"]
	shape.Layers = 1
	tr := begin(tb, shape, 5)
	tr.fixTokens(tb)
	tr.model.Params()[0].Data[3] = float32(math.Inf(1))
	return tr
}

// What chunks hand on is what Carries says, and walking down from the roots ends in the hashes of tiles.
func TestShown(t *testing.T) {
	tr := begin(t, shapes()["grouped"], 6)
	rec := tr.record(t, 0, tr.commit(t, tr.state()))
	for _, source := range []trace.Source{trace.Intermediate, trace.After} {
		top, err := tr.program.Top(source)
		if err != nil {
			t.Fatal(err)
		}
		root := rec.Root()
		if source == trace.After {
			root = rec.After().Root()
		}
		descend(t, tr.program, rec.Children, rec.Tile, top, root)
	}
	for i := range tr.program.Operations() {
		n := tr.program.Chunks(i, 0)
		all := make([]int, n)
		for c := range all {
			all[c] = c + 1
		}
		list, err := rec.Carries(i, 0, all)
		if err != nil {
			t.Fatal(err)
		}
		tile, err := rec.Tile(i, 0)
		if err != nil {
			t.Fatal(err)
		}
		if len(list) != n || !slices.Equal(list[n-1], tile) {
			t.Fatalf("%s: %d carries do not end in the tile", tr.program.Line(i), len(list))
		}
		for _, c := range list[:n-1] {
			if len(c) != tr.program.Carry(i, 0) {
				t.Fatalf("%s: a carry of %d words", tr.program.Line(i), len(c))
			}
		}
	}
	for _, after := range [][]int{nil, {0}, {2, 1}, {1 << 30}} {
		if _, err := rec.Carries(3, 0, after); !errors.Is(err, trace.ErrPlace) {
			t.Errorf("carries after %v: %v", after, err)
		}
	}
}

func descend(
	t *testing.T, p *trace.Program, children func(trace.Node) ([]trace.Hash, error), tile func(tensor, tile int) ([]uint32, error),
	n trace.Node, hash trace.Hash,
) {
	t.Helper()
	if tensor, at, ok := p.Tile(n); ok {
		words, err := tile(tensor, at)
		if err != nil || trace.TileHash(words) != hash {
			t.Fatalf("tile %d of %s is not what its node says: %v", at, p.Tensor(tensor).Name, err)
		}
		return
	}
	list, err := children(n)
	if err != nil {
		t.Fatal(err)
	}
	if want, err := p.Fanout(n); err != nil || len(list) != want || trace.Parent(list) != hash {
		t.Fatalf("%+v has %d children, want %d: %v", n, len(list), want, err)
	}
	for i, h := range list {
		child, err := p.Child(n, i)
		if err != nil {
			t.Fatal(err)
		}
		descend(t, p, children, tile, child, h)
	}
}

// An opening with another word, another hash or another length is refused, and so is one of another tile or step.
func TestTampered(t *testing.T) {
	tr := begin(t, shapes()["odd tiles"], 7)
	rec := tr.record(t, 1, tr.commit(t, tr.state()))
	p, roots := tr.program, rec.Roots()
	for _, o := range []trace.Operand{
		{Source: trace.Before, Tensor: 3, Tile: 1},
		{Source: trace.Intermediate, Tensor: 2, Tile: 5},
		{Source: trace.After, Tensor: 0, Tile: 2},
		{Source: trace.Cos, Tile: 1},
		{Source: trace.Sin, Tile: 2},
		{Source: trace.Tokens, Tile: 1},
		{Source: trace.Factors},
	} {
		good, err := rec.Open(o)
		if err != nil {
			t.Fatal(err)
		}
		if err := p.Verify(o, roots, good); err != nil {
			t.Fatalf("%+v: %v", o, err)
		}
		if n, err := p.PathLen(o, roots.Step, roots.Steps); err != nil || n != len(good.Path) {
			t.Errorf("%+v: a path of %d, said %d: %v", o, len(good.Path), n, err)
		}
		refuse := func(what string, o trace.Operand, roots trace.Roots, change func(x *trace.Opening)) {
			t.Helper()
			bad := trace.Opening{Words: slices.Clone(good.Words), Path: slices.Clone(good.Path)}
			change(&bad)
			if err := p.Verify(o, roots, bad); err == nil {
				t.Errorf("%+v: %s is taken", o, what)
			}
		}
		refuse("another word", o, roots, func(x *trace.Opening) { x.Words[len(x.Words)-1] ^= 1 })
		refuse("fewer words", o, roots, func(x *trace.Opening) { x.Words = x.Words[1:] })
		refuse("no path", o, roots, func(x *trace.Opening) { x.Path = nil })
		refuse("a longer path", o, roots, func(x *trace.Opening) { x.Path = append(x.Path, trace.Hash{}) })
		for i := range good.Path {
			refuse("another hash", o, roots, func(x *trace.Opening) { x.Path[i][0] ^= 0x80 })
			refuse("a hash less", o, roots, func(x *trace.Opening) { x.Path = slices.Delete(x.Path, i, i+1) })
		}
		other := roots
		other.Step++
		if o.Source == trace.Tokens || o.Source == trace.Factors {
			refuse("another step", o, other, func(*trace.Opening) {})
			other.Step = steps
			refuse("a step after the last", o, other, func(*trace.Opening) {})
		}
	}
}
