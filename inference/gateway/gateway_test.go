package gateway_test

import (
	"bufio"
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"ayni.example/inference/gateway"
	"ayni.example/receipt"
)

const (
	chatBody     = `{"model":"tiny","messages":[{"role":"user","content":"hi"}]}`
	chatStream   = `{"model":"tiny","stream":true,"messages":[{"role":"user","content":"hi"}]}`
	ollamaStream = `{"model":"tiny","messages":[{"role":"user","content":"hi"}]}`
)

// checkReceipt fetches the receipt of an answer and compares it with all that the client holds.
func checkReceipt(t *testing.T, r *rig, response reply, body, answer string) receipt.File {
	t.Helper()
	id := response.Header.Get("Ayni-Receipt")
	fetched, text := r.get("/receipts/" + id)
	if fetched.StatusCode != http.StatusOK {
		t.Fatalf("receipt %q: %d %s", id, fetched.StatusCode, text)
	}
	file, err := receipt.DecodeFile([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	report, err := file.Check(receipt.Held{Request: []byte(body), Answer: []byte(answer)})
	if err != nil {
		t.Fatal(err)
	}
	if report.Request != receipt.MatchedBody || report.Answer != receipt.MatchedResponse || !report.Delivery {
		t.Fatalf("receipt binds request %q, answer %q, delivery %v", report.Request, report.Answer, report.Delivery)
	}
	return file
}

func TestAnswersCarryCheckableReceipts(t *testing.T) {
	r := newRig(t, says("Grüße, ", "世界", " 🦙"), nil)
	cases := []struct{ name, path, body, content, want string }{
		{"chat", "/v1/chat/completions", chatBody, "application/json", `"content":"Grüße, 世界 🦙"`},
		{"chat stream", "/v1/chat/completions", chatStream, "text/event-stream", "data: [DONE]\n\n"},
		{"completion", "/v1/completions", `{"model":"tiny","prompt":"x"}`, "application/json", `"text":"Grüße, 世界 🦙"`},
		{"completion stream", "/v1/completions", `{"model":"tiny","prompt":"x","stream":true}`, "text/event-stream", "data: [DONE]\n\n"},
		{"ollama chat", "/api/chat", ollamaStream, "application/x-ndjson", `"done":true`},
		{
			"ollama generate", "/api/generate", `{"model":"tiny","prompt":"x","stream":false}`, "application/json; charset=utf-8",
			`"response":"Grüße, 世界 🦙"`,
		},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			response, answer := r.post(c.path, c.body)
			if response.StatusCode != http.StatusOK || response.Header.Get("Content-Type") != c.content {
				t.Fatalf("%d %s: %s", response.StatusCode, response.Header.Get("Content-Type"), answer)
			}
			if !strings.Contains(answer, c.want) {
				t.Fatalf("%s\nwants %s", answer, c.want)
			}
			file := checkReceipt(t, r, response, c.body, answer)
			if file.Receipt.RequestID != response.Header.Get("Ayni-Request") || file.Delivery.Endpoint != c.path {
				t.Errorf("receipt of request %s at %s", file.Receipt.RequestID, file.Delivery.Endpoint)
			}
		})
	}
}

func TestEmbeddings(t *testing.T) {
	r := newRig(t, func(gateway.Job) script { return script{vector: [][]float32{{0.5, -1}}} }, nil)
	for path, want := range map[string]string{
		"/v1/embeddings": `"embedding":[0.5,-1]`, "/api/embed": `"embeddings":[[0.5,-1]]`, "/api/embeddings": `"embedding":[0.5,-1]`,
	} {
		body := `{"model":"tiny","input":"x"}`
		if path == "/api/embeddings" {
			body = `{"model":"tiny","prompt":"x"}`
		}
		response, answer := r.post(path, body)
		if response.StatusCode != http.StatusOK || !strings.Contains(answer, want) {
			t.Errorf("%s: %d %s", path, response.StatusCode, answer)
			continue
		}
		checkReceipt(t, r, response, body, answer)
	}
}

func TestStreamIsFlushedPieceByPiece(t *testing.T) {
	gate := make(chan struct{})
	r := newRig(t, func(gateway.Job) script { return script{chunks: words("one", "two", "three"), gate: gate} }, nil)
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, r.url+"/api/chat", strings.NewReader(ollamaStream))
	if err != nil {
		t.Fatal(err)
	}
	gate2 := make(chan struct{})
	go func() { gate <- struct{}{}; close(gate2) }()
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	<-gate2
	if !strings.HasPrefix(response.Header.Get("Ayni-Receipt"), "r-") {
		t.Fatalf("no receipt id before the answer: %v", response.Header)
	}
	lines := bufio.NewScanner(response.Body)
	for i, want := range []string{"one", "two", "three"} {
		if !lines.Scan() { // the backend waits at the gate for the next piece, so this one was flushed
			t.Fatalf("no line %d: %v", i, lines.Err())
		}
		var line struct {
			Message struct{ Content string }
			Done    bool
		}
		if err := json.Unmarshal(lines.Bytes(), &line); err != nil || line.Message.Content != want || line.Done {
			t.Fatalf("line %d is %s (%v)", i, lines.Text(), err)
		}
		if i < 2 {
			gate <- struct{}{}
		}
	}
	if !lines.Scan() || !strings.Contains(lines.Text(), `"done":true`) {
		t.Fatalf("last line is %q", lines.Text())
	}
}

func TestModels(t *testing.T) {
	r := newRig(t, says("x"), func(c *gateway.Config) { c.Aliases = gateway.Aliases{"gpt-4o-mini": "tiny"} })
	cases := []struct {
		name, method, path, body string
		status                   int
		want                     []string
	}{
		{"list", "GET", "/v1/models", "", 200, []string{`"id":"gpt-4o-mini"`, `"id":"tiny"`, `"owned_by":"ayni1far"`}},
		{"one", "GET", "/v1/models/tiny", "", 200, []string{`"id":"tiny"`, `"owned_by":"local"`}},
		{"unknown", "GET", "/v1/models/no/such", "", 404, []string{`"code":"model_not_found"`}},
		{"tags", "GET", "/api/tags", "", 200, []string{`"name":"tiny"`, `"name":"far"`}},
		{"ps", "GET", "/api/ps", "", 200, []string{`"name":"tiny"`}},
		{"show", "POST", "/api/show", `{"model":"tiny"}`, 200, []string{`"family":"llama"`}},
		{"show old", "POST", "/api/show", `{"name":"tiny"}`, 200, []string{`"family":"llama"`}},
		{"show unknown", "POST", "/api/show", `{"model":"nope"}`, 404, []string{`{"error":"model \"nope\" is not offered here`}},
		{"version", "GET", "/api/version", "", 200, []string{`{"version":"0.`}},
		{"root", "HEAD", "/", "", 200, nil},
		{"health", "GET", "/healthz", "", 200, []string{"ok"}},
		{"ready", "GET", "/readyz", "", 200, []string{"ready"}},
		{"no endpoint", "GET", "/v1/nope", "", 404, []string{`"error":{"message":"no such endpoint: GET /v1/nope"`}},
		{"no ollama endpoint", "POST", "/api/pull", "{}", 404, []string{`{"error":"no such endpoint: POST /api/pull"}`}},
		{"wrong method", "GET", "/v1/chat/completions", "", 404, []string{"no such endpoint: GET"}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			response, answer := r.do(c.method, c.path, c.body)
			if response.StatusCode != c.status {
				t.Fatalf("%d %s", response.StatusCode, answer)
			}
			for _, want := range c.want {
				if !strings.Contains(answer, want) {
					t.Errorf("%s\nwants %s", answer, want)
				}
			}
		})
	}
	if _, answer := r.get("/api/ps"); strings.Contains(answer, `"far"`) {
		t.Errorf("a model of another machine is said to run here: %s", answer)
	}
}

func TestAliasReachesTheModel(t *testing.T) {
	r := newRig(t, says("x"), func(c *gateway.Config) { c.Aliases = gateway.Aliases{"gpt-4o-mini": "tiny"} })
	response, answer := r.post("/v1/chat/completions", strings.Replace(chatBody, "tiny", "gpt-4o-mini", 1))
	if response.StatusCode != http.StatusOK || !strings.Contains(answer, `"model":"gpt-4o-mini"`) {
		t.Fatalf("%d %s", response.StatusCode, answer)
	}
	if got := r.backend.seen()[0].Request.Model; got != "tiny" {
		t.Errorf("the backend was asked for %q", got)
	}
}

func TestLoadOnlyRequestNeedsNoBackend(t *testing.T) {
	r := newRig(t, says("x"), nil)
	response, answer := r.post("/api/generate", `{"model":"tiny"}`)
	if response.StatusCode != http.StatusOK || !strings.Contains(answer, `"done_reason":"load"`) {
		t.Fatalf("%d %s", response.StatusCode, answer)
	}
	if n := len(r.backend.seen()); n != 0 {
		t.Errorf("%d jobs reached the backend", n)
	}
}
