package e2e_test

import (
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"ayni.example/tensor/llama/llamatest"
)

// modelsSeen bounds how long a model may take from the disk to the clients.
const modelsSeen = time.Minute

// completion is what a client reads of an answer.
type completion struct {
	Choices []struct {
		Text string `json:"text"`
	} `json:"choices"`
}

// say asks a machine until it knows the model.
func say(tb testing.TB, m *node, model string) string {
	tb.Helper()
	var c completion
	wait(tb, modelsSeen, "an answer of "+model, func() error {
		got, err := m.post("/v1/completions", []byte(`{"model":"`+model+`","prompt":"hello world","max_tokens":5,"seed":3}`))
		if err != nil || got.status != http.StatusOK {
			return errorf("status %d, %s, %v", got.status, got.body, err)
		}
		return json.Unmarshal(got.body, &c)
	})
	if len(c.Choices) != 1 || c.Choices[0].Text == "" {
		tb.Fatalf("%s says nothing: %+v", model, c)
	}
	return c.Choices[0].Text
}

// TestModels takes a model through its life on one machine and to a second one: created from a file, served, quantised, sold,
// pulled by the other, bought by the other, removed. A pull that is killed goes on where it was.
func TestModels(t *testing.T) {
	t.Parallel()
	b, a := pair(t, nil)                                                                     // a serves, b asks
	raw, err := llamatest.Build(llamatest.Spec{Width: 512, Inner: 2048, Layers: 4, Seed: 9}) // some 70 MB, so that a kill finds it half way
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "tiny.gguf")
	if err := os.WriteFile(file, raw, 0o600); err != nil {
		t.Fatal(err)
	}
	a.run("models", "create", "tiny", "--from", file)
	text := say(t, a, "tiny")
	type change struct {
		Before int64 `json:"size_before"`
		After  int64 `json:"size_after"`
	}
	small := read[change](a, "models", "quantise", "tiny", "tiny:q4", "--to", "Q4_K")
	if small.After*3 > small.Before {
		t.Errorf("quantised: %+v", small)
	}
	say(t, a, "tiny:q4")

	// The second machine pulls from the first one's gateway, which listens on loopback, and is killed while it does.
	puller := *b
	puller.netns = a.netns
	from := strings.TrimPrefix(a.url, "http://") + "/library/tiny"
	weights := read[struct{ Weights string }](a, "models", "show", "tiny").Weights
	part := filepath.Join(b.home, "models", "partial", strings.Replace(weights, ":", "-", 1))
	cmd := puller.command("models", "pull", from, "--insecure", "--as", "copy")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	for end := time.Now().Add(modelsSeen); time.Now().Before(end); time.Sleep(time.Millisecond) {
		if info, err := os.Stat(part); err == nil && info.Size() > 1<<20 {
			break
		}
	}
	_ = cmd.Process.Signal(syscall.SIGKILL)
	if cmd.Wait() == nil {
		t.Log("the pull was quicker than the kill")
	}
	puller.run("models", "pull", from, "--insecure", "--as", "copy")
	if shown := read[struct{ Verified bool }](b, "models", "show", "copy", "--verify"); !shown.Verified {
		t.Errorf("the copy: %+v", shown)
	}
	if other := say(t, b, "copy"); other != text {
		t.Errorf("the same weights and seed say %q there, %q here", other, text)
	}

	// What one sells the other buys, by the same name.
	a.run("offer", "tiny:q4", "--price", "0.1")
	offered(t, b, "tiny:q4")
	if bought, sold := say(t, b, "tiny:q4"), say(t, a, "tiny:q4"); bought != sold {
		t.Errorf("bought %q, sold %q", bought, sold)
	}
	a.run("models", "rm", "tiny")
	if left := read[[]struct{ Name string }](a, "models", "ls"); len(left) != 1 || left[0].Name != "tiny:q4" {
		t.Errorf("left: %+v", left)
	}
}
