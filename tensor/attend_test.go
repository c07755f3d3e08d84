package tensor_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"ayni.example/tensor"
)

// TestAttendIsItsDefinition cuts a sequence into random chunks over random pages. What no token may see is NaN.
func TestAttendIsItsDefinition(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 0))
	for range 60 {
		size, group, total := 1+r.IntN(40), 1+r.IntN(5), 1+r.IntN(90)
		if r.IntN(2) == 0 {
			size = 16 * (1 + r.IntN(8))
		}
		page, window := tensor.KeyBlock*(1+r.IntN(3)), 0
		if r.IntN(2) == 0 {
			window = 1 + r.IntN(total)
		}
		width := group * size
		q, k, v := noise(r, total*width), noise(r, total*size), noise(r, total*size)
		scale := tensor.InvSqrt(float32(size))
		want := naive(q, k, v, size, group, window, scale)
		a := tensor.Attention{
			HeadSize: size, Group: group, Scale: scale, Window: window,
			QStep: width, OutStep: width, PageSize: page, ValueStep: size,
		}
		for at := 0; at < total; at += a.N {
			a.Position, a.N = at, 1+r.IntN(total-at)
			if r.IntN(2) == 0 {
				a.N = 1
			}
			a.Keys, a.Values = pages(k[:(at+a.N)*size], v[:(at+a.N)*size], size, page)
			a.Q, a.Out = q[at*width:(at+a.N)*width], make([]float32, a.N*width)
			a.ProbStep = a.ProbSize() + r.IntN(3)
			a.Fill = a.ProbSize()
			a.Probs = make([]float32, a.N*group*a.ProbStep)
			tensor.Attend(&a)
			equal(t, "attention", a.Out, want[at*width:(at+a.N)*width])
			for row := range a.N * group {
				for _, p := range a.Probs[row*a.ProbStep:][at+row%a.N+1-a.From() : a.Fill] {
					if p != 0 {
						t.Fatal("a probability of a later position is not zero")
					}
				}
			}
		}
	}
}

// pages cuts keys and values; the positions that are not there yet are NaN.
func pages(k, v []float32, size, page int) (keys, values [][]float32) {
	n := len(k) / size
	for at := 0; at < n; at += page {
		kp, vp := make([]float32, page*size), make([]float32, page*size)
		for i := range kp {
			kp[i], vp[i] = float32(math.NaN()), float32(math.NaN())
		}
		for p := at; p < min(at+page, n); p++ {
			block := kp[(p-at)/tensor.KeyBlock*tensor.KeyBlock*size:]
			tensor.PutKey(block, k[p*size:(p+1)*size], p%tensor.KeyBlock)
			copy(vp[(p-at)*size:], v[p*size:(p+1)*size])
		}
		keys, values = append(keys, kp), append(values, vp)
	}
	return keys, values
}

func naive(q, k, v []float32, size, group, window int, scale float32) []float32 {
	out := make([]float32, len(q))
	for row := range len(q) / size {
		hi := row/group + 1
		lo := 0
		if window > 0 {
			lo = max(0, hi-window)
		}
		p := make([]float32, 0, hi-lo)
		for at := lo; at < hi; at++ {
			p = append(p, float32(tensor.Dot(q[row*size:(row+1)*size], k[at*size:(at+1)*size])*scale))
		}
		tensor.Softmax(p)
		for i := range size {
			var acc float32
			for at := lo; at < hi; at++ {
				acc += float32(p[at-lo] * v[at*size+i])
			}
			out[row*size+i] = acc
		}
	}
	return out
}
