package gateway_test

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"ayni.example/inference/engine"
	"ayni.example/inference/gateway"
)

// TestEveryErrorInBothDialects has the backend fail with each kind, before and after its start.
func TestEveryErrorInBothDialects(t *testing.T) {
	var fail error
	late := false
	r := newRig(t, func(gateway.Job) script {
		if late {
			return script{late: fail}
		}
		return script{early: fail}
	}, nil)
	cases := []struct {
		err    error
		status int
		openai string
		ollama string
	}{
		{engine.Errorf(engine.Invalid, "seed is odd").WithParam("seed"), 400, `"type":"invalid_request_error","param":"seed"`, "seed is odd"},
		{engine.Errorf(engine.Unpaid, "no balance"), 402, `"code":"insufficient_quota"`, "no balance (top up"},
		{engine.Errorf(engine.Forbidden, "refused"), 403, `"code":"forbidden"`, "refused"},
		{engine.Errorf(engine.NotFound, "gone"), 404, `"code":"model_not_found"`, "gone"},
		{engine.Errorf(engine.TooLarge, "long"), 413, `"code":"context_length_exceeded"`, "long"},
		{engine.Errorf(engine.Busy, "queue is full"), 429, `"code":"rate_limit_exceeded"`, "queue is full"},
		{engine.Errorf(engine.Unsupported, "no vision"), 400, `"code":"unsupported"`, "no vision"},
		{
			engine.Errorf(engine.Unavailable, "ollama is not running").WithHint("start it"), 503, `"message":"ollama is not running (start it)"`,
			"ollama is not running (start it)",
		},
		{fmt.Errorf("wrapped: %w", engine.Errorf(engine.Unavailable, "peer left")), 503, `"message":"peer left"`, "peer left"},
		{errors.New("secret path /etc/x"), 500, `"code":"internal_error"`, "internal error"},
	}
	for _, c := range cases {
		for _, late = range []bool{false, true} {
			fail = c.err
			for path, want := range map[string]string{"/v1/chat/completions": c.openai, "/api/chat": c.ollama} {
				for _, stream := range []string{"true", "false"} {
					body := strings.Replace(chatBody, `{"model"`, `{"stream":`+stream+`,"model"`, 1)
					response, answer := r.post(path, body)
					if response.StatusCode != c.status || !strings.Contains(answer, want) {
						t.Errorf("%s of %v (late %v): %d %s", path, c.err, late, response.StatusCode, answer)
					}
					if strings.Contains(answer, "secret") {
						t.Errorf("an internal error shows: %s", answer)
					}
					if (c.status == 429) != (response.Header.Get("Retry-After") != "") {
						t.Errorf("Retry-After is %q for %d", response.Header.Get("Retry-After"), c.status)
					}
					if kept := response.Header.Get("Ayni-Receipt"); kept != "" {
						checkReceipt(t, r, response, body, answer) // an aborted one, with the note of what was sent
					} else if late {
						t.Errorf("an answer that broke off has no receipt")
					}
				}
			}
		}
	}
}

func TestErrorInsideAStream(t *testing.T) {
	fail := engine.Errorf(engine.Unavailable, "provider left")
	r := newRig(t, func(gateway.Job) script { return script{chunks: words("half"), late: fail} }, nil)
	for path, want := range map[string]string{
		"/v1/chat/completions": `data: {"error":{"message":"provider left"`, "/api/chat": `{"error":"provider left"}` + "\n",
	} {
		body := chatStream
		response, answer := r.post(path, body)
		if response.StatusCode != 200 || !strings.Contains(answer, "half") || !strings.Contains(answer, want) {
			t.Errorf("%s: %d %s", path, response.StatusCode, answer)
		}
		if strings.Contains(answer, "[DONE]") || strings.Contains(answer, `"done":true`) {
			t.Errorf("a broken answer claims to be whole: %s", answer)
		}
		if file := checkReceipt(t, r, response, body, answer); file.Receipt.Status != "aborted" {
			t.Errorf("status %s", file.Receipt.Status)
		}
	}
}

func TestRefusedBeforeTheBackend(t *testing.T) {
	r := newRig(t, says("x"), func(c *gateway.Config) { c.Limits.Body = 1000 })
	big := `{"model":"tiny","messages":[{"role":"user","content":"` + strings.Repeat("x", 1000) + `"}]}`
	cases := []struct {
		name, body string
		headers    []string
		status     int
		want       string
	}{
		{"unknown model", strings.Replace(chatBody, "tiny", "nope", 1), nil, 404, "not offered here"},
		{"too big", big, nil, 413, "more than 1000 bytes"},
		{"no json", "hello", nil, 400, "not a JSON object"},
		{"empty", "", nil, 400, "not a JSON object"},
		{"no model", `{"messages":[{"role":"user","content":"hi"}]}`, nil, 400, "model"},
		{"compressed", chatBody, []string{"Content-Encoding", "gzip"}, 400, "encoded as"},
		{"provider object", strings.Replace(chatBody, "{", `{"provider":{"zdr":true},`, 1), nil, 400, `zdr`},
		{"provider header", chatBody, []string{"Ayni-Provider", `{"local":"maybe"}`}, 400, "provider.local"},
		{"long idempotency key", chatBody, []string{"Idempotency-Key", strings.Repeat("k", 256)}, 400, "Idempotency-Key has more than"},
	}
	for _, c := range cases {
		for _, path := range []string{"/v1/chat/completions", "/api/chat"} {
			t.Run(c.name+path, func(t *testing.T) {
				response, answer := r.post(path, c.body, c.headers...)
				if response.StatusCode != c.status || !strings.Contains(answer, c.want) {
					t.Fatalf("%d %s", response.StatusCode, answer)
				}
				if openai := strings.HasPrefix(answer, `{"error":{"message":`); openai != strings.HasPrefix(path, "/v1") {
					t.Errorf("%s answers %s", path, answer)
				}
			})
		}
	}
	if n := len(r.backend.seen()); n != 0 {
		t.Errorf("%d jobs reached the backend", n)
	}
}

func TestPanicIsAnAnswer(t *testing.T) {
	r := newRig(t, func(gateway.Job) script { panic("of a backend") }, nil)
	response, answer := r.post("/v1/chat/completions", chatBody)
	if response.StatusCode != http.StatusInternalServerError || !strings.Contains(answer, "internal error, request ") {
		t.Fatalf("%d %s", response.StatusCode, answer)
	}
	if !strings.Contains(r.log.String(), "handler panicked") {
		t.Error("the log does not tell of it")
	}
	if response, _ := r.get("/healthz"); response.StatusCode != http.StatusOK {
		t.Errorf("%d", response.StatusCode)
	}
}

func TestLogsHaveNoContentAndNoKeys(t *testing.T) {
	r := newRig(t, says("ANSWER-TEXT"), nil)
	secret, key, err := r.keys.Create(t.Context(), gateway.KeySpec{Name: "a"})
	if err != nil {
		t.Fatal(err)
	}
	response, _ := r.post("/v1/chat/completions", strings.Replace(chatBody, "hi", "QUESTION-TEXT", 1), "Authorization", "Bearer "+secret)
	r.post("/v1/chat/completions", `{"model":"QUESTION-TEXT`, "Authorization", "Bearer "+secret+"x")
	if err := r.stop(); err != nil {
		t.Fatal(err)
	}
	log := r.log.String()
	for _, never := range []string{"ANSWER-TEXT", "QUESTION-TEXT", secret, secret[3:20]} {
		if strings.Contains(log, never) {
			t.Errorf("the log has %q", never)
		}
	}
	for _, want := range []string{response.Header.Get("Ayni-Receipt"), response.Header.Get("Ayni-Request"), key.ID, "served_by=local"} {
		if !strings.Contains(log, want) {
			t.Errorf("the log lacks %q:\n%s", want, log)
		}
	}
}
