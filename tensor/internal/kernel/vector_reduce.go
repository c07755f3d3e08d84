package kernel

// Lanes is the number of partial sums of a row reduction: lane j adds the terms whose index
// is j modulo Lanes, ascending, and tree joins them.
const Lanes = 16

// tree adds the lanes at distance 8, 4, 2 and 1.
func tree(l *[Lanes]float32) float32 {
	return (quad(l, 0) + quad(l, 2)) + (quad(l, 1) + quad(l, 3))
}

// quad is the part of the tree that ends in lane j after distances 8 and 4.
func quad(l *[Lanes]float32, j int) float32 { return (l[j] + l[j+8]) + (l[j+4] + l[j+12]) }

func sum(x []float32) float32 {
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

func dot(x, y []float32) float32 {
	y = y[:len(x)]
	if len(x)%Lanes == 0 {
		// Lanes in two halves of the tree, so that the sums stay in registers.
		t0, t1 := twoQuads(x, y, 0)
		t2, t3 := twoQuads(x, y, 2)
		return (t0 + t2) + (t1 + t3)
	}
	var l [Lanes]float32
	for i, v := range x {
		l[i%Lanes] += float32(v * y[i])
	}
	return tree(&l)
}

// twoQuads is quad for lanes j and j+1 of the products of two rows of whole lanes.
func twoQuads(x, y []float32, j int) (t0, t1 float32) {
	var a0, a4, a8, aC, b0, b4, b8, bC float32
	for len(x) >= Lanes && len(y) >= Lanes {
		v, w := (*[14]float32)(x[j:]), (*[14]float32)(y[j:])
		a0 += float32(v[0] * w[0])
		b0 += float32(v[1] * w[1])
		a4 += float32(v[4] * w[4])
		b4 += float32(v[5] * w[5])
		a8 += float32(v[8] * w[8])
		b8 += float32(v[9] * w[9])
		aC += float32(v[12] * w[12])
		bC += float32(v[13] * w[13])
		x, y = x[Lanes:], y[Lanes:]
	}
	return (a0 + a8) + (a4 + aC), (b0 + b8) + (b4 + bC)
}

func dot3(x, y, z []float32) float32 {
	y, z = y[:len(x)], z[:len(x)]
	var l [Lanes]float32
	for i, v := range x {
		l[i%Lanes] += float32(float32(v*y[i]) * z[i])
	}
	return tree(&l)
}

// maximum is +0 where the largest are zeros of either sign.
func maximum(x []float32) float32 {
	m := x[0]
	for _, v := range x[1:] {
		if v > m {
			m = v
		}
	}
	return m + 0
}
