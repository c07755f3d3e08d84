package tensor

import "math"

// level is the multiple of a step nearest to v, ties to even, from -limit to limit; for 8 and 32, the offsets of Q4_0 and
// Q6_K, to limit-1.
func level(v, step float32, limit int) int {
	if step == 0 || step != step {
		return 0
	}
	high := limit
	if limit == 8 || limit == 32 {
		high--
	}
	const magic = 0x1.8p23 // a sum with it is rounded to an integer
	r := min(max(v/step, float32(-limit)), float32(high)) + magic
	return int(r - magic)
}

// symmetric chooses the scale of values that are stored as integers from -limit to limit-1. Each candidate puts the value of
// largest magnitude near -limit; the best scale for the integers that follow is a least-squares fit.
func symmetric(x []float32, limit int) float32 {
	var extreme float32
	for _, v := range x {
		if math.Abs(float64(v)) > math.Abs(float64(extreme)) {
			extreme = v
		}
	}
	if math.Abs(float64(extreme)) <= 0x1p-100 {
		return 0
	}
	var best float32
	least := math.Inf(1)
	for i := -9; i <= 9; i++ {
		d := extreme / -(float32(limit) + float32(float32(i)*0.1))
		var xq, qq float64
		for _, v := range x {
			q := float64(level(v, d, limit))
			xq += float64(float64(v) * q)
			qq += float64(q * q)
		}
		if qq > 0 {
			d = float32(xq / qq)
		}
		if e := squareError(x, d, 0, limit, false); e < least {
			best, least = d, e
		}
	}
	return best
}

// affine chooses scale and minimum, none negative, of values stored as scale*q - minimum with q from 0 to 15. Each candidate
// assigns integers by a range that is a little narrower or wider than the values; a linear regression refines it.
func affine(x []float32) (scale, minimum float32) {
	low, high := min(0, x[0]), x[0]
	for _, v := range x {
		low, high = min(low, v), max(high, v)
	}
	if high-low <= 0x1p-100 {
		return 0, -low
	}
	least := math.Inf(1)
	for i := -6; i <= 10; i++ {
		d, m := (high-low)/(15+float32(float32(i)*0.15)), -low
		for range 2 {
			if e := squareError(x, d, m, 15, true); e < least {
				scale, minimum, least = d, m, e
			}
			d, m = regress(x, d, m)
		}
	}
	return scale, minimum
}

// regress fits scale and minimum to the integers that d and m assign.
func regress(x []float32, d, m float32) (scale, minimum float32) {
	var n, sx, sq, sxq, sqq float64
	for _, v := range x {
		q := float64(max(0, level(v+m, d, 15)))
		n++
		sx += float64(v)
		sq += q
		sxq += float64(float64(v) * q)
		sqq += float64(q * q)
	}
	det := float64(n*sqq) - float64(sq*sq)
	if det <= 0 {
		return d, m
	}
	slope := (float64(n*sxq) - float64(sx*sq)) / det
	offset := (sx - float64(slope*sq)) / n
	if offset > 0 { // the minimum is not negative: a line through zero
		slope, offset = sxq/sqq, 0
	}
	if slope <= 0 {
		return d, m
	}
	return float32(slope), float32(-offset)
}

// squareError is what storing x with a scale and minimum loses.
func squareError(x []float32, d, m float32, limit int, positive bool) (sum float64) {
	for _, v := range x {
		q := level(v+m, d, limit)
		if positive {
			q = max(0, q)
		}
		e := float64(v) - (float64(float64(d)*float64(q)) - float64(m))
		sum += float64(e * e)
	}
	return sum
}
