package tensor

import "ayni.example/tensor/internal/kernel"

// KeyBlock is the number of positions whose keys are stored together, element by element, so that one vector holds the
// same element of all of them.
const KeyBlock = kernel.KeyBlock

// Scores writes dst[t] = Dot(q, k[t]) * scale for every t below len(dst). Position t is in block t/KeyBlock of keys, and
// a block is [len(q)][KeyBlock]; positions of the last block beyond dst are read by nobody.
func Scores(dst, q, keys []float32, scale float32) {
	rows().Scores(kernel.Scores{
		Dst: dst, Q: q, Keys: [][]float32{keys}, PageSize: (len(dst) + KeyBlock - 1) / KeyBlock * KeyBlock,
		Size: len(q), Rows: 1, Positions: len(dst), Scale: scale,
	})
}

// PutKey stores the key of one position in its block.
func PutKey(block, key []float32, position int) {
	for i, v := range key {
		block[i*KeyBlock+position] = v
	}
}

// PutKeys stores n rows of size keys, step apart, in a page of blocks, from a position on.
func PutKeys(page, keys []float32, step, size, n, position int) {
	put := rows().PutKeys
	for n > 0 {
		at := position % KeyBlock
		now := min(n, KeyBlock-at)
		put(page[position/KeyBlock*KeyBlock*size+at:], keys, step, size, now)
		n, position = n-now, position+now
		if n > 0 {
			keys = keys[now*step:]
		}
	}
}

// Mix writes the sum over j of weight[j] times row j of values, whose rows are stride apart:
// one accumulator for each output, j ascending, product and sum rounded.
func Mix(dst, weight, values []float32, stride int) {
	clear(dst)
	MixAdd(dst, weight, values, stride)
}

// MixAdd is Mix with accumulators that start from dst, so that a sum may go on over several pieces of values.
func MixAdd(dst, weight, values []float32, stride int) {
	if len(weight) == 0 {
		return
	}
	rows().Mix(kernel.Mix{
		Dst: dst, Weight: weight, Values: [][]float32{values}, PageSize: len(weight), Stride: stride,
		Size: len(dst), Rows: 1, Positions: len(weight),
	})
}
