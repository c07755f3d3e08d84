package exact_test

import (
	"testing"

	"github.com/prometheus/client_golang/prometheus"

	"ayni.example/inference/engine"
	"ayni.example/inference/engine/exact"
	"ayni.example/tensor/llama/llamatest"
)

// TestMetricsCountWhatWasDone asks the same twice: the second time most of the prompt is found.
func TestMetricsCountWhatWasDone(t *testing.T) {
	e := newEngine(t, exact.Config{Models: []*exact.Model{open(t, "tiny", llamatest.Spec{})}})
	most, zero := 5, 0.0
	req := engine.Request{Kind: engine.Completion, Model: "tiny", Prompt: "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz", Raw: true, Scope: "me"}
	req.Options.MaxTokens, req.Options.Temperature = &most, &zero
	for i, cached := range []int{0, 32} {
		result, err := e.Generate(t.Context(), req, func(engine.Chunk) error { return nil })
		if err != nil || result.Usage != (engine.Usage{Prompt: 52, Completion: 5, Cached: cached}) {
			t.Errorf("answer %d: %+v, %v, want %d cached", i, result.Usage, err, cached)
		}
	}
	registry := prometheus.NewRegistry()
	registry.MustRegister(e)
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	have := make(map[string]float64)
	for _, family := range families {
		metric := family.GetMetric()[0]
		have[family.GetName()] = metric.GetGauge().GetValue() + metric.GetCounter().GetValue()
	}
	want := map[string]float64{
		"ayni_exact_waiting": 0, "ayni_exact_running": 0, "ayni_exact_kept_tokens": 32, "ayni_exact_steps_total": 10,
		"ayni_exact_prompt_tokens_total": 72, "ayni_exact_cached_tokens_total": 32, "ayni_exact_chosen_tokens_total": 10,
	}
	for name, value := range want {
		if have[name] != value {
			t.Errorf("%s is %v, want %v", name, have[name], value)
		}
	}
}
