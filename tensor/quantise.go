package tensor

import (
	"encoding/binary"
	"fmt"
	"math"

	"ayni.example/tensor/internal/kernel"
)

// blockSize is the number of values of Q8_0 and Q4_0 that share a scale, superSize that of Q4_K and Q6_K.
const (
	blockSize = 32
	superSize = 256
)

// QuantiseBlock rounds 32 values to multiples of the returned scale, max|x|/127, ties to
// even. A block with NaN or infinity gets the scale NaN, which marks every output it meets.
func QuantiseBlock(q *[blockSize]int8, x *[blockSize]float32) float32 {
	return kernel.Quantise(q[:], x[:])
}

// AppendRows appends rows in a format of files. Each row is whole blocks of finite values that a binary16 can scale.
func AppendRows(format Format, dst []byte, x []float32) ([]byte, error) {
	elements, _ := format.Block()
	if len(x)%elements != 0 {
		return dst, fmt.Errorf("store %d values as %s: rows must be multiples of %d; store this matrix as Q8_0 or F16",
			len(x), format, elements)
	}
	const largest = 65504
	for i, v := range x {
		if v-v != 0 || format != FormatF32 && format != FormatBF16 && math.Abs(float64(v)) > largest {
			return dst, fmt.Errorf("store value %d, %v, as %s: not finite, or beyond %d; store this matrix as F32", i, v, format, largest)
		}
	}
	switch format {
	case FormatF32:
		for _, v := range x {
			dst = binary.LittleEndian.AppendUint32(dst, math.Float32bits(v))
		}
	case FormatF16:
		for _, v := range x {
			dst = binary.LittleEndian.AppendUint16(dst, ToHalf(v))
		}
	case FormatBF16:
		for _, v := range x {
			dst = binary.LittleEndian.AppendUint16(dst, ToBHalf(v))
		}
	case FormatQ8:
		return AppendQ8(dst, x), nil
	case FormatQ4_0:
		return AppendQ4_0(dst, x), nil
	case FormatQ4K:
		return AppendQ4K(dst, x), nil
	case FormatQ6K:
		return AppendQ6K(dst, x), nil
	}
	return dst, nil
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

// AppendQ4_0 appends rows as stored Q4_0 blocks; its length is a multiple of 32. The scale is the one of a few candidates
// that leaves the least square error.
func AppendQ4_0(dst []byte, x []float32) []byte {
	for ; len(x) >= blockSize; x = x[blockSize:] {
		v := x[:blockSize]
		h := ToHalf(symmetric(v, 8))
		d := Half(h)
		dst = binary.LittleEndian.AppendUint16(dst, h)
		for i := range blockSize / 2 {
			dst = append(dst, byte(level(v[i], d, 8)+8)|byte(level(v[i+16], d, 8)+8)<<4)
		}
	}
	return dst
}

// AppendQ6K appends rows as stored Q6_K blocks; its length is a multiple of 256.
func AppendQ6K(dst []byte, x []float32) []byte {
	for ; len(x) >= superSize; x = x[superSize:] {
		var scale [16]float32
		var most float32
		for j := range scale {
			scale[j] = symmetric(x[16*j:16*j+16], 32)
			most = max(most, float32(math.Abs(float64(scale[j]))))
		}
		h := ToHalf(most / 127)
		d := Half(h)
		at := len(dst)
		dst = append(dst, make([]byte, kernel.StoredQ6K)...)
		out := dst[at:]
		binary.LittleEndian.PutUint16(out[208:], h)
		for i := range superSize {
			sc := level(scale[i/16], d, 127)
			out[192+i/16] = byte(sc)
			q := byte(level(x[i], float32(d*float32(sc)), 32) + 32)
			half, part := i/128, i%128/32
			out[64*half+part%2*32+i%32] |= q & 15 << (part / 2 * 4)
			out[128+32*half+i%32] |= q >> 4 << (2 * part)
		}
	}
	return dst
}

// AppendQ4K appends rows as stored Q4_K blocks; its length is a multiple of 256.
func AppendQ4K(dst []byte, x []float32) []byte {
	for ; len(x) >= superSize; x = x[superSize:] {
		var scale, minimum [8]float32
		var mostScale, mostMinimum float32
		for j := range scale {
			scale[j], minimum[j] = affine(x[32*j : 32*j+32])
			mostScale, mostMinimum = max(mostScale, scale[j]), max(mostMinimum, minimum[j])
		}
		h, hMin := ToHalf(mostScale/63), ToHalf(mostMinimum/63)
		d, dmin := Half(h), Half(hMin)
		at := len(dst)
		dst = append(dst, make([]byte, kernel.StoredQ4K)...)
		out := dst[at:]
		binary.LittleEndian.PutUint16(out, h)
		binary.LittleEndian.PutUint16(out[2:], hMin)
		for j := range scale {
			sc, m := max(0, level(scale[j], d, 63)), max(0, level(minimum[j], dmin, 63))
			putScales(out[4:16], j, byte(sc), byte(m))
			step, least := float32(d*float32(sc)), float32(dmin*float32(m))
			for i := range blockSize {
				q := max(0, level(x[32*j+i]+least, step, 15))
				out[16+j/2*32+i] |= byte(q) << (j % 2 * 4)
			}
		}
	}
	return dst
}

// putScales stores the six bits of the scale and minimum of part j, as kernel.ScalesQ4K reads them.
func putScales(b []byte, j int, sc, m byte) {
	if j < 4 {
		b[j] |= sc
		b[j+4] |= m
		return
	}
	b[j+4] |= sc&15 | m<<4
	b[j-4] |= sc >> 4 << 6
	b[j] |= m >> 4 << 6
}
