package tensor

import "math"

// RMSNorm writes x / sqrt(mean(x*x) + eps) * weight; dst may be x.
func RMSNorm(dst, x, weight []float32, eps float32) {
	mean := Dot(x, x) / float32(len(x))
	inv := 1 / sqrt(mean+eps)
	for i, v := range x {
		dst[i] = float32(float32(v*inv) * weight[i])
	}
}

// sqrt is the correctly rounded square root: float64 has more than twice the bits.
func sqrt(x float32) float32 { return float32(math.Sqrt(float64(x))) }

// Softmax replaces a row by its softmax: Exp(x - max), a lane sum, one reciprocal.
func Softmax(x []float32) {
	m := Max(x)
	for i, v := range x {
		x[i] = Exp(v - m)
	}
	inv := 1 / Sum(x)
	for i := range x {
		x[i] = float32(x[i] * inv)
	}
}

// LogSumExp is ln(sum(exp(x))) of a row, in float64 from the lane sum in float32.
func LogSumExp(x []float32) float64 {
	m := Max(x)
	var l [Lanes]float32
	for i, v := range x {
		l[i%Lanes] += Exp(v - m)
	}
	return float64(m) + Log(float64(tree(&l)))
}

// SwiGLU writes gate / (1 + exp(-gate)) * up into gate.
func SwiGLU(gate, up []float32) {
	for i, g := range gate {
		gate[i] = float32(g / (1 + Exp(-g)) * up[i])
	}
}

// Add adds y to x, element by element.
func Add(x, y []float32) {
	for i, v := range y {
		x[i] += v
	}
}

// InvSqrt is 1/sqrt(x), two roundings.
func InvSqrt(x float32) float32 { return 1 / sqrt(x) }

// Mix writes the sum over j of weight[j] times row j of values, whose rows are stride apart:
// one accumulator for each output, j ascending, product and sum rounded.
func Mix(dst, weight, values []float32, stride int) {
	i := 0
	for ; i+8 <= len(dst); i += 8 {
		mix8((*[8]float32)(dst[i:]), weight, values[i:], stride)
	}
	for ; i < len(dst); i++ {
		var acc float32
		for j, w := range weight {
			acc += float32(w * values[j*stride+i])
		}
		dst[i] = acc
	}
}

func mix8(dst *[8]float32, weight, values []float32, stride int) {
	var a0, a1, a2, a3, a4, a5, a6, a7 float32
	for j, w := range weight {
		v := (*[8]float32)(values[j*stride:])
		a0 += float32(w * v[0])
		a1 += float32(w * v[1])
		a2 += float32(w * v[2])
		a3 += float32(w * v[3])
		a4 += float32(w * v[4])
		a5 += float32(w * v[5])
		a6 += float32(w * v[6])
		a7 += float32(w * v[7])
	}
	*dst = [8]float32{a0, a1, a2, a3, a4, a5, a6, a7}
}

// Normalize divides a row by its Euclidean length; a zero row stays zero.
func Normalize(x []float32) {
	n := sqrt(Dot(x, x))
	if n == 0 {
		return
	}
	inv := 1 / n
	for i := range x {
		x[i] = float32(x[i] * inv)
	}
}
