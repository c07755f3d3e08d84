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
func backend(t testing.TB) string {
	t.Helper()
	raw, err := llamatest.Build(llamatest.Spec{Context: 512})
	if err != nil {
		t.Fatal(err)
	}
	model, err := exact.Open("tiny", bytes.NewReader(raw), int64(len(raw)), llama.Config{})
	if err != nil {
		t.Fatal(err)
	}
	served, err := exact.New(exact.Config{Models: []*exact.Model{model}})
	if err != nil {
		t.Fatal(err)
	}
	return enginetest.Serve(t, served)
}

func client(t testing.TB, url string) *openaiapi.Engine {
	t.Helper()
	e, err := openaiapi.New(openaiapi.Config{URL: url, Key: os.Getenv("AYNI_OPENAI_KEY"), Probe: true})
	if err != nil {
		t.Fatal(err)
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
