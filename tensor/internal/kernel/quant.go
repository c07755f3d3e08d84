package kernel

// Group is how many rows of a quantised matrix are interleaved, the same for every family: one vector register of AVX-512
// holds four weights of each.
const Group = 16

// Quant are the kernels of quantised matrix products. Each Mul computes, for the rows of activations x, the outputs of the
// groups that w holds: dst[t*step+r] is the product of row t of x with row r of w. Row t is the t-th n-th part of x.
type Quant struct {
	MulQ8, MulQ4   func(dst []float32, step int, w []byte, x []Block32, n int)
	MulQ4K, MulQ6K func(dst []float32, step int, w []byte, x []Block256, n int)
	// Quantise32 and Quantise256 round activations, block after block.
	Quantise32  func(dst []Block32, x []float32)
	Quantise256 func(dst []Block256, x []float32)
}

func portableQuant() Quant {
	return Quant{
		MulQ8: mulQ8, MulQ4: mulQ4, MulQ4K: mulQ4K, MulQ6K: mulQ6K,
		Quantise32: quantise32, Quantise256: quantise256,
	}
}

// Block32 is 32 quantised activations. The offsets of its fields are known to the generated kernels.
type Block32 struct {
	Q [32]int8
	D float32 // the scale
	// Kernels multiply weights without a sign, 128 or 8 too large: sums start from this.
	Less128, Less8 int32
	_              int32
}

// Block256 is 256 quantised activations.
type Block256 struct {
	Q      [256]int8
	D      float32
	_      [3]int32
	Sums   [8]int16  // of each 32
	Less32 [16]int32 // -32 times the sum of each 16
}

// The layout of a group of 16 rows, in bytes. A *word* is 64 bytes: for each row, the stored bytes of four neighbours.
//
//	Q8_0: for each two blocks of 32, 8 words of weights + 128 of each, then the 16 binary16 scales of each
//	Q4_0: for each two blocks of 32, 4 words of stored bytes of each, then the scales of each
//	Q4_K: for each block of 256, 32 words of stored bytes, [8][16] scales, [4][16][2] minima, 16 d, 16 dmin
//	Q6_K: for each block of 256, 2 halves of (16 words of low bits, 8 words of high bits), [16][16] scales, 16 d, 32 of padding
const (
	word      = 4 * Group
	scales    = 2 * Group
	q8Weights = 8 * word
	q4Weights = 4 * word

	q4kScales = 32 * word
	q4kMinima = q4kScales + 8*Group
	q4kD      = q4kMinima + 8*Group
	q4kDMin   = q4kD + scales
	q4kBlock  = q4kDMin + scales

	q6kHalf   = 24 * word
	q6kScales = 2 * q6kHalf
	q6kD      = q6kScales + 16*Group
	q6kBlock  = q6kD + 2*scales
)

// GroupQ8 is the size of a group of Q8_0 with a number of blocks.
func GroupQ8(blocks int) int { return (blocks + 1) / 2 * (2*q8Weights + 2*scales) }

// GroupQ4 is the same for Q4_0.
func GroupQ4(blocks int) int { return (blocks + 1) / 2 * (2*q4Weights + 2*scales) }

// GroupQ4K is the same for Q4_K.
func GroupQ4K(blocks int) int { return blocks * q4kBlock }

// GroupQ6K is the same for Q6_K.
func GroupQ6K(blocks int) int { return blocks * q6kBlock }

// twin is where the weights and the scales of a block of 32 are, whose weights take so many bytes.
func twin(block, weights int) (w, d int) {
	start := block / 2 * (2*weights + 2*scales)
	return start + block%2*weights, start + 2*weights + block%2*scales
}
