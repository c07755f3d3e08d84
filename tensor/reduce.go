package tensor

// Lanes is the number of partial sums of a row reduction: lane j adds the terms whose index
// is j modulo Lanes, ascending, and tree joins them.
const Lanes = 16

// tree adds the lanes at distance 8, 4, 2 and 1.
func tree(l *[Lanes]float32) float32 {
	for d := Lanes / 2; d > 0; d /= 2 {
		for j := range d {
			l[j] += l[j+d]
		}
	}
	return l[0]
}

// Sum adds a row.
func Sum(x []float32) float32 {
	var l [Lanes]float32
	for ; len(x) >= Lanes; x = x[Lanes:] {
		v := (*[Lanes]float32)(x)
		for j := range l {
			l[j] += v[j]
		}
	}
	for j, v := range x {
		l[j] += v
	}
	return tree(&l)
}

// Dot is the sum of the rounded products of two rows of equal length.
func Dot(x, y []float32) float32 {
	y = y[:len(x)]
	var a0, a1, a2, a3, a4, a5, a6, a7, a8, a9, aA, aB, aC, aD, aE, aF float32
	for len(x) >= Lanes && len(y) >= Lanes {
		v, w := (*[Lanes]float32)(x), (*[Lanes]float32)(y)
		a0 += float32(v[0] * w[0])
		a1 += float32(v[1] * w[1])
		a2 += float32(v[2] * w[2])
		a3 += float32(v[3] * w[3])
		a4 += float32(v[4] * w[4])
		a5 += float32(v[5] * w[5])
		a6 += float32(v[6] * w[6])
		a7 += float32(v[7] * w[7])
		a8 += float32(v[8] * w[8])
		a9 += float32(v[9] * w[9])
		aA += float32(v[10] * w[10])
		aB += float32(v[11] * w[11])
		aC += float32(v[12] * w[12])
		aD += float32(v[13] * w[13])
		aE += float32(v[14] * w[14])
		aF += float32(v[15] * w[15])
		x, y = x[Lanes:], y[Lanes:]
	}
	l := [Lanes]float32{a0, a1, a2, a3, a4, a5, a6, a7, a8, a9, aA, aB, aC, aD, aE, aF}
	for j, v := range x {
		l[j] += float32(v * y[j])
	}
	return tree(&l)
}

// Max is the largest element of a row that has no NaN; the row must not be empty.
func Max(x []float32) float32 {
	m := x[0]
	for _, v := range x[1:] {
		if v > m {
			m = v
		}
	}
	return m
}

// Finite reports whether a row has neither NaN nor infinity.
func Finite(x []float32) bool {
	for _, v := range x {
		if v-v != 0 {
			return false
		}
	}
	return true
}
