package tensor_test

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"math"

	"ayni.example/tensor"
)

// attention is two query heads of 5 elements that share a key-value head, over six tokens.
func attention(row func(string, []float32)) {
	const size, tokens = 5, 6
	for _, window := range []int{0, 3} {
		keys, values := pages(ramp(tokens*size, 19), ramp(tokens*size, 23), size, 2*tensor.KeyBlock)
		a := tensor.Attention{
			HeadSize: size, Group: 2, N: tokens, Scale: 1. / 32, Window: window,
			Q: ramp(tokens*2*size, 37), QStep: 2 * size, Out: make([]float32, tokens*2*size), OutStep: 2 * size,
			PageSize: 2 * tensor.KeyBlock, Keys: keys, Values: values, ValueStep: size, ProbStep: tokens,
			Probs: make([]float32, 2*tokens*tokens),
		}
		tensor.Attend(&a)
		row(fmt.Sprintf("attention of 6 tokens, 2 heads of 5, scale 1/32, window %d, q ramp 37 k ramp 19 v ramp 23", window), a.Out)
	}
}

// long rows have many inexact products in every lane, whole ones (64) and others (200), so that a fused or reordered sum
// anywhere shows.
func long(row func(string, []float32), line func(string, ...any)) {
	for _, n := range []int{64, 200} {
		name := func(s string) string { return fmt.Sprintf("rows of %d: %s", n, s) }
		x, y, z := ramp(n, 37), ramp(n, 19), ramp(n, 23)
		row(name("sum"), []float32{tensor.Sum(x)})
		row(name("dot ramps 37 19, 37 23, 19 23"), []float32{tensor.Dot(x, y), tensor.Dot(x, z), tensor.Dot(y, z)})
		tensor.Scale(x, 1./16)
		row(name("ramp 37 times 1/16, which is x"), x[:8])
		line("%s =%s", name("logsumexp of x"), bits64(tensor.LogSumExp(x)))
		p := append([]float32(nil), x...)
		tensor.Softmax(p)
		row(name("softmax of x"), p)
		h := make([]float32, n)
		tensor.RMSNorm(h, x, y, 1e-5)
		row(name("rmsnorm of x weight ramp 19"), h)
		tensor.SwiGLUTo(h, x, y)
		row(name("swiglu gate x up ramp 19"), h)
		dx, dw := ramp(n, 11), ramp(n, 13)
		tensor.RMSNormBackward(dx, dw, x, y, z, 1e-5)
		row(name("rmsnorm backward, weight ramp 19 from ramp 23, dx added to ramp 11"), dx)
		row(name("the same, dw added to ramp 13"), dw)
		dg, du := make([]float32, n), make([]float32, n)
		tensor.SwiGLUBackward(dg, du, x, y, z)
		row(name("swiglu backward from ramp 23, dgate"), dg)
		row(name("the same, dup"), du)
		dp := ramp(n, 23)
		tensor.SoftmaxBackward(dp, p, 0.3)
		row(name("softmax backward from ramp 23 times 0.3"), dp)
		tensor.Axpy(dp, y, 0.3)
		row(name("the same plus ramp 19 times 0.3"), dp)
		mix := make([]float32, 17)
		tensor.Mix(mix, p, ramp(17*n, 29), 17)
		row(name("mix of 17 columns of ramp 29, weights softmax of x"), mix)
	}
	many := make([]float32, 0, 32)
	for s := 3; s < 67; s += 2 {
		many = append(many, tensor.Dot(ramp(64, s), ramp(64, s+6)))
	}
	row("dot ramp(64, s) ramp(64, s+6) for s 3, 5, .. 65", many)
	w, m, v := ramp(64, 37), make([]float32, 64), make([]float32, 64)
	tensor.Scale(w, 1./1024)
	for step := range 7 {
		tensor.AdamW{Rate: 1e-3, Beta1: 0.9, Beta2: 0.95, Eps: 1e-8, Decay: 0.1, Scale: 0.5, Step: step + 1}.Apply(w, ramp(64, 19+step), m, v)
	}
	row("adamw ramp(64, 37) / 1024, gradients ramp(64, 18+t) for t 1 to 7, else as above", w)
	line("exp of n/128 for n -11179 to 11356, and of the 5 floats nearest to (k+1/2)*ln(2) for k -126 to 127: SHA-256 of the bits, little-endian = %x", exponentials())
	for _, x := range []uint32{0xbe63f2df, 0x40aa5281, 0xbeac45cf, 0xbea82f63, 0xbeae5bcc, 0x3eaa0ea1, 0xbe9b6b74} {
		v := math.Float32frombits(x) // one of the few where the first steps of the polynomial decide
		line("exp%s =%s", bits32(v), bits32(tensor.Exp(v)))
	}
	const size, tokens = 64, 40
	keys, values := pages(ramp(tokens*size, 19), ramp(tokens*size, 23), size, tensor.KeyBlock)
	a := tensor.Attention{
		HeadSize: size, Group: 1, N: 1, Position: tokens - 1, Scale: 1. / 128, Q: ramp(size, 37), QStep: size,
		Out: make([]float32, size), OutStep: size, PageSize: tensor.KeyBlock, Keys: keys, Values: values, ValueStep: size,
		Probs: make([]float32, tokens), ProbStep: tokens,
	}
	tensor.Attend(&a)
	row("attention of the last of 40 tokens, 1 head of 64, scale 1/128, q ramp 37 k ramp 19 v ramp 23, probabilities", a.Probs)
	row("the same, result", a.Out)
}

// exponentials is a digest, because one operation of exp seldom decides a result.
func exponentials() [32]byte {
	var b []byte
	add := func(x float32) { b = binary.LittleEndian.AppendUint32(b, math.Float32bits(tensor.Exp(x))) }
	for n := -11179; n <= 11356; n++ {
		add(float32(n) / 128)
	}
	for k := -126; k <= 127; k++ {
		x := float32((float64(k) + 0.5) * math.Ln2)
		for d := int32(-2); d <= 2; d++ {
			add(math.Float32frombits(uint32(int32(math.Float32bits(x)) + d)))
		}
	}
	return sha256.Sum256(b)
}

func training(row func(string, []float32), line func(string, ...any)) {
	for _, n := range []int{5, 16, 40} {
		name := func(s string) string { return fmt.Sprintf("backward %s of rows of %d: ", s, n) }
		x, w, dy := ramp(n, 37), ramp(n, 19), ramp(n, 23)
		p := ramp(n, 37)
		tensor.Softmax(p)
		tensor.SoftmaxBackward(dy, p, 0.125)
		row(name("softmax ramp 37 from ramp 23 times 1/8"), dy)
		dx, dw := ramp(n, 11), ramp(n, 13)
		tensor.RMSNormBackward(dx, dw, x, w, ramp(n, 23), 1e-5)
		row(name("rmsnorm ramp 37 weight ramp 19 from ramp 23, dx added to ramp 11"), dx)
		row(name("the same, dw added to ramp 13"), dw)
		dg, du := make([]float32, n), make([]float32, n)
		tensor.SwiGLUBackward(dg, du, x, w, ramp(n, 23))
		row(name("swiglu gate ramp 37 up ramp 19 from ramp 23, dgate"), dg)
		row(name("the same, dup"), du)
		line("cross-entropy ramp(%d, 37) at 3 =%s", n, bits64(tensor.CrossEntropy(p, x, 3, 0.25)))
		row(name("the same, times 1/4"), p)
	}
	w, m, v := ramp(20, 37), make([]float32, 20), make([]float32, 20)
	a := tensor.AdamW{Rate: 1e-3, Beta1: 0.9, Beta2: 0.95, Eps: 1e-8, Decay: 0.1, Scale: 0.5}
	for a.Step = 1; a.Step <= 7; a.Step++ {
		a.Apply(w, ramp(20, 19+a.Step), m, v)
	}
	row("adamw ramp(20, 37), gradients ramp(20, 19+t) for t 1 to 7, rate 1e-3, betas 0.9 0.95, eps 1e-8, decay 0.1, scale 0.5", w)
	row("the same, m", m)
	row("the same, v", v)
	x := ramp(10, 37)
	sin, cos := make([]float32, 4), make([]float32, 4)
	tensor.NewRotary(8, 10000, 1, nil).Angles(255, sin, cos)
	tensor.RotateHalf(x, sin, cos)
	row("rotate half-split ramp(10, 37), dims 8 base 10000, to position 255", x)
}
