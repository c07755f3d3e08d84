package grad_test

import (
	"math"
	"testing"

	"ayni.example/tensor"
	"ayni.example/tensor/grad"
)

// gradientTolerance bounds the difference to the reference's central differences, relative to the largest
// gradient of the parameter.
const gradientTolerance = 2e-5

func TestGradientsAgainstFiniteDifferences(t *testing.T) {
	for name, s := range shapes() {
		t.Run(name, func(t *testing.T) {
			data := sequences(s.Vocab, 2, 12)
			if (name == "all" || name == "window") && !testing.Short() {
				data = sequences(s.Vocab, 2, 70) // more than one tile
			}
			checkGradients(t, perturbed(t, s), 0, data)
		})
	}
}

func TestAdapterGradientsAgainstFiniteDifferences(t *testing.T) {
	for name, targets := range map[string][]string{"all": nil, "values and up": {"attn_v", "ffn_up"}} {
		t.Run(name, func(t *testing.T) {
			s := shapes()["bias"]
			m := perturbed(t, s)
			if err := m.AddLoRA(grad.LoRA{Rank: 3, Alpha: 5, Targets: targets, Seed: 2}); err != nil {
				t.Fatal(err)
			}
			for i, p := range m.Params() {
				if !p.Frozen {
					grad.Normal(p.Data, 9, grad.DomainLoRA, uint32(i), 0.3) // B is zero at the start, which would hide A
				}
			}
			checkGradients(t, m, 5.0/3, sequences(s.Vocab, 2, 12))
		})
	}
}

// perturbed is a network whose gains and biases are not 1 and 0, and whose weights are large enough for
// every path to matter.
func perturbed(tb testing.TB, s grad.Shape) *grad.Model {
	tb.Helper()
	m, err := grad.New(s, 1)
	if err != nil {
		tb.Fatal(err)
	}
	for i, p := range m.Params() {
		noise := make([]float32, len(p.Data))
		grad.Normal(noise, 3, grad.DomainInit, uint32(i), 0.2)
		for j := range p.Data {
			p.Data[j] += noise[j]
		}
	}
	return m
}

func checkGradients(t *testing.T, m *grad.Model, loraScale float64, data [][]int32) {
	t.Helper()
	tr, err := grad.NewTrainer(m, tensor.NewPool(1), grad.DefaultConfig())
	if err != nil {
		t.Fatal(err)
	}
	loss, err := tr.Accumulate(data)
	if err != nil {
		t.Fatal(err)
	}
	r := newReference(m, loraScale)
	if want := r.loss(data); math.Abs(loss-want) > 1e-6*want {
		t.Fatalf("loss %v, reference %v", loss, want)
	}
	gradients := tr.Gradients()
	at := 0
	for _, p := range m.Params() {
		if p.Frozen {
			continue
		}
		g := gradients[at]
		at++
		largest, steepest := 0.0, 0
		for i, v := range g {
			if a := math.Abs(float64(v)); a > largest {
				largest, steepest = a, i
			}
		}
		if largest == 0 {
			t.Errorf("%s has no gradient", p.Name)
		}
		const checks = 4
		for c := range checks {
			i := (c*7919 + steepest) % len(g)
			if want := r.slope(p.Name, i, data); math.Abs(float64(g[i])-want) > gradientTolerance*largest {
				t.Errorf("%s[%d]: gradient %v, finite difference %v (largest %v)", p.Name, i, g[i], want, largest)
			}
		}
	}
	if at != len(gradients) {
		t.Errorf("%d gradients for %d trainable parameters", len(gradients), at)
	}
}

// slope is the central difference of the loss.
func (r *reference) slope(name string, i int, data [][]int32) float64 {
	const h = 1e-5
	w := r.w[name]
	old := w[i]
	w[i] = old + h
	up := r.loss(data)
	w[i] = old - h
	down := r.loss(data)
	w[i] = old
	return (up - down) / (2 * h)
}
