package cli_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"ayni.example/tensor/gguf"
	"ayni.example/tensor/llama/llamatest"
	"ayni.example/web/operator"
)

type answered struct {
	status  int
	receipt string
	body    string
	text    string
	prompt  int
}

// complete asks a running machine.
func complete(tb testing.TB, url, request string) answered {
	tb.Helper()
	res, err := http.Post(url+"/v1/completions", "application/json", strings.NewReader(request))
	if err != nil {
		tb.Fatal(err)
	}
	defer res.Body.Close() //nolint:errcheck // only read
	raw, err := io.ReadAll(res.Body)
	if err != nil {
		tb.Fatal(err)
	}
	var body struct {
		Choices []struct{ Text string }
		Usage   struct {
			Prompt int `json:"prompt_tokens"`
		}
	}
	out := answered{status: res.StatusCode, receipt: res.Header.Get("Ayni-Receipt"), body: string(raw)}
	if json.Unmarshal(raw, &body) == nil && len(body.Choices) == 1 {
		out.text, out.prompt = body.Choices[0].Text, body.Usage.Prompt
	}
	return out
}

// until asks again until a model is seen: lists of models are looked at every few seconds.
func until(tb testing.TB, url, request string, status int) answered {
	tb.Helper()
	for end := time.Now().Add(40 * time.Second); ; time.Sleep(300 * time.Millisecond) {
		got := complete(tb, url, request)
		if got.status == status {
			return got
		}
		if time.Now().After(end) {
			tb.Fatalf("%s: status %d, want %d: %s", request, got.status, status, got.body)
		}
	}
}

// TestModelsAreServed creates models before and while a machine runs, asks them, offers one, replays its answer and removes it.
func TestModelsAreServed(t *testing.T) {
	dir := t.TempDir()
	home := filepath.Join(dir, "home")
	t.Setenv("AYNI_HOME", home)
	if err := os.MkdirAll(home, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(home, "config.yaml"), []byte("keep_content: true\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	run(t, nil, "models", "create", "tiny", "--from", fixture(t, llamatest.Spec{Width: 256, Inner: 256, Seed: 5}))
	odd := gguf.NewWriter()
	odd.Set("general.architecture", "mamba")
	odd.AddF32("a", []uint64{1}, []float32{1})
	var raw bytes.Buffer
	if _, err := odd.WriteTo(&raw); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, "odd.gguf")
	if err := os.WriteFile(file, raw.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	run(t, nil, "models", "create", "odd", "--from", file)

	url, stop := start(t, home)
	defer func() { stop() }()
	const request = `{"model":"tiny","prompt":"hello world","max_tokens":6,"seed":7}`
	first := complete(t, url, request)
	if first.status != http.StatusOK || first.receipt == "" {
		t.Fatalf("status %d: %s", first.status, first.body)
	}
	if odd := complete(t, url, `{"model":"odd","prompt":"x"}`); odd.status != http.StatusNotFound {
		t.Errorf("what does not run: status %d, %s", odd.status, odd.body)
	}
	var list []operator.Model
	run(t, &list, "models", "list")
	names := make([]string, 0, len(list))
	for _, m := range list {
		names = append(names, m.Name)
	}
	if strings.Join(names, " ") != "ayni/starter tiny:latest" {
		t.Errorf("clients can ask for %v", names)
	}
	var offer operator.Offer
	run(t, &offer, "offer", "tiny:latest", "--price", "0.5")
	if offer.Digest == "" {
		t.Errorf("offered: %+v", offer)
	}

	// While it runs: a quantised one, and one with defaults, which is another model by its digest.
	run(t, nil, "models", "quantise", "tiny", "tiny:q4", "--to", "Q4_K")
	run(t, nil, "models", "create", "set", "--from", "tiny", "--param", "temperature=0")
	lora, err := llamatest.BuildAdapter(llamatest.Spec{Width: 256, Inner: 256, Seed: 5}, llamatest.AdapterSpec{Rank: 4, Alpha: 8})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "lora.gguf"), lora, 0o600); err != nil {
		t.Fatal(err)
	}
	run(t, nil, "models", "create", "adapted", "--from", "tiny", "--adapter", filepath.Join(dir, "lora.gguf"))
	until(t, url, strings.Replace(request, "tiny", "tiny:q4", 1), http.StatusOK)
	set := until(t, url, `{"model":"set","prompt":"hello world","max_tokens":6}`, http.StatusOK)
	greedy := complete(t, url, `{"model":"tiny","prompt":"hello world","max_tokens":6,"temperature":0}`)
	if set.text != greedy.text || set.prompt != first.prompt {
		t.Errorf("with the temperature as a default: %q, want %q", set.text, greedy.text)
	}
	adapted := until(t, url, strings.Replace(request, "tiny", "adapted", 1), http.StatusOK)
	if adapted.text == first.text || adapted.text == "" {
		t.Errorf("the adapter changes nothing: %q", adapted.text)
	}
	for _, id := range []string{first.receipt, set.receipt, adapted.receipt} {
		var again operator.Replay
		run(t, &again, "receipts", "replay", id)
		if !again.Same || len(again.Tokens) == 0 {
			t.Errorf("replay: %+v", again)
		}
	}
	held := map[string]string{"receipt": "", "request": request}
	_, held["receipt"], _ = call(t, "receipts", "show", first.receipt)
	for name, text := range held {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	var again operator.Replay
	if run(t, &again, "receipts", "replay", filepath.Join(dir, "receipt"), "--request", filepath.Join(dir, "request")); !again.Same {
		t.Errorf("replay of the file: %+v", again)
	}
	run(t, nil, "models", "rm", "set", "tiny:q4")
	until(t, url, `{"model":"set","prompt":"hello world"}`, http.StatusNotFound)
	if last := complete(t, url, request); last.text != first.text {
		t.Errorf("the answer changed to %q from %q", last.text, first.text)
	}
}
