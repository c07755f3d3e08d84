package tensor

import "ayni.example/tensor/internal/kernel"

// FMA returns a*b+c with one rounding, as the fused instructions of IEEE 754 do.
func FMA(a, b, c float32) float32 { return kernel.FMA(a, b, c) }
