package tensor

// mulF32 computes outputs lo to hi-1: one accumulator for each, k ascending, one FMA each.
func (m *Matrix) mulF32(dst []float32, in *Input, lo, hi int) {
	c := m.Cols
	r := lo
	for ; r+4 <= hi; r += 4 {
		w := m.f32[r*c : (r+4)*c]
		for t := range in.n {
			y := dst[t*m.Rows+r : t*m.Rows+r+4]
			y[0], y[1], y[2], y[3] = fma4(in.x[t*c:(t+1)*c], w[:c], w[c:2*c], w[2*c:3*c], w[3*c:])
		}
	}
	for ; r < hi; r++ {
		w := m.f32[r*c : (r+1)*c]
		for t := range in.n {
			dst[t*m.Rows+r] = fma1(in.x[t*c:(t+1)*c], w)
		}
	}
}

func fma1(x, w []float32) float32 {
	w = w[:len(x)]
	var acc float32
	for k, v := range x {
		acc = FMA(v, w[k], acc)
	}
	return acc
}

// fma4 runs four chains side by side to hide their latency. The accumulators are float64
// variables that hold float32 values.
func fma4(x, w0, w1, w2, w3 []float32) (y0, y1, y2, y3 float32) {
	w0, w1, w2, w3 = w0[:len(x)], w1[:len(x)], w2[:len(x)], w3[:len(x)]
	var a0, a1, a2, a3 float32
	for k, v := range x {
		v := float64(v)
		p0 := float64(v * float64(w0[k]))
		p1 := float64(v * float64(w1[k]))
		p2 := float64(v * float64(w2[k]))
		p3 := float64(v * float64(w3[k]))
		s0, s1, s2, s3 := p0+float64(a0), p1+float64(a1), p2+float64(a2), p3+float64(a3)
		if mayDoubleRound(s0) || mayDoubleRound(s1) || mayDoubleRound(s2) || mayDoubleRound(s3) {
			a0, a1 = fmaSlow(p0, float64(a0)), fmaSlow(p1, float64(a1))
			a2, a3 = fmaSlow(p2, float64(a2)), fmaSlow(p3, float64(a3))
			continue
		}
		a0, a1, a2, a3 = float32(s0), float32(s1), float32(s2), float32(s3)
	}
	return a0, a1, a2, a3
}
