package tensor

// KeyBlock is the number of positions whose keys are stored together, element by element, so that one vector holds the
// same element of all of them.
const KeyBlock = 16

// Scores writes dst[t] = Dot(q, k[t]) * scale for every t below len(dst). Position t is in block t/KeyBlock of keys, and
// a block is [len(q)][KeyBlock]; positions of the last block beyond dst are read by nobody.
func Scores(dst, q, keys []float32, scale float32) {
	size := KeyBlock * len(q)
	for ; len(dst) > 0; keys = keys[size:] {
		n := min(KeyBlock, len(dst))
		for t := range n {
			dst[t] = float32(dotColumn(q, keys[t:size]) * scale)
		}
		dst = dst[n:]
	}
}

// dotColumn is Dot with a column of a key block.
func dotColumn(q, column []float32) float32 {
	var l [Lanes]float32
	for i, v := range q {
		l[i%Lanes] += float32(v * column[i*KeyBlock])
	}
	return tree(&l)
}

// PutKey stores the key of one position in its block.
func PutKey(block, key []float32, position int) {
	for i, v := range key {
		block[i*KeyBlock+position] = v
	}
}

// MixAdd is Mix with accumulators that start from dst, so that a sum may go on over several pieces of values.
func MixAdd(dst, weight, values []float32, stride int) {
	for i, acc := range dst {
		for j, w := range weight {
			acc += float32(w * values[j*stride+i])
		}
		dst[i] = acc
	}
}
