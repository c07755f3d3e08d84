package disputetest

import (
	"math"

	"ayni.example/tensor/trace"
	"ayni.example/tensor/trace/record"
)

// forest is the trees over a list of tensors, whatever their tiles are.
type forest struct {
	tiles [][][]uint32 // tensor, tile
	trees []*trace.Tree
	top   *trace.Tree
}

func grow(tensors []trace.Tensor, words func(tensor, tile int) []uint32) *forest {
	f := &forest{}
	for i, t := range tensors {
		tiles := make([][]uint32, 0, t.Tiles())
		for tile := range t.Tiles() {
			tiles = append(tiles, words(i, tile))
		}
		f.tiles = append(f.tiles, tiles)
	}
	f.hash()
	return f
}

// hash makes all trees anew.
func (f *forest) hash() {
	f.trees = nil
	roots := make([]trace.Hash, 0, len(f.tiles))
	for _, tiles := range f.tiles {
		leaves := make([]trace.Hash, 0, len(tiles))
		for _, words := range tiles {
			leaves = append(leaves, trace.TileHash(words))
		}
		tree := trace.NewTree(leaves)
		f.trees, roots = append(f.trees, tree), append(roots, tree.Root())
	}
	f.top = trace.NewTree(roots)
}

// spoil turns over one bit of a tile.
func (f *forest) spoil(tensor, tile int) {
	f.tiles[tensor][tile][len(f.tiles[tensor][tile])/2] ^= 1
	f.hash()
}

func (f *forest) children(n trace.Node) []trace.Hash {
	if n.Tensor < 0 {
		return f.top.Children(n.Level, n.Index)
	}
	return f.trees[n.Tensor].Children(n.Level, n.Index)
}

func (f *forest) open(tensor, tile int) trace.Opening {
	return trace.Opening{Words: f.tiles[tensor][tile], Path: append(f.trees[tensor].Path(tile), f.top.Path(tensor)...)}
}

// between is the forest of a step's intermediate tensors.
func (t *Training) between(made *record.Trace) *forest {
	list := make([]trace.Tensor, 0, t.Program.Intermediate())
	for i := range t.Program.Intermediate() {
		list = append(list, t.Program.Tensor(i))
	}
	return grow(list, func(tensor, tile int) []uint32 {
		words, err := made.Tile(tensor, tile)
		if err != nil {
			panic(err) // the program has the tile
		}
		return words
	})
}

// after is the forest of a state.
func (t *Training) after(s *record.State) *forest {
	list := make([]trace.Tensor, 0, t.Program.State())
	for i := range t.Program.State() {
		list = append(list, t.Program.Before(i))
	}
	return grow(list, func(tensor, tile int) []uint32 {
		at, data := list[tensor], s.Tensors()[tensor]
		rows, cols := at.Size(tile)
		row, col := at.Origin(tile)
		words := make([]uint32, 0, rows*cols)
		for i := range rows {
			for j := range cols {
				words = append(words, math.Float32bits(data[(row+i)*at.Cols+col+j]))
			}
		}
		return words
	})
}

// forged is a true trace but for what stands here.
type forged struct {
	*record.Trace
	between *forest // nil: the true one
	after   *forest
	root    trace.Hash
	carry   uint32        // turned over in what is handed on
	shown   *record.Trace // whose plan is shown, where it is another one
	program *trace.Program
}

// Root is that of the false forest, or anything.
func (f *forged) Root() trace.Hash {
	switch {
	case f.root != trace.Hash{}:
		return f.root
	case f.between != nil:
		return f.between.top.Root()
	}
	return f.Trace.Root()
}

// Children are those of the false forests.
func (f *forged) Children(n trace.Node) ([]trace.Hash, error) {
	switch {
	case n.Source == trace.After:
		return f.after.children(n), nil
	case n.Source == trace.Intermediate && f.between != nil:
		return f.between.children(n), nil
	}
	return f.Trace.Children(n)
}

// Carries end in the false tile; on the way there they are true, or false.
func (f *forged) Carries(tensor, tile int, after []int) ([][]uint32, error) {
	out, err := f.Trace.Carries(tensor, tile, after)
	for i, words := range out {
		switch {
		case after[i] < f.program.Chunks(tensor, tile):
			words[0] ^= f.carry
		case tensor >= f.program.Intermediate():
			out[i] = f.after.tiles[tensor-f.program.Intermediate()][tile]
		case f.between != nil:
			out[i] = f.between.tiles[tensor][tile]
		}
	}
	return out, err
}

// Open shows operands out of the false forests.
func (f *forged) Open(o trace.Operand) (trace.Opening, error) {
	if o.Source == trace.Intermediate && f.between != nil {
		return f.between.open(o.Tensor, o.Tile), nil
	}
	if f.shown != nil && o.Source >= trace.Cos {
		return f.shown.Open(o)
	}
	return f.Trace.Open(o)
}
