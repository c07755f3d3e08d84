package trace_test

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"math/rand"
	"os"
	"testing"
	"time"

	"ayni.example/tensor/trace"
)

var update = flag.Bool("update", false, "rewrite docs/spec/program-1.txt")

const programPath = "../../docs/spec/program-1.txt"

// small is the shape of docs/spec/program-1.txt.
func small() trace.Shape {
	return trace.Shape{
		Layers: 1, Width: 40, Heads: 2, KVHeads: 1, HeadSize: 32, Inner: 64, Vocab: 50, Windows: 2, Length: 64,
		Eps: 0x3727c5ac, Clip: 0x3ff0000000000000,
	}
}

// The list of operations is the committed one: a change of it is a new profile of disputes.
func TestProgram(t *testing.T) {
	var got bytes.Buffer
	for _, untied := range []bool{false, true} {
		s := small()
		s.Untied = untied
		p, err := trace.NewProgram(s)
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&got, "# %d layer, width %d, %d heads of %d, %d of keys, inner %d, vocabulary %d, %d windows of %d, untied %t\n",
			s.Layers, s.Width, s.Heads, s.HeadSize, s.KVHeads, s.Inner, s.Vocab, s.Windows, s.Length, s.Untied)
		names := map[string]bool{}
		for i := range p.Operations() {
			if name := p.Tensor(i).Name; i < p.Intermediate() && names[name] {
				t.Errorf("two tensors are %s", name)
			} else {
				names[name] = true
			}
			got.WriteString(p.Line(i) + "\n")
		}
	}
	if *update {
		if err := os.WriteFile(programPath, got.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(programPath)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got.Bytes(), want) {
		t.Errorf("%s is another list", programPath)
	}
}

// shape draws one that is valid, most of them small, some at the bounds.
func shape(r *rand.Rand) trace.Shape {
	up := func(most int) int {
		if r.Intn(4) == 0 {
			return most - r.Intn(2)*min(7, most-1)
		}
		return 1 + r.Intn(min(most, 200))
	}
	for {
		s := trace.Shape{
			Layers: 1 + r.Intn(3), Width: up(8192), KVHeads: 1 + r.Intn(4), HeadSize: 32 * (1 + r.Intn(4)), Inner: up(8192),
			Vocab: up(131072), Length: 32 * up(128), Untied: r.Intn(2) == 0, Eps: 0x3727c5ac, Clip: 0x3ff0000000000000,
		}
		s.Heads, s.Windows = s.KVHeads*(1+r.Intn(8)), max(1, min(4096/s.Length, up(128)))
		if s.Validate() == nil {
			return s
		}
	}
}

// What chunks read exists, is a few tiles, was made before, and stays small with its paths, for shapes up to the largest.
func TestOperands(t *testing.T) {
	seed := time.Now().UnixNano()
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewSource(seed))
	largest := trace.Shape{
		Layers: 64, Width: 8192, Heads: 64, KVHeads: 64, HeadSize: 128, Inner: 8192, Vocab: 131072, Windows: 1, Length: 4096,
		Untied: true, Eps: 1, Clip: 1,
	}
	for i := range 30 {
		s := largest
		if i > 0 {
			s = shape(r)
		}
		p, err := trace.NewProgram(s)
		if err != nil {
			t.Fatal(err)
		}
		for range 300 {
			i := r.Intn(len(p.Operations()))
			tile := r.Intn(p.Tiles(i))
			n := p.Chunks(i, tile)
			checkOperands(t, p, i, tile, []int{0, n - 1, r.Intn(n)})
		}
	}
}

func checkOperands(t *testing.T, p *trace.Program, i, tile int, chunks []int) {
	t.Helper()
	const most = 120_000
	for _, chunk := range chunks {
		list, err := p.Operands(i, tile, chunk)
		if err != nil {
			t.Fatalf("%+v: %s, tile %d, chunk %d: %v", p.Shape(), p.Line(i), tile, chunk, err)
		}
		bytes := 4 * p.Carry(i, tile)
		for _, o := range list {
			of, err := p.Lookup(o)
			if err != nil || o.Source == trace.After || o.Source == trace.Intermediate && o.Tensor >= i {
				t.Fatalf("%+v: %s, tile %d, chunk %d reads %+v: %v", p.Shape(), p.Line(i), tile, chunk, o, err)
			}
			path, err := p.PathLen(o, trace.MaxSteps-1, trace.MaxSteps)
			if err != nil {
				t.Fatal(err)
			}
			rows, cols := of.Size(o.Tile)
			bytes += 4*rows*cols + 32*path
		}
		if len(list) > trace.MaxOperands || bytes > most {
			t.Fatalf("%+v: %s, tile %d, chunk %d reads %d tiles, %d bytes", p.Shape(), p.Line(i), tile, chunk, len(list), bytes)
		}
		if work, err := p.Work(i, tile, chunk); err != nil || work == 0 || work > 1_000_000 {
			t.Fatalf("%s: work %d: %v", p.Line(i), work, err)
		}
	}
}

// Places that there are not are errors.
func TestNoSuchPlace(t *testing.T) {
	p, err := trace.NewProgram(small())
	if err != nil {
		t.Fatal(err)
	}
	n := len(p.Operations())
	for _, at := range [][3]int{{-1, 0, 0}, {n, 0, 0}, {0, -1, 0}, {0, p.Tiles(0), 0}, {0, 0, -1}, {0, 0, p.Chunks(0, 0)}} {
		if _, err := p.Operands(at[0], at[1], at[2]); !errors.Is(err, trace.ErrPlace) {
			t.Errorf("operands of %v: %v", at, err)
		}
		if _, err := p.Compute(at[0], at[1], at[2], nil, nil); !errors.Is(err, trace.ErrPlace) {
			t.Errorf("%v is computed: %v", at, err)
		}
	}
	for _, o := range []trace.Operand{
		{Source: trace.Before, Tensor: p.State()},
		{Source: trace.Intermediate, Tensor: p.Intermediate()},
		{Source: trace.After, Tensor: -1},
		{Source: trace.Cos, Tensor: 1},
		{Source: trace.Tokens, Tile: 3},
		{Source: trace.Factors, Tile: 1},
		{Source: trace.Factors + 1},
	} {
		if _, err := p.Lookup(o); !errors.Is(err, trace.ErrPlace) {
			t.Errorf("%+v is found: %v", o, err)
		}
	}
	for _, node := range []trace.Node{
		{Source: trace.Intermediate, Tensor: -1, Level: 0},
		{Source: trace.Intermediate, Tensor: -1, Level: 3},
		{Source: trace.Intermediate, Tensor: -2, Level: 1},
		{Source: trace.Intermediate, Tensor: 0, Level: 1, Index: 9},
		{Source: trace.Intermediate, Tensor: p.Intermediate()},
		{Source: trace.After, Tensor: 0, Level: 1 << 40},
		{Source: trace.Tokens},
	} {
		if _, err := p.Fanout(node); !errors.Is(err, trace.ErrPlace) {
			t.Errorf("%+v has children: %v", node, err)
		}
	}
}

// Every tile is reached from the top, once, by the number of children that nodes have.
func TestNodes(t *testing.T) {
	p, err := trace.NewProgram(small())
	if err != nil {
		t.Fatal(err)
	}
	for _, source := range []trace.Source{trace.Intermediate, trace.After} {
		top, err := p.Top(source)
		if err != nil {
			t.Fatal(err)
		}
		seen := map[[2]int]bool{}
		walk(t, p, top, seen)
		want := 0
		for i := range p.Operations() {
			if (i < p.Intermediate()) == (source == trace.Intermediate) {
				want += p.Tiles(i)
			}
		}
		if len(seen) != want {
			t.Errorf("source %d: %d tiles are reached, there are %d", source, len(seen), want)
		}
	}
}

func walk(t *testing.T, p *trace.Program, n trace.Node, seen map[[2]int]bool) {
	t.Helper()
	count, err := p.Fanout(n)
	if err != nil {
		t.Fatal(err)
	}
	tensor, tile, ok := p.Tile(n)
	if ok != (count == 0) {
		t.Fatalf("%+v has %d children, and is a tile: %t", n, count, ok)
	}
	if ok {
		if seen[[2]int{tensor, tile}] {
			t.Fatalf("tile %d of tensor %d is reached twice", tile, tensor)
		}
		seen[[2]int{tensor, tile}] = true
		return
	}
	for i := range count {
		child, err := p.Child(n, i)
		if err != nil {
			t.Fatal(err)
		}
		walk(t, p, child, seen)
	}
	if _, err := p.Child(n, count); !errors.Is(err, trace.ErrPlace) {
		t.Fatalf("%+v has child %d: %v", n, count, err)
	}
}
