package tensor

// MaxAngle bounds the argument of SinCos, so that the products of its reduction are exact.
const MaxAngle = 1 << 20

// SinCos is the sine and cosine of x in float64 for |x| <= MaxAngle, within 1 ulp. The
// argument is reduced by pi/2 in three parts, two of them of 33 bits (FreeBSD's
// e_rem_pio2.c, second iteration).
func SinCos(x float64) (sin, cos float64) {
	n := int64(float64(x*0.6366197723675814) + copysign(0.5, x))
	k := float64(n)
	r := x - float64(k*1.57079632673412561417e+00)
	t, w := r, float64(k*6.07710050630396597660e-11)
	r = t - w
	w = float64(k*2.02226624879595063154e-21) - ((t - r) - w)
	y := r - w
	tail := (r - y) - w
	s, c := kernelSin(y, tail), kernelCos(y, tail)
	switch n & 3 {
	case 0:
		return s, c
	case 1:
		return c, -s
	case 2:
		return -s, -c
	default:
		return -c, s
	}
}

// kernelSin and kernelCos are FreeBSD's k_sin.c and k_cos.c with every product rounded;
// |x| <= pi/4 and tail is the part of the reduced argument that x lost.
func kernelSin(x, tail float64) float64 {
	z := float64(x * x)
	r := horner(z, 1.58969099521155010221e-10, -2.50507602534068634195e-08, 2.75573137070700676789e-06,
		-1.98412698298579493134e-04, 8.33333333332248946124e-03)
	v := float64(z * x)
	return x - ((float64(z*(float64(0.5*tail)-float64(v*r))) - tail) - float64(v*-1.66666666666666324348e-01))
}

func kernelCos(x, tail float64) float64 {
	z := float64(x * x)
	r := float64(z * horner(z, -1.13596475577881948265e-11, 2.08757232129817482790e-09, -2.75573143513906633035e-07,
		2.48015872894767294178e-05, -1.38888888888741095749e-03, 4.16666666666666019037e-02))
	hz := float64(0.5 * z)
	w := 1 - hz
	return w + (((1 - w) - hz) + (float64(z*r) - float64(x*tail)))
}
