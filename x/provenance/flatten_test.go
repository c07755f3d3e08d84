package provenance_test

import (
	"crypto/sha256"
	"encoding/binary"
	"flag"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"

	"ayni.example/x/provenance"
)

var seedFlag = flag.Uint64("seed", 0, "of random tests; zero: another each time")

// random is a source whose seed is printed.
func random(tb testing.TB) *rand.Rand {
	tb.Helper()
	seed := *seedFlag
	if seed == 0 {
		seed = rand.Uint64()
	}
	tb.Logf("-seed %d repeats this", seed)
	return rand.New(rand.NewPCG(seed, 1))
}

func id(n uint64) []byte {
	d := sha256.Sum256(binary.BigEndian.AppendUint64(nil, n))
	return d[:]
}

// node is an asset of a graph in memory.
type node struct {
	id     []byte
	share  uint32
	vector []provenance.Share
}

func (n node) as(seen bool) provenance.ParentVector {
	return provenance.ParentVector{Asset: n.id, PPM: n.share, Seen: seen, Shares: n.vector}
}

func child(tb testing.TB, n uint64, share uint32, parents ...provenance.ParentVector) node {
	tb.Helper()
	vector, err := provenance.Flatten(parents)
	if err != nil {
		tb.Fatal(err)
	}
	return node{id(n), share, vector}
}

func ppm(n node, of node) uint32 {
	for _, s := range n.vector {
		if slices.Equal(s.Asset, of.id) {
			return s.PPM
		}
	}
	return 0
}

func total(n node) uint32 {
	sum := uint32(0)
	for _, s := range n.vector {
		sum += s.PPM
	}
	return sum
}

// graph grows assets with random parents.
func graph(tb testing.TB, r *rand.Rand, count int) []node {
	tb.Helper()
	all := make([]node, 0, count)
	for i := range count {
		parents := make([]provenance.ParentVector, 0, 16)
		for _, p := range r.Perm(i)[:min(i, r.IntN(provenance.ParentsMax+1))] {
			parents = append(parents, all[p].as(r.IntN(2) == 0))
		}
		all = append(all, child(tb, uint64(i), r.Uint32N(500_001), parents...))
	}
	return all
}

// TestFlattenProperties: whatever the graph, a vector is within its caps, in order, without anybody twice, and the same in
// whatever order the parents stand.
func TestFlattenProperties(t *testing.T) {
	r := random(t)
	all := graph(t, r, 400)
	for range 400 {
		parents := make([]provenance.ParentVector, 0, 16)
		for _, p := range r.Perm(len(all))[:r.IntN(provenance.ParentsMax+1)] {
			parents = append(parents, all[p].as(r.IntN(2) == 0))
		}
		c := child(t, 1<<40, 0, parents...)
		if err := (provenance.Vector{Asset: c.id, Shares: c.vector}).Validate(); err != nil {
			t.Fatal(err)
		}
		r.Shuffle(len(parents), func(i, j int) { parents[i], parents[j] = parents[j], parents[i] })
		if again := child(t, 1<<40, 0, parents...); !reflect.DeepEqual(c.vector, again.vector) {
			t.Fatalf("the order of the parents changes the vector: %v, %v", c.vector, again.vector)
		}
		level := map[bool]uint32{} // the most that one whose share does not fit has
		for _, s := range c.vector {
			if s.PPM < greatest(parents, s.Asset) {
				level[s.Seen] = max(level[s.Seen], s.PPM)
			}
		}
		for _, s := range c.vector {
			if s.PPM < greatest(parents, s.Asset) && s.PPM+1 < level[s.Seen] || level[s.Seen] > 0 && s.PPM > level[s.Seen]+1 {
				t.Fatalf("%d of a million where the level is %d: %v", s.PPM, level[s.Seen], c.vector)
			}
		}
		// Those that are seen have all the cap that they can use before anybody who is claimed has anything.
		seen, scaled, claimed := uint32(0), false, uint32(0)
		for _, s := range c.vector {
			if !s.Seen {
				claimed += s.PPM
				continue
			}
			seen += s.PPM
			scaled = scaled || s.PPM < greatest(parents, s.Asset)
		}
		if scaled && claimed > 0 {
			t.Fatalf("seen ones have %d and are scaled, claimed ones %d", seen, claimed)
		}
	}
}

// greatest is the most that any parent gives an asset.
func greatest(parents []provenance.ParentVector, asset []byte) uint32 {
	most := uint32(0)
	for _, p := range parents {
		if slices.Equal(p.Asset, asset) {
			most = max(most, p.PPM)
		}
		for _, s := range p.Shares {
			if slices.Equal(s.Asset, asset) {
				most = max(most, s.PPM)
			}
		}
	}
	return most
}

// TestAttackShellInsertion: a shell between an ancestor and a child dilutes nothing, however many there are.
func TestAttackShellInsertion(t *testing.T) {
	base := child(t, 1, 100_000)
	last := base
	for i := range uint64(20) {
		last = child(t, 10+i, 0, last.as(false))
		if got := ppm(last, base); got != 100_000 {
			t.Fatalf("behind %d shells the base has %d", i+1, got)
		}
	}
}

// TestAttackSqueezedAncestor: sixteen parents of one's own, each with the greatest share, take nothing from an ancestor that the
// ledger saw: not beside it, and not in a shell that claims them.
func TestAttackSqueezedAncestor(t *testing.T) {
	genuine := child(t, 1, 200_000)
	parents := append(make([]provenance.ParentVector, 0, 16), genuine.as(true))
	for i := range uint64(15) {
		parents = append(parents, child(t, 100+i, 500_000).as(false))
	}
	squeezed := child(t, 2, 0, parents...)
	if got := ppm(squeezed, genuine); got != 200_000 {
		t.Fatalf("the real one has %d of a million", got)
	}
	if got := total(squeezed); got != provenance.UpstreamMax {
		t.Fatalf("all have %d", got)
	}
	// A shell that only claims fakes is observed itself: the fakes stay claimed all the same.
	shell := child(t, 3, 0, parents[1:]...)
	if c := child(t, 4, 0, shell.as(true), genuine.as(true)); ppm(c, genuine) != 200_000 {
		t.Fatalf("behind a shell the real one has %d", ppm(c, genuine))
	}
}

// TestAttackSqueezeObserved: fifteen parents of one's own that a leased training really began with do not squeeze the real one either: each
// has at most what a sixteenth of the half is, and what asks for less is whole.
func TestAttackSqueezeObserved(t *testing.T) {
	genuine, small := child(t, 1, 100_000), child(t, 2, 31_000)
	parents := make([]provenance.ParentVector, 0, 16)
	parents = append(parents, genuine.as(true), small.as(true))
	for i := range uint64(14) {
		parents = append(parents, child(t, 100+i, 500_000).as(true))
	}
	c := child(t, 3, 0, parents...)
	if a, b := ppm(c, genuine), ppm(c, small); a != 31_267 && a != 31_266 || b != 31_000 || total(c) != provenance.UpstreamMax {
		t.Fatalf("they have %d and %d of %d", a, b, total(c))
	}
}

// TestLevel has the golden shares of what asks for more than there is: seen ones first, all that exceed the level at it, units by id.
func TestLevel(t *testing.T) {
	for _, c := range []struct{ seen, claimed, want []uint32 }{
		{[]uint32{500_000, 1}, nil, []uint32{499_999, 1}},
		{[]uint32{500_000, 250_000, 250_001}, nil, []uint32{166_667, 166_666, 166_667}},
		{[]uint32{300_000}, []uint32{300_000, 50_000}, []uint32{300_000, 150_000, 50_000}},
		{[]uint32{100_000}, []uint32{500_000, 500_000, 500_000}, []uint32{100_000, 133_334, 133_333, 133_333}},
		{[]uint32{500_000}, []uint32{500_000}, []uint32{500_000, 0}},
		{[]uint32{200_000, 200_000, 100_000}, nil, []uint32{200_000, 200_000, 100_000}},
	} {
		shares := slices.Concat(c.seen, c.claimed)
		parents := make([]provenance.ParentVector, 0, len(shares))
		asset := make([]node, 0, len(shares))
		for i, share := range shares {
			asset = append(asset, child(t, uint64(i), share))
			parents = append(parents, asset[i].as(i < len(c.seen)))
		}
		got := make([]uint32, len(asset))
		for i := range asset {
			got[i] = ppm(child(t, 99, 0, parents...), asset[i])
		}
		sorted := func(list []uint32) []uint32 { return slices.Sorted(slices.Values(list)) }
		if !slices.Equal(sorted(got), sorted(c.want)) {
			t.Errorf("%v and %v have %v, want %v", c.seen, c.claimed, got, c.want)
		}
	}
}

// TestHold: what is held is levelled among itself into a half of its own, and nobody has a share twice.
func TestHold(t *testing.T) {
	share := func(n uint64, ppm uint32) provenance.Share { return provenance.Share{Asset: id(n), PPM: ppm} }
	regular := []provenance.Share{share(1, 500_000)}
	v := provenance.Vector{Asset: id(9), Shares: provenance.Hold(regular, []provenance.Share{share(1, 10), share(2, 500_000), share(3, 500_000), share(4, 100), share(5, 0)})}
	if err := v.Validate(); err != nil || len(v.Shares) != 4 {
		t.Fatalf("%v, %v", v.Shares, err)
	}
	want := map[string]uint32{string(id(1)): 500_000, string(id(2)): 249_950, string(id(3)): 249_950, string(id(4)): 100}
	for _, s := range v.Shares {
		if s.PPM != want[string(s.Asset)] || s.Held == slices.Equal(s.Asset, id(1)) {
			t.Errorf("%v", s)
		}
	}
}

// TestAttackSplitIntoParents: whoever splits an asset into many, each with a part of the share, gains nothing over the cap.
func TestAttackSplitIntoParents(t *testing.T) {
	parents := make([]provenance.ParentVector, 0, 16)
	for i := range uint64(16) {
		parents = append(parents, child(t, i, 500_000).as(true))
	}
	if c := child(t, 99, 0, parents...); total(c) != provenance.UpstreamMax {
		t.Fatalf("sixteen have %d", total(c))
	}
}

// TestDiamond: an ancestor that is reached by two ways is paid once.
func TestDiamond(t *testing.T) {
	base := child(t, 1, 100_000)
	left, right := child(t, 2, 10_000, base.as(true)), child(t, 3, 20_000, base.as(true))
	c := child(t, 4, 0, left.as(true), right.as(true))
	if got := ppm(c, base); got != 100_000 || total(c) != 130_000 {
		t.Fatalf("the base has %d of %d", got, total(c))
	}
}

// TestLargestRemainder: what scaling leaves goes to the largest remainders, ties by id, and the cap is met to the unit.
func TestLargestRemainder(t *testing.T) {
	parents := []provenance.ParentVector{child(t, 1, 333_333).as(true), child(t, 2, 333_333).as(true), child(t, 3, 333_334).as(true)}
	c := child(t, 9, 0, parents...)
	if total(c) != provenance.UpstreamMax {
		t.Fatalf("they have %d", total(c))
	}
	for _, s := range c.vector {
		if s.PPM != 166_666 && s.PPM != 166_667 {
			t.Fatalf("%d of a million", s.PPM)
		}
	}
}

// TestPayeesMost: of more than 64 the seen ones stay, then the largest.
func TestPayeesMost(t *testing.T) {
	parents := make([]provenance.ParentVector, 0, 5)
	for i := range uint64(5) {
		p := node{id: id(1000 + i)}
		for j := range uint64(20) {
			p.vector = append(p.vector, provenance.Share{Asset: id(i*20 + j), PPM: uint32(1 + i*20 + j), Seen: i == 0})
		}
		parents = append(parents, p.as(true))
	}
	c := child(t, 9, 0, parents...)
	if len(c.vector) != provenance.PayeesMax {
		t.Fatalf("%d payees", len(c.vector))
	}
	for n := range uint64(100) {
		want := n < 20 || n >= 100-44
		if got := ppm(c, node{id: id(n)}) > 0; got != want {
			t.Errorf("payee %d: %v", n, got)
		}
	}
}

// BenchmarkFlatten is of a child with sixteen parents in a graph of 10,000 assets.
func BenchmarkFlatten(b *testing.B) {
	r := rand.New(rand.NewPCG(1, 1))
	all := graph(b, r, 10_000)
	parents := make([]provenance.ParentVector, 0, provenance.ParentsMax)
	for _, n := range all[len(all)-provenance.ParentsMax:] {
		parents = append(parents, n.as(true))
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := provenance.Flatten(parents); err != nil {
			b.Fatal(err)
		}
	}
}
