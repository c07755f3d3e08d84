package tensor

import "ayni.example/tensor/internal/kernel"

// Exp is the natural exponential in float32, within 2 ulp, zero where it would be subnormal.
func Exp(x float32) float32 { return kernel.Exp(x) }
