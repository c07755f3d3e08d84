package kernel

func add(dst, x []float32) {
	x = x[:len(dst)]
	for i, v := range x {
		dst[i] += v
	}
}

func axpy(dst, x []float32, s float32) {
	x = x[:len(dst)]
	for i, v := range x {
		dst[i] += float32(v * s)
	}
}

func scaleBy(x []float32, s float32) {
	for i, v := range x {
		x[i] = float32(v * s)
	}
}

func softmax(dst, x []float32) {
	m := maximum(x)
	dst = dst[:len(x)]
	for i, v := range x {
		dst[i] = Exp(v - m)
	}
	scaleBy(dst, 1/sum(dst))
}

func sumExp(x []float32, most float32) float32 {
	var l [Lanes]float32
	for i, v := range x {
		l[i%Lanes] += Exp(v - most)
	}
	return tree(&l)
}

func expTo(dst, x []float32, sub float32) {
	dst = dst[:len(x)]
	for i, v := range x {
		dst[i] = Exp(v - sub)
	}
}

func finite(x []float32) bool {
	for _, v := range x {
		if v-v != 0 {
			return false
		}
	}
	return true
}

func above(dst []int32, x []float32, least float32) []int32 { return aboveFrom(dst, x, least, 0) }

// aboveFrom is above for a row that begins with a later index.
func aboveFrom(dst []int32, x []float32, least float32, first int) []int32 {
	for i, v := range x {
		if v >= least {
			dst = append(dst, int32(first+i))
		}
	}
	return dst
}

func norm(dst, x, w []float32, inv float32) {
	dst, w = dst[:len(x)], w[:len(x)]
	for i, v := range x {
		dst[i] = float32(float32(v*inv) * w[i])
	}
}

func swiGLU(dst, gate, up []float32) {
	dst, up = dst[:len(gate)], up[:len(gate)]
	for i, g := range gate {
		dst[i] = float32(g / (1 + Exp(-g)) * up[i])
	}
}

func rotate(head, sin, cos []float32) {
	cos, head = cos[:len(sin)], head[:2*len(sin)]
	for i, s := range sin {
		c := cos[i]
		a, b := head[2*i], head[2*i+1]
		head[2*i] = float32(a*c) - float32(b*s)
		head[2*i+1] = float32(a*s) + float32(b*c)
	}
}

func rotateHalf(head, sin, cos []float32) {
	n := len(sin)
	cos, head = cos[:n], head[:2*n]
	for i, s := range sin {
		c := cos[i]
		a, b := head[i], head[n+i]
		head[i] = float32(a*c) - float32(b*s)
		head[n+i] = float32(a*s) + float32(b*c)
	}
}
