package record

import (
	"crypto/sha256"
	"encoding/binary"
	"math"

	"ayni.example/tensor"
	"ayni.example/tensor/trace"
	"ayni.example/zk/field"
	"ayni.example/zk/hash"
)

// hashWork is about how many multiplications hashing a tile costs.
const hashWork = 1 << 14

// batch is how many tiles a goroutine hashes in one go.
const batch = 64

// hashTiles is the tree over the tiles of a tensor.
func hashTiles(pool *tensor.Pool, t *trace.Tensor, data []float32) *trace.Tree {
	leaves := make([]trace.Hash, t.Tiles())
	pool.Run((len(leaves)+batch-1)/batch, batch*hashWork, func(b int) {
		hashBatch(leaves, t, data, b*batch)
	})
	return trace.NewTree(leaves)
}

// hashBatch hashes the tiles of a batch: whole ones many at once where the processor can, the others one by one.
func hashBatch(leaves []trace.Hash, t *trace.Tensor, data []float32, first int) {
	var whole, single []int
	for i := first; i < min(first+batch, len(leaves)); i++ {
		if rows, cols := t.Size(i); hash.Wide() && rows == trace.Side && cols == trace.Side {
			whole = append(whole, i)
		} else {
			single = append(single, i)
		}
	}
	if rest := len(whole) % lanes; rest < lanes/2 { // which would be slower together
		whole, single = whole[:len(whole)-rest], append(single, whole[len(whole)-rest:]...)
	}
	var buf [1 + 4*trace.Side*trace.Side]byte // the prefix of a tile is 0
	for _, i := range single {
		leaves[i] = sha256.Sum256(buf[:1+tileBytes(buf[1:], t, data, i)])
	}
	if len(whole) > 0 {
		hashWhole(leaves, t, data, whole)
	}
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

// lanes is how many tiles are turned around together.
const lanes = 16

// hashWhole hashes tiles that are not at an edge. Each is a column of a matrix of words, as package hash reads them; the last
// lanes may be spare.
func hashWhole(leaves []trace.Hash, t *trace.Tensor, data []float32, tiles []int) {
	const words = trace.Side * trace.Side
	columns := (len(tiles) + lanes - 1) / lanes * lanes
	matrix := make([]field.Element, words*columns)
	for from := 0; from < len(tiles); from += lanes {
		turn(matrix[from:], columns, t, data, tiles[from:min(from+lanes, len(tiles))])
	}
	sums := make([]hash.Sum, columns)
	hash.Columns(sums, 0, matrix, words)
	for i, tile := range tiles {
		leaves[tile] = sums[i]
	}
}

// turn writes tiles as columns that stand side by side.
func turn(dst []field.Element, columns int, t *trace.Tensor, data []float32, tiles []int) {
	for r := range trace.Side {
		var rows [lanes]*[trace.Side]float32
		for i := range rows {
			row, col := t.Origin(tiles[min(i, len(tiles)-1)])
			rows[i] = (*[trace.Side]float32)(data[(row+r)*t.Cols+col:])
		}
		for c := range trace.Side {
			to := (*[lanes]field.Element)(dst[(r*trace.Side+c)*columns:])
			for i, row := range &rows {
				to[i][0] = math.Float32bits(row[c])
			}
		}
	}
}
