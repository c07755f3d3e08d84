package record

import (
	"crypto/sha256"
	"encoding/binary"
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

// hashWork is about how many multiplications hashing a tile costs.
const hashWork = 1 << 14

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

func hashTiles(pool *tensor.Pool, t *trace.Tensor, data []float32) *trace.Tree {
	const block = 16
	leaves := make([]trace.Hash, t.Tiles())
	pool.Run((len(leaves)+block-1)/block, block*hashWork, func(b int) {
		var buf [1 + 4*trace.Side*trace.Side]byte // the prefix of a tile is 0
		for i := b * block; i < min((b+1)*block, len(leaves)); i++ {
			leaves[i] = sha256.Sum256(buf[:1+tileBytes(buf[1:], t, data, i)])
		}
	})
	return trace.NewTree(leaves)
}

// tileBytes writes the words of a tile and returns their length.
func tileBytes(dst []byte, t *trace.Tensor, data []float32, tile int) int {
	rows, cols := t.Size(tile)
	row, col := t.Origin(tile)
	n := 0
	for i := range rows {
		for _, v := range data[(row+i)*t.Cols+col:][:cols] {
			binary.LittleEndian.PutUint32(dst[n:], math.Float32bits(v))
			n += 4
		}
	}
	return n
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
