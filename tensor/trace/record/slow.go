package record

import (
	"fmt"
	"math"
	"slices"
	"sync"

	"ayni.example/tensor/trace"
)

// slowly makes a tensor by the definition, tile by tile.
func (s *step) slowly(i int) error {
	t := s.program.Tensor(i)
	var mu sync.Mutex
	var failed error
	s.pool.Run(t.Tiles(), hashWork, func(tile int) {
		list, err := s.carries(i, tile, []int{s.program.Chunks(i, tile)})
		if err != nil {
			mu.Lock()
			failed = err
			mu.Unlock()
			return
		}
		rows, cols := t.Size(tile)
		row, col := t.Origin(tile)
		for r := range rows {
			for c := range cols {
				s.made[i][(row+r)*t.Cols+col+c] = math.Float32frombits(list[0][r*cols+c])
			}
		}
	})
	return failed
}

// carries computes a tile by the definition and returns what it hands on after some numbers of chunks, which ascend; after
// the last chunk that is the tile.
func (s *step) carries(i, tile int, after []int) ([][]uint32, error) {
	n := s.program.Chunks(i, tile)
	if len(after) == 0 || !slices.IsSorted(after) || after[0] < 1 || after[len(after)-1] > n {
		return nil, fmt.Errorf("%w: carries after chunks %v of %d", trace.ErrPlace, after, n)
	}
	var carry []uint32
	var out [][]uint32
	for chunk := range after[len(after)-1] {
		list, err := s.program.Operands(i, tile, chunk)
		if err != nil {
			return nil, err
		}
		in := make([][]uint32, len(list))
		for j, o := range list {
			if in[j], err = s.words(o); err != nil {
				return nil, err
			}
		}
		if carry, err = s.program.Compute(i, tile, chunk, carry, in); err != nil {
			return nil, err
		}
		for len(out) < len(after) && after[len(out)] == chunk+1 {
			out = append(out, carry)
		}
	}
	return out, nil
}
