package exact_test

import (
	"bytes"
	"strings"
	"testing"

	"ayni.example/inference/engine/enginetest"
	"ayni.example/inference/engine/exact"
	"ayni.example/tensor/llama"
	"ayni.example/tensor/starter"
)

func TestConformanceOfStarter(t *testing.T) {
	raw := starter.GGUF()
	model, err := exact.Open(starter.Name, bytes.NewReader(raw), int64(len(raw)), llama.Config{})
	if err != nil {
		t.Fatal(err)
	}
	if about := model.About(); "sha256:"+about.Digest != starter.Digest || about.Context == 0 || about.Embedding == 0 {
		t.Errorf("the model is described as %+v", about)
	}
	e := newEngine(t, exact.Config{Models: []*exact.Model{model}})
	enginetest.Run(t, enginetest.Config{Engine: e, Model: starter.Name, Seeded: true, IDs: true, Counts: true, Bounds: true})
}

func TestOpenRefuses(t *testing.T) {
	raw := starter.GGUF()
	if _, err := exact.Open("cut", bytes.NewReader(raw[:len(raw)/2]), int64(len(raw)/2), llama.Config{}); err == nil {
		t.Error("half a file was taken")
	}
	if _, err := exact.Open("", bytes.NewReader(raw), int64(len(raw)), llama.Config{}); err == nil {
		t.Error("a model without a name was taken")
	}
	_, err := exact.Open("large", bytes.NewReader(raw), int64(len(raw)), llama.Config{MaxBytes: 1000})
	if err == nil || !strings.Contains(err.Error(), "limit") {
		t.Errorf("beyond the bound on memory the error is %v", err)
	}
}
