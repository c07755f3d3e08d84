package ollama_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"ayni.example/inference/engine"
	"ayni.example/inference/ollama"
)

func TestModelLists(t *testing.T) {
	at := time.Date(2026, 11, 23, 4, 0, 0, 0, time.UTC)
	model := ollama.Listed{Modified: at, Model: engine.Model{
		Name: "m:latest", Digest: "ab", Family: "llama", Format: "gguf", Quantisation: "Q8_0", License: "bsd", Parameters: 1_500_000_000,
		SizeBytes: 7, Context: 256, Embedding: 64, Template: "t", Capabilities: []string{"completion", "chat", "embedding", "logprobs"},
	}}
	const details = `"details":{"parent_model":"","format":"gguf","family":"llama","families":["llama"],"parameter_size":"1.5B","quantization_level":"Q8_0"}`
	tests := []struct {
		name  string
		write func() ([]byte, error)
		want  string
	}{
		{
			"tags", func() ([]byte, error) { return ollama.Tags([]ollama.Listed{model}) },
			`{"models":[{"name":"m:latest","model":"m:latest","modified_at":"2026-11-23T04:00:00Z","size":7,"digest":"ab",` + details + `}]}`,
		},
		{"no tags", func() ([]byte, error) { return ollama.Tags(nil) }, `{"models":[]}`},
		{
			"processes", func() ([]byte, error) { return ollama.Processes([]ollama.Listed{model}, at) },
			`{"models":[{"name":"m:latest","model":"m:latest","size":7,"digest":"ab",` + details +
				`,"expires_at":"2026-11-23T04:00:00Z","size_vram":0,"context_length":256}]}`,
		},
		{
			"show", func() ([]byte, error) { return ollama.Show(model) },
			`{"capabilities":["completion"],` + details + `,"license":"bsd","model_info":{"general.architecture":"llama",` +
				`"general.parameter_count":1500000000,"llama.context_length":256,"llama.embedding_length":64},"modelfile":"FROM m:latest\n",` +
				`"modified_at":"2026-11-23T04:00:00Z","parameters":"","template":"t"}`,
		},
		{"version", func() ([]byte, error) { return ollama.Version("1") }, `{"version":"1"}`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			have, err := test.write()
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, string(have)); diff != "" {
				t.Errorf("want - have +\n%s", diff)
			}
		})
	}
}

func TestLoad(t *testing.T) {
	req, err := ollama.Parse(ollama.Chat, []byte(`{"model":"m"}`))
	if err != nil || !ollama.IsLoad(req) {
		t.Fatalf("request %+v, %v", req, err)
	}
	now := func() time.Time { return time.Unix(0, 0) }
	body, err := ollama.NewWriter(ollama.Chat, req, engine.Reply{Model: "m", Now: now}).Loaded()
	want := `{"model":"m","created_at":"1970-01-01T00:00:00Z","message":{"role":"assistant","content":""},"done":true,"done_reason":"load"}` + "\n"
	if err != nil || string(body) != want {
		t.Errorf("%s, %v", body, err)
	}
}

func FuzzParseShow(f *testing.F) {
	f.Add([]byte(`{"model":"m"}`))
	f.Add([]byte(`{"name":"m","verbose":true}`))
	f.Add([]byte(`{}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		model, err := ollama.ParseShow(body)
		if (err == nil) != (model != "") {
			t.Fatalf("model %q, error %v", model, err)
		}
		if err != nil && !engine.IsKind(err, engine.Invalid) {
			t.Fatalf("error is %v", err)
		}
	})
}
