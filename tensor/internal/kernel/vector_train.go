package kernel

import "math"

func softmaxBackward(dp, p []float32, c, scale float32) {
	p = p[:len(dp)]
	for i, v := range dp {
		dp[i] = float32(float32(p[i]*(v-c)) * scale)
	}
}

func normBackward(dx, x, w, dy []float32, k, inv float32) {
	x, w, dy = x[:len(dx)], w[:len(dx)], dy[:len(dx)]
	for i := range dx {
		g := float32(dy[i] * w[i])
		dx[i] += float32((g - float32(x[i]*k)) * inv)
	}
}

func normGain(dw, x, dy []float32, inv float32) {
	x, dy = x[:len(dw)], dy[:len(dw)]
	for i := range dw {
		dw[i] += float32(dy[i] * float32(x[i]*inv))
	}
}

func swiGLUBackward(dGate, dUp, gate, up, dy []float32) {
	n := len(gate)
	dGate, dUp, up, dy = dGate[:n], dUp[:n], up[:n], dy[:n]
	for i, g := range gate {
		d := 1 + Exp(-g)
		s, a := 1/d, g/d
		slope := s + float32(a*(1-s))
		dg := float32(float32(dy[i]*up[i]) * slope)
		dUp[i] = float32(dy[i] * a)
		dGate[i] = dg
	}
}

// AdamW are the factors of one step, the same for every element.
type AdamW struct {
	Scale        float32 // multiplies the gradient first
	Keep1, Take1 float32 // beta1 and 1-beta1
	Keep2, Take2 float32
	Root, Eps    float32 // Root is 1/sqrt(1-beta2^t)
	Decay, Rate  float32 // Decay multiplies the weight; Rate is rate/(1-beta1^t)
}

func adamW(w, g, m, v []float32, c AdamW) {
	g, m, v = g[:len(w)], m[:len(w)], v[:len(w)]
	for i, old := range w {
		d := float32(g[i] * c.Scale)
		first := float32(m[i]*c.Keep1) + float32(d*c.Take1)
		second := float32(v[i]*c.Keep2) + float32(float32(d*d)*c.Take2)
		m[i], v[i] = first, second
		length := float32(float32(math.Sqrt(float64(second)))*c.Root) + c.Eps
		w[i] = float32(old*c.Decay) - float32(first/length*c.Rate)
	}
}
