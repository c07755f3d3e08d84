package tensor

import (
	"encoding/binary"

	"ayni.example/tensor/internal/kernel"
)

// blockSize is the number of values of Q8_0 and Q4_0 that share a scale.
const blockSize = 32

// QuantiseBlock rounds 32 values to multiples of the returned scale, max|x|/127, ties to
// even. A block with NaN or infinity gets the scale NaN, which marks every output it meets.
func QuantiseBlock(q *[blockSize]int8, x *[blockSize]float32) float32 {
	return kernel.Quantise(q[:], x[:])
}

// AppendQ8 appends rows as stored Q8_0 blocks; its length is a multiple of 32. The scale is
// rounded to binary16 and the values are divided by the scale before that rounding.
func AppendQ8(dst []byte, x []float32) []byte {
	for ; len(x) >= blockSize; x = x[blockSize:] {
		var q [blockSize]int8
		d := QuantiseBlock(&q, (*[blockSize]float32)(x))
		dst = binary.LittleEndian.AppendUint16(dst, ToHalf(d))
		for _, v := range q {
			dst = append(dst, byte(v))
		}
	}
	return dst
}
