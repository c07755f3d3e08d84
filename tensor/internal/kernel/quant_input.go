package kernel

import "math"

// least is the largest magnitude at which a block of activations counts as zero, so that no reciprocal overflows.
const least = 0x1p-100

// Quantise rounds values to multiples of the returned scale, max|x|/127, ties to even. Values with NaN or infinity get the
// scale NaN, which marks every output that they meet.
func Quantise(q []int8, x []float32) float32 {
	q = q[:len(x)]
	var most uint32
	for _, v := range x {
		most = max(most, math.Float32bits(v)&0x7fffffff)
	}
	if most >= 0x7f800000 {
		clear(q)
		return float32(math.NaN())
	}
	amax := math.Float32frombits(most)
	if amax <= least {
		clear(q)
		return 0
	}
	const magic = 0x1.8p23 // a sum with it has the nearest integer in its low bits
	d := amax / 127
	inv := 1 / d
	for i, v := range x {
		q[i] = int8(math.Float32bits(float32(v*inv)+magic) - 0x4B400000)
	}
	return d
}

func total(q []int8) (s int32) {
	for _, v := range q {
		s += int32(v)
	}
	return s
}

func quantise32(dst []Block32, x []float32) {
	for i := range dst {
		b := &dst[i]
		b.D = Quantise(b.Q[:], x[32*i:32*i+32])
		s := total(b.Q[:])
		b.Less128, b.Less8 = -128*s, -8*s
	}
}

func quantise256(dst []Block256, x []float32) {
	for i := range dst {
		b := &dst[i]
		b.D = Quantise(b.Q[:], x[256*i:256*i+256])
		for j := range b.Less32 {
			b.Less32[j] = -32 * total(b.Q[16*j:16*j+16])
		}
		for j := range b.Sums {
			b.Sums[j] = int16((b.Less32[2*j] + b.Less32[2*j+1]) / -32)
		}
	}
}
