package tensor

import "math"

// Log is the natural logarithm in float64, within 1 ulp (the method of FreeBSD's e_log.c
// with every product rounded).
func Log(x float64) float64 {
	switch {
	case x != x || x > math.MaxFloat64:
		return x
	case x < 0:
		return math.NaN()
	case x == 0:
		return math.Inf(-1)
	}
	bias := 0
	if x < 0x1p-1022 {
		x = float64(x * 0x1p54)
		bias = 54
	}
	b := math.Float64bits(x)
	k := int(b>>52) - 1022 - bias
	f := math.Float64frombits(b&(1<<52-1) | 1022<<52) // 0.5 <= f < 1
	if f < math.Sqrt2/2 {
		f += f
		k--
	}
	f--
	s := f / (2 + f)
	s2 := float64(s * s)
	s4 := float64(s2 * s2)
	t1 := horner(s4, 1.479819860511658591e-01, 1.818357216161805012e-01, 2.857142874366239149e-01, 6.666666666666735130e-01)
	t2 := horner(s4, 1.531383769920937332e-01, 2.222219843214978396e-01, 3.999999999940941908e-01)
	r := float64(s2*t1) + float64(s4*t2)
	hfsq := float64(0.5 * float64(f*f))
	kf := float64(k)
	low := float64(s*(hfsq+r)) + float64(kf*1.90821492927058770002e-10)
	return float64(kf*6.93147180369123816490e-01) - ((hfsq - low) - f)
}

// horner evaluates a polynomial, highest coefficient first, rounding after each step.
func horner(x float64, c ...float64) float64 {
	acc := c[0]
	for _, v := range c[1:] {
		acc = float64(acc*x) + v
	}
	return acc
}

// exp64 is the natural exponential in float64 for |x| < 700; RoPE frequencies need it.
func exp64(x float64) float64 {
	n := float64(int64(float64(x*1.4426950408889634) + copysign(0.5, x)))
	hi := x - float64(n*6.93147180369123816490e-01)
	lo := float64(n * 1.90821492927058770002e-10)
	r := hi - lo
	t := float64(r * r)
	c := r - float64(t*horner(t, 4.13813679705723846039e-08, -1.65339022054652515390e-06,
		6.61375632143793436117e-05, -2.77777777770155933842e-03, 1.66666666666666019037e-01))
	y := 1 - ((lo - float64(r*c)/(2-c)) - hi)
	return float64(y * math.Float64frombits(uint64(int64(n)+1023)<<52))
}

func copysign(m, sign float64) float64 {
	if sign < 0 {
		return -m
	}
	return m
}
