package field

import "github.com/consensys/gnark-crypto/field/koalabear"

// Integers makes dst the given numbers, each of an absolute value below P.
func Integers(dst []Element, numbers []int32) {
	for i, n := range numbers {
		dst[i][0] = uint32(n) + P&uint32(n>>31)
	}
	// As Montgomery words these are the numbers over 2^32.
	shift := koalabear.NewElement(1 << 32)
	v := koalabear.Vector(dst[:len(numbers)])
	v.ScalarMul(v, &shift)
}
