package tensor_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"ayni.example/tensor"
)

// slope compares a gradient with the central difference of a loss in one element of a row.
func slope(t *testing.T, what string, x []float32, i int, got float32, loss func() float64) {
	t.Helper()
	const step = 1.0 / 64
	at := x[i]
	x[i] = at + step
	high := loss()
	x[i] = at - step
	low := loss()
	x[i] = at
	want := (high - low) / (2 * step)
	if math.Abs(float64(got)-want) > 2e-3*(1+math.Abs(want)) {
		t.Errorf("%s, element %d: %v, the slope is %v", what, i, got, want)
	}
}

// weigh is a loss whose gradient is c.
func weigh(y, c []float32) float64 {
	sum := 0.0
	for i, v := range y {
		sum += float64(v) * float64(c[i])
	}
	return sum
}

func TestBackwardIsTheSlopeOfForward(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 0))
	for _, n := range []int{1, 7, 16, 37} {
		x, w, c := noise(r, n), noise(r, n), noise(r, n)
		y := make([]float32, n)

		norm := func() float64 { tensor.RMSNorm(y, x, w, 1e-5); return weigh(y, c) }
		dx, dw := make([]float32, n), make([]float32, n)
		if n > 1 { // a row of one has a slope of almost nothing, with a cliff at zero
			tensor.RMSNormBackward(dx, dw, x, w, c, 1e-5)
			for i := range n {
				slope(t, "rmsnorm dx", x, i, dx[i], norm)
				slope(t, "rmsnorm dw", w, i, dw[i], norm)
			}
		}
		swiglu := func() float64 { tensor.SwiGLUTo(y, x, w); return weigh(y, c) }
		tensor.SwiGLUBackward(dx, dw, x, w, c)
		for i := range n {
			slope(t, "swiglu dgate", x, i, dx[i], swiglu)
			slope(t, "swiglu dup", w, i, dw[i], swiglu)
		}
		softmax := func() float64 {
			copy(y, x)
			tensor.Scale(y, 0.5)
			tensor.Softmax(y)
			return weigh(y, c)
		}
		softmax()
		copy(dx, c)
		tensor.SoftmaxBackward(dx, y, 0.5)
		for i := range n {
			slope(t, "softmax", x, i, dx[i], softmax)
		}
		target := r.IntN(n)
		loss := tensor.CrossEntropy(dx, x, target, 0.25)
		if want := tensor.LogSumExp(x) - float64(x[target]); loss != want {
			t.Errorf("cross-entropy is %v, want %v", loss, want)
		}
		for i := range n {
			slope(t, "cross-entropy", x, i, dx[i], func() float64 {
				return 0.25 * (tensor.LogSumExp(x) - float64(x[target]))
			})
		}
	}
}

// TestAdamWIsTheTextbook compares with the algorithm in float64.
func TestAdamWIsTheTextbook(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 0))
	const n = 40
	w, m, v := noise(r, n), make([]float32, n), make([]float32, n)
	var x, first, second [n]float64
	for i, v := range w {
		x[i] = float64(v)
	}
	a := tensor.AdamW{Rate: 0.01, Beta1: 0.9, Beta2: 0.99, Eps: 1e-8, Decay: 0.1, Scale: 0.5}
	for a.Step = 1; a.Step <= 50; a.Step++ {
		g := noise(r, n)
		a.Apply(w, g, m, v)
		for i := range x {
			d := float64(g[i]) * 0.5
			first[i] = a.Beta1*first[i] + (1-a.Beta1)*d
			second[i] = a.Beta2*second[i] + (1-a.Beta2)*d*d
			step := float64(a.Step)
			hat := math.Sqrt(second[i] / (1 - math.Pow(a.Beta2, step)))
			x[i] -= a.Rate*a.Decay*x[i] + a.Rate*first[i]/(1-math.Pow(a.Beta1, step))/(hat+a.Eps)
		}
	}
	for i := range x {
		if math.Abs(float64(w[i])-x[i]) > 1e-5 {
			t.Errorf("weight %d is %v, want %v", i, w[i], x[i])
		}
	}
}
