package tensor

import (
	"math"

	"ayni.example/tensor/internal/kernel"
)

// RMSNorm writes x / sqrt(mean(x*x) + eps) * weight; dst may be x.
func RMSNorm(dst, x, weight []float32, eps float32) {
	k := rows()
	k.Norm(dst[:len(x)], x, weight[:len(x)], invNorm(k, x, eps))
}

// invNorm is the reciprocal of the root of the mean square.
func invNorm(k *kernel.Vector, x []float32, eps float32) float32 {
	mean := k.Dot(x, x) / float32(len(x))
	return 1 / sqrt(mean+eps)
}

// sqrt is the correctly rounded square root: float64 has more than twice the bits.
func sqrt(x float32) float32 { return float32(math.Sqrt(float64(x))) }

// Softmax replaces a row by its softmax: Exp(x - max), a lane sum, one reciprocal.
func Softmax(x []float32) { rows().Softmax(x, x) }

// LogSumExp is ln(sum(exp(x))) of a row, in float64 from the lane sum in float32.
func LogSumExp(x []float32) float64 {
	m := Max(x)
	return float64(m) + Log(float64(rows().SumExp(x, m)))
}

// SwiGLU writes gate / (1 + exp(-gate)) * up into gate.
func SwiGLU(gate, up []float32) { SwiGLUTo(gate, gate, up) }

// SwiGLUTo is SwiGLU into a row of its own.
func SwiGLUTo(dst, gate, up []float32) { rows().SwiGLU(dst[:len(gate)], gate, up[:len(gate)]) }

// Add adds y to x, element by element.
func Add(x, y []float32) { rows().Add(x[:len(y)], y) }

// Axpy adds s*x to dst, the product rounded.
func Axpy(dst, x []float32, s float32) { rows().Axpy(dst[:len(x)], x, s) }

// Scale multiplies a row by s.
func Scale(x []float32, s float32) { rows().ScaleBy(x, s) }

// InvSqrt is 1/sqrt(x), two roundings.
func InvSqrt(x float32) float32 { return 1 / sqrt(x) }

// Normalize divides a row by its Euclidean length; a zero row stays zero.
func Normalize(x []float32) {
	n := sqrt(Dot(x, x))
	if n == 0 {
		return
	}
	Scale(x, 1/n)
}
