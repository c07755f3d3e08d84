package main

import (
	"errors"
	"math"
	"testing"

	"ayni.example/tensor/grad"
)

// The same weights, data and optimizer give the same losses as PyTorch. Both compute in float32 but round in different
// orders, so the curves part slowly.
const (
	curveSteps     = 40
	curveTolerance = 1e-4 // relative; 1e-5 is usual
)

func TestLossCurveIsPyTorchs(t *testing.T) {
	if testing.Short() {
		t.Skip("runs PyTorch for a minute")
	}
	p, err := startPeer()
	if errors.Is(err, errNoPeer) {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	defer p.Stop()
	small := job{
		Shape: grad.Shape{
			Vocab: 97, Context: 100, Width: 48, Layers: 2, Heads: 4, KVHeads: 2, HeadSize: 16, Inner: 80,
			Base: 10000, Eps: 1e-5,
		},
		Batch: 6, Length: 101, Steps: 8, Rate: 5e-3, Config: grad.DefaultConfig(),
	}
	qwen2, qwen3, lora, big := small, small, small, starter()
	qwen2.Shape.HalfSplit, qwen2.Shape.Bias = true, true
	qwen3.Shape.HalfSplit, qwen3.Shape.HeadNorm, qwen3.Shape.Untied, qwen3.Shape.HeadSize = true, true, true, 32
	lora.LoRA = &grad.LoRA{Rank: 4, Alpha: 8, Seed: 2}
	for name, j := range map[string]job{"llama": small, "qwen2": qwen2, "qwen3": qwen3, "adapters": lora, "starter": big} {
		t.Run(name, func(t *testing.T) { compareCurves(t, p, &j) })
	}
}

func compareCurves(t *testing.T, p *peer, j *job) {
	t.Helper()
	o, err := j.own(2)
	if err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	if err := o.export(folder); err != nil {
		t.Fatal(err)
	}
	if err := p.begin(folder, "eager"); err != nil {
		t.Fatal(err)
	}
	theirs, err := p.curve(curveSteps)
	if err != nil {
		t.Fatal(err)
	}
	worst, first, last := 0.0, 0.0, 0.0
	for i, want := range theirs {
		got, err := o.step()
		if err != nil {
			t.Fatal(err)
		}
		if i == 0 {
			first = got
		}
		last = got
		worst = max(worst, math.Abs(got-want)/want)
		if math.Abs(got-want) > curveTolerance*want {
			t.Errorf("step %d: loss %v, PyTorch's %v", i, got, want)
		}
	}
	t.Logf("loss %.4f to %.4f in %d steps, at most %.1e from PyTorch's", first, last, len(theirs), worst)
	if !(last < first-0.1) {
		t.Error("the run learnt nothing, so the comparison says little")
	}
}
