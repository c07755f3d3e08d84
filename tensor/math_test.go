package tensor_test

import (
	"math"
	"testing"

	"ayni.example/tensor"
)

// ulps is the distance of two float64 of the same sign in units of the last place.
func ulps(a, b float64) float64 {
	if a == b {
		return 0
	}
	unit := math.Nextafter(math.Abs(b), math.Inf(1)) - math.Abs(b)
	return math.Abs(a-b) / unit
}

func TestExpIsWithinTwoUlp(t *testing.T) {
	worst := 0.0
	for b := uint64(0); b < 1<<32; b += 9973 {
		x := math.Float32frombits(uint32(b))
		got := tensor.Exp(x)
		want := math.Exp(float64(x))
		switch {
		case x != x:
			if got == got {
				t.Fatalf("Exp(NaN) = %v", got)
			}
		case x < -87.33654:
			if got != 0 {
				t.Fatalf("Exp(%v) = %v, want 0", x, got)
			}
		case x > 88.72284:
			if !math.IsInf(float64(got), 1) {
				t.Fatalf("Exp(%v) = %v, want +Inf", x, got)
			}
		default:
			unit := float64(math.Nextafter32(float32(want), math.MaxFloat32)) - float64(float32(want))
			worst = max(worst, math.Abs(float64(got)-want)/unit)
		}
	}
	t.Logf("worst error of Exp: %.3f ulp", worst)
	if worst > 2 {
		t.Errorf("worst error of Exp is %v ulp", worst)
	}
	if tensor.Exp(0) != 1 {
		t.Errorf("Exp(0) = %v", tensor.Exp(0))
	}
}

func TestLogAndSinCosAreWithinTwoUlp(t *testing.T) {
	r := source(t)
	var log, sin, cos float64
	for range 300000 {
		x := math.Float64frombits(r.Uint64() &^ (1 << 63))
		if x >= 0x1p-1022 && !math.IsInf(x, 0) {
			log = max(log, ulps(tensor.Log(x), math.Log(x)))
		}
		// The assembly of math.Log is wrong for subnormals on some platforms, so scale them.
		x = math.Float64frombits(1 + r.Uint64N(1<<52-1))
		log = max(log, ulps(tensor.Log(x), math.Log(x*0x1p54)-54*math.Ln2))
		x = 1 + (r.Float64()-0.5)*math.Pow(2, -float64(r.IntN(40)))
		log = max(log, ulps(tensor.Log(x), math.Log(x)))
		a := (r.Float64()*2 - 1) * math.Pow(2, float64(r.IntN(41)-20))
		s, c := tensor.SinCos(a)
		sin, cos = max(sin, ulps(s, math.Sin(a))), max(cos, ulps(c, math.Cos(a)))
		// A multiple of pi/2, where the reduction cancels most; math.Sin loses bits itself there.
		k := float64(r.IntN(600000))
		s, c = tensor.SinCos(k * math.Pi / 2)
		ws, wc := math.Sincos(k * math.Pi / 2)
		if math.Abs(s-ws) > 1e-16+4e-16*math.Abs(ws) || math.Abs(c-wc) > 1e-16+4e-16*math.Abs(wc) {
			t.Fatalf("SinCos(%v) = %v, %v, want %v, %v", k*math.Pi/2, s, c, ws, wc)
		}
	}
	t.Logf("distance from package math: Log %.1f, sin %.1f, cos %.1f ulp", log, sin, cos)
	if log > 2 {
		t.Errorf("log %v ulp", log)
	}
	for x, want := range map[float64]float64{1: 0, 0: math.Inf(-1), math.Inf(1): math.Inf(1)} {
		if got := tensor.Log(x); got != want {
			t.Errorf("Log(%v) = %v, want %v", x, got, want)
		}
	}
	if tensor.Log(-1) == tensor.Log(-1) {
		t.Error("Log(-1) is not NaN")
	}
}

func TestHalfRoundTrip(t *testing.T) {
	for h := range 1 << 16 {
		f := tensor.Half(uint16(h))
		if f != f {
			if got := tensor.ToHalf(f); got&0x7c00 != 0x7c00 || got&0x3ff == 0 {
				t.Fatalf("NaN %04x becomes %04x", h, got)
			}
			continue
		}
		if got := tensor.ToHalf(f); got != uint16(h) {
			t.Fatalf("%04x -> %v -> %04x", h, f, got)
		}
	}
	for _, c := range []struct {
		f    float32
		want uint16
	}{{65519.996, 0x7bff}, {65520, 0x7c00}, {1 + 0x1p-11, 0x3c00}, {1 + 0x3p-11, 0x3c02}, {0x1p-25, 0}, {0x1.8p-24, 2}, {-0x1p-14, 0x8400}, {0x1.ffep-15, 0x0400}} {
		if got := tensor.ToHalf(c.f); got != c.want {
			t.Errorf("ToHalf(%v) = %04x, want %04x", c.f, got, c.want)
		}
	}
}

func TestRowOperationsMatchTheirDefinition(t *testing.T) {
	r := source(t)
	for _, n := range []int{1, 7, 16, 31, 32, 48, 100, 192} {
		x, y := rows(r, n), rows(r, n)
		var sum, dot [tensor.Lanes]float32
		for i := range x {
			sum[i%16] += x[i]
			dot[i%16] += float32(x[i] * y[i])
		}
		equal(t, "sum, dot", []float32{tensor.Sum(x), tensor.Dot(x, y)}, []float32{join(sum), join(dot)})
		got := make([]float32, n)
		values := rows(r, 5*(n+3))
		tensor.Mix(got, x[:min(5, n)], values, n+3)
		for i := range got {
			var acc float32
			for j, w := range x[:min(5, n)] {
				acc += float32(w * values[j*(n+3)+i])
			}
			equal(t, "mix", got[i:i+1], []float32{acc})
		}
	}
}

func join(l [tensor.Lanes]float32) float32 {
	for d := 8; d > 0; d /= 2 {
		for j := range d {
			l[j] += l[j+d]
		}
	}
	return l[0]
}

func TestSoftmaxAndNormAreClose(t *testing.T) {
	r := source(t)
	x := rows(r, 100)
	var total float64
	for _, v := range x {
		total += math.Exp(float64(v))
	}
	if got := tensor.LogSumExp(x); math.Abs(got-math.Log(total)) > 1e-5 {
		t.Errorf("LogSumExp = %v, want %v", got, math.Log(total))
	}
	p := append([]float32{}, x...)
	tensor.Softmax(p)
	for i, v := range p {
		if want := math.Exp(float64(x[i])) / total; math.Abs(float64(v)-want) > 1e-6 {
			t.Errorf("softmax %d = %v, want %v", i, v, want)
		}
	}
}
