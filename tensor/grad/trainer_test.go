package grad_test

import (
	"errors"
	"math"
	"strings"
	"testing"

	"ayni.example/tensor"
	"ayni.example/tensor/grad"
)

func newTrainer(tb testing.TB, s grad.Shape, cfg grad.Config) (*grad.Model, *grad.Trainer) {
	tb.Helper()
	m, err := grad.New(s, 1)
	if err != nil {
		tb.Fatal(err)
	}
	t, err := grad.NewTrainer(m, tensor.NewPool(1), cfg)
	if err != nil {
		tb.Fatal(err)
	}
	return m, t
}

func step(tb testing.TB, t *grad.Trainer, data [][]int32, rate float64) (loss, norm float64) {
	tb.Helper()
	loss, err := t.Accumulate(data)
	if err != nil {
		tb.Fatal(err)
	}
	loss /= float64(t.Targets())
	if norm, err = t.Apply(rate); err != nil {
		tb.Fatal(err)
	}
	return loss, norm
}

func TestTrainingLearns(t *testing.T) {
	s := tiny()
	m, tr := newTrainer(t, s, grad.DefaultConfig())
	data := sequences(s.Vocab, 6, 60)
	first, last := 0.0, 0.0
	for i := range 60 {
		loss, _ := step(t, tr, data, 0.01)
		if i == 0 {
			first = loss
		}
		last = loss
	}
	// A quarter of the tokens are noise, so memory of the rule alone reaches about 1.5 nats.
	if math.Abs(first-math.Log(float64(s.Vocab))) > 0.1 || last > 1.6 {
		t.Errorf("loss went from %v to %v; want %v to below 1.6", first, last, math.Log(float64(s.Vocab)))
	}
	sum, err := tr.Loss(data)
	if err != nil {
		t.Fatal(err)
	}
	scored := 0.0
	for _, d := range data {
		list, err := m.Score(tensor.NewPool(1), d)
		if err != nil {
			t.Fatal(err)
		}
		for _, v := range list {
			scored -= float64(v)
		}
	}
	if math.Abs(sum-scored) > 1e-4*sum {
		t.Errorf("Loss is %v, the scores add up to %v", sum, scored)
	}
}

func TestStateContinues(t *testing.T) {
	data := sequences(37, 4, 30)
	m, tr := newTrainer(t, tiny(), grad.DefaultConfig())
	other, continued := newTrainer(t, tiny(), grad.DefaultConfig())
	for i := range 5 {
		if i == 2 {
			for j, p := range m.Params() {
				copy(other.Params()[j].Data, p.Data)
			}
			if err := continued.SetState(tr.State()); err != nil {
				t.Fatal(err)
			}
		}
		step(t, tr, data, 0.01)
		if i >= 2 {
			step(t, continued, data, 0.01)
		}
	}
	if digest(m, tr) != digest(other, continued) {
		t.Error("training went on differently from a checkpoint")
	}
	state := tr.State()
	state.Second = state.Second[1:]
	if err := continued.SetState(state); err == nil {
		t.Error("moments that do not fit were taken")
	}
}

// An update by a clipped gradient is that of a smaller one: AdamW's first step shows it in its moments.
func TestClipping(t *testing.T) {
	data := sequences(37, 2, 20)
	cfg := grad.DefaultConfig()
	cfg.MaxNorm = math.Inf(1)
	_, free := newTrainer(t, tiny(), cfg)
	_, norm := step(t, free, data, 0.01)
	cfg.MaxNorm = norm / 4
	_, bound := newTrainer(t, tiny(), cfg)
	if _, again := step(t, bound, data, 0.01); again != norm {
		t.Errorf("the norm before clipping is %v, without clipping %v", again, norm)
	}
	sum := 0.0
	for i, x := range free.State().First {
		for j, v := range x {
			if got, want := float64(bound.State().First[i][j]), float64(v)/4; math.Abs(got-want) > 1e-6*math.Abs(want) {
				t.Fatalf("moment %d of parameter %d is %v, want %v", j, i, got, want)
			}
			sum += float64(v) * float64(v)
		}
	}
	if got := math.Sqrt(sum) / (1 - cfg.Beta1); math.Abs(got-norm) > 1e-5*norm {
		t.Errorf("norm %v, from the moments %v", norm, got)
	}
}

func TestBadInput(t *testing.T) {
	m, tr := newTrainer(t, tiny(), grad.DefaultConfig())
	for name, data := range map[string][]int32{
		"short": {1}, "negative": {1, -1}, "beyond the vocabulary": {1, 37}, "long": make([]int32, 92),
	} {
		if _, err := tr.Accumulate([][]int32{{1, 2, 3}, data}); err == nil || tr.Targets() != 0 {
			t.Errorf("%s: error %v after %d targets, want an error and none", name, err, tr.Targets())
		}
		if _, err := m.Score(tensor.NewPool(1), data); err == nil {
			t.Errorf("%s: a score", name)
		}
	}
	if _, err := tr.Apply(0.1); err == nil {
		t.Error("an update without a batch")
	}
	before := append([]float32(nil), m.Params()[3].Data...)
	m.Params()[0].Data[24] = float32(math.Inf(1))
	if _, err := tr.Accumulate([][]int32{{1, 2, 3}}); !errors.Is(err, grad.ErrNotFinite) {
		t.Errorf("infinite weights: %v", err)
	}
	if _, err := tr.Apply(0.1); !errors.Is(err, grad.ErrNotFinite) {
		t.Errorf("infinite gradients: %v", err)
	}
	for i, v := range m.Params()[3].Data {
		if v != before[i] {
			t.Fatal("a bad gradient changed the weights")
		}
	}
	if _, err := m.Score(tensor.NewPool(1), []int32{1, 2}); !errors.Is(err, grad.ErrNotFinite) {
		t.Errorf("infinite weights: %v", err)
	}
}

func TestValidate(t *testing.T) {
	for want, change := range map[string]func(s *grad.Shape){
		"vocab is 0":         func(s *grad.Shape) { s.Vocab = 0 },
		"cannot share":       func(s *grad.Shape) { s.KVHeads = 3 },
		"is odd":             func(s *grad.Shape) { s.HeadSize = 9 },
		"rotary base":        func(s *grad.Shape) { s.Base = float32(math.NaN()) },
		"eps":                func(s *grad.Shape) { s.Eps = 0 },
		"key-value heads is": func(s *grad.Shape) { s.KVHeads = 8 },
		"parameters, want":   func(s *grad.Shape) { s.Layers, s.Width, s.Inner = 1024, 1<<16, 1<<20 },
	} {
		s := tiny()
		change(&s)
		if _, err := grad.New(s, 1); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want one with %q", err, want)
		}
	}
	m, _ := newTrainer(t, tiny(), grad.DefaultConfig())
	for name, change := range map[string]func(c *grad.Config){
		"beta": func(c *grad.Config) { c.Beta2 = 1 }, "eps": func(c *grad.Config) { c.Eps = 0 },
		"decay": func(c *grad.Config) { c.Decay = -1 }, "norm": func(c *grad.Config) { c.MaxNorm = math.NaN() },
		"tokens": func(c *grad.Config) { c.MicroTokens = 0 },
	} {
		c := grad.DefaultConfig()
		change(&c)
		if _, err := grad.NewTrainer(m, tensor.NewPool(1), c); err == nil {
			t.Errorf("%s: a trainer", name)
		}
	}
}
