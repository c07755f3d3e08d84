package openaiapi_test

import (
	"bytes"
	"os"
	"testing"

	"ayni.example/inference/engine/enginetest"
	"ayni.example/inference/engine/exact"
	"ayni.example/inference/engine/openaiapi"
	"ayni.example/tensor/llama"
	"ayni.example/tensor/llama/llamatest"
)

// backend is a server that speaks OpenAI's API over the exact engine with a small model.
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

func client(tb testing.TB, url string) *openaiapi.Engine {
	tb.Helper()
	e, err := openaiapi.New(openaiapi.Config{URL: url, Key: os.Getenv("AYNI_OPENAI_KEY"), Probe: true})
	if err != nil {
		tb.Fatal(err)
	}
	return e
}

func TestConformance(t *testing.T) {
	e := client(t, backend(t)+"/v1")
	enginetest.Run(t, enginetest.Config{Engine: e, Model: "tiny", Seeded: true})
}

// TestConformanceOfRealServer runs where AYNI_OPENAI_URL is the base of a server, with its /v1, and AYNI_OPENAI_MODEL one of its models.
func TestConformanceOfRealServer(t *testing.T) {
	url, model := os.Getenv("AYNI_OPENAI_URL"), os.Getenv("AYNI_OPENAI_MODEL")
	if url == "" {
		t.Skip("AYNI_OPENAI_URL is not set")
	}
	enginetest.Run(t, enginetest.Config{Engine: client(t, url), Model: model})
}
