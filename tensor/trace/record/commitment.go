package record

import (
	"fmt"
	"math"

	"ayni.example/tensor"
	"ayni.example/tensor/trace"
)

// commitment is the trees over some tensors.
type commitment struct {
	tensors []trace.Tensor
	data    [][]float32
	trees   []*trace.Tree // over the tiles of each
	top     *trace.Tree   // over the roots of tensors
}

// commit hashes all tiles.
func commit(pool *tensor.Pool, tensors []trace.Tensor, data [][]float32) *commitment {
	c := &commitment{tensors: tensors, data: data, trees: make([]*trace.Tree, len(tensors))}
	roots := make([]trace.Hash, len(tensors))
	for i := range tensors {
		c.trees[i] = hashTiles(pool, &tensors[i], data[i])
		roots[i] = c.trees[i].Root()
	}
	c.top = trace.NewTree(roots)
	return c
}

// words are those of a tile.
func words(t trace.Tensor, data []float32, tile int) []uint32 {
	rows, cols := t.Size(tile)
	row, col := t.Origin(tile)
	out := make([]uint32, 0, rows*cols)
	for i := range rows {
		for _, v := range data[(row+i)*t.Cols+col:][:cols] {
			out = append(out, math.Float32bits(v))
		}
	}
	return out
}

// open shows a tile with the path to the root of all tensors.
func (c *commitment) open(tensor, tile int) trace.Opening {
	return trace.Opening{
		Words: words(c.tensors[tensor], c.data[tensor], tile),
		Path:  append(c.trees[tensor].Path(tile), c.top.Path(tensor)...),
	}
}

// children are the hashes below a node.
func (c *commitment) children(n trace.Node) ([]trace.Hash, error) {
	tree := c.top
	if n.Tensor >= 0 {
		tree = c.trees[n.Tensor]
	}
	if n.Level == 0 {
		return nil, fmt.Errorf("%w: a tile has no children", trace.ErrPlace)
	}
	return tree.Children(n.Level, n.Index), nil
}
