package ollama_test

import (
	"bytes"
	"os"
	"testing"

	"ayni.example/inference/engine/enginetest"
	"ayni.example/inference/engine/exact"
	"ayni.example/inference/engine/ollama"
	"ayni.example/tensor/llama"
	"ayni.example/tensor/llama/llamatest"
)

// backend is a server that speaks Ollama's API over the exact engine with a small model.
func backend(tb testing.TB) string {
	tb.Helper()
	raw, err := llamatest.Build(llamatest.Spec{Context: 512})
	if err != nil {
		tb.Fatal(err)
	}
	model, err := exact.Open("tiny", bytes.NewReader(raw), int64(len(raw)), llama.Config{})
	if err != nil {
		tb.Fatal(err)
	}
	served, err := exact.New(exact.Config{Models: []*exact.Model{model}})
	if err != nil {
		tb.Fatal(err)
	}
	return enginetest.Serve(tb, served)
}

func client(tb testing.TB, url string) *ollama.Engine {
	tb.Helper()
	e, err := ollama.New(ollama.Config{URL: url})
	if err != nil {
		tb.Fatal(err)
	}
	return e
}

func TestConformance(t *testing.T) {
	e := client(t, backend(t))
	enginetest.Run(t, enginetest.Config{Engine: e, Model: "tiny", Seeded: true, Bounds: true})
}

// TestConformanceOfRealServer runs where AYNI_OLLAMA_URL names an Ollama and AYNI_OLLAMA_MODEL one of its models.
func TestConformanceOfRealServer(t *testing.T) {
	url, model := os.Getenv("AYNI_OLLAMA_URL"), os.Getenv("AYNI_OLLAMA_MODEL")
	if url == "" {
		t.Skip("AYNI_OLLAMA_URL is not set")
	}
	enginetest.Run(t, enginetest.Config{Engine: client(t, url), Model: model, Bounds: true})
}
