// Package softfloat computes binary32, and some binary64, with integers only, on the bits of the numbers: the same
// results as the exact engine on a machine that must not, or cannot, use floats. A ledger
// recomputes one disputed tile with it.
//
//	FMA, Add, Sub, Mul, Div, Sqrt, FromInt: one rounding each, to nearest, ties to even, subnormals kept
//	Less, Max: comparisons      Exp: the profile's exponential, operation by operation
//	Add64, Mul64, Div64, Sqrt64, Less64, FromInt64: binary64, likewise; Widen and Narrow convert
//	Gemm: a tile of the F32 matrix product     Q8: a tile of the Q8_0 matrix product
//
// Every NaN that is made here is [NaN] or [NaN64]; docs/spec/numerics-1.md leaves the bits of NaN open.
package softfloat

// Bits of special values.
const (
	NaN     uint32 = 0x7fc00000
	Inf     uint32 = 0x7f800000
	sign    uint32 = 1 << 31
	one     uint32 = 0x3f800000
	minus0         = sign
	hidden         = 1 << 23
	expBias        = 127
)
