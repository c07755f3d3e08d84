package enginetest

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"ayni.example/inference/engine"
)

// Hostile says how to test an adapter against a backend that does not keep to its API.
type Hostile struct {
	Type  string // content type of a stream
	Piece string // an event with some text, whole, with its end
	New   func(url string, client *http.Client) engine.Engine
}

// RunHostile checks that a backend's misbehaviour ends in an error that blames the backend, in bounded time and memory.
func RunHostile(t *testing.T, cfg Hostile) {
	t.Helper()
	long := strings.Repeat("x", 8<<20)
	tests := []struct {
		name   string
		status int
		kind   string
		body   string
		want   engine.ErrorKind
	}{
		{"endless line", 200, cfg.Type, cfg.Piece + "data: " + long, engine.Unavailable},
		{"not JSON", 200, cfg.Type, cfg.Piece + "data: {]\n\n{]\n", engine.Unavailable},
		{"cut short", 200, cfg.Type, cfg.Piece, engine.Unavailable},
		{"nothing", 200, cfg.Type, "", engine.Unavailable},
		{"web page", 200, "text/html", "<html>sign in</html>", engine.Unavailable},
		{"no type", 200, "", cfg.Piece, engine.Unavailable},
		{"wrong types", 200, cfg.Type, "data: {\"choices\":7}\n\n{\"message\":7}\n", engine.Unavailable},
		{"redirect", 302, "text/plain", "", engine.Unavailable},
		{"wrong address", 404, "text/plain", "404 page not found", engine.Unavailable},
		{"unknown model", 404, "application/json", `{"error":"model 'm' not found"}`, engine.NotFound},
		{"unknown model, OpenAI", 404, "application/json", `{"error":{"message":"no such model","code":"model_not_found"}}`, engine.NotFound},
		{"bad request", 400, "application/json", `{"error":"bad"}`, engine.Invalid},
		{"too long", 400, "application/json", `{"error":{"message":"This model's maximum context length is 8 tokens"}}`, engine.TooLarge},
		{"no tools", 400, "application/json", `{"error":"m does not support tools"}`, engine.Unsupported},
		{"our key is wrong", 401, "application/json", `{"error":{"message":"bad key"}}`, engine.Unavailable},
		{"rate", 429, "application/json", `{"error":{"message":"slow down"}}`, engine.Busy},
		{"queue", 503, "application/json", `{"error":"server busy, please try again.  maximum pending requests exceeded"}`, engine.Busy},
		{"crash", 500, "application/json", `{"error":"segfault"}`, engine.Unavailable},
		{"huge error", 500, "application/json", `{"error":"` + long + `"}`, engine.Unavailable},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.Header()["Content-Type"] = nil // or net/http guesses one
				if test.kind != "" {
					w.Header().Set("Content-Type", test.kind)
				}
				w.Header().Set("Location", "http://127.0.0.1:1/elsewhere")
				w.WriteHeader(test.status)
				_, _ = io.WriteString(w, test.body)
			}))
			defer server.Close()
			e := cfg.New(server.URL, nil)
			for _, req := range hostileRequests() {
				err := call(t, e, req)
				wantKind(t, err, test.want)
				if err != nil && len(err.Error()) > 2000 {
					t.Errorf("the error has %d bytes", len(err.Error()))
				}
			}
		})
	}
	t.Run("drip", cfg.drip)
	t.Run("refused", cfg.refusedConnection)
}

// Fuzz gives an adapter any bytes as a stream.
func Fuzz(f *testing.F, cfg Hostile, seeds ...string) {
	f.Helper()
	f.Add([]byte(cfg.Piece))
	for _, seed := range seeds {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		e := cfg.New("http://backend.invalid", &http.Client{Transport: canned{kind: cfg.Type, body: body}})
		for _, req := range hostileRequests() {
			chunks := 0
			result, err := e.Generate(t.Context(), req, func(engine.Chunk) error { chunks++; return nil })
			typed, ok := errors.AsType[*engine.Error](err)
			if err != nil && (!ok || typed.Kind == engine.Internal) {
				t.Fatalf("error is %v", err)
			}
			if err == nil && result.Finish != "stop" && result.Finish != "length" && result.Finish != "tool_calls" {
				t.Fatalf("finish is %q", result.Finish)
			}
			if result.Usage.Prompt < 0 || result.Usage.Completion < 0 {
				t.Fatalf("usage is %+v", result.Usage)
			}
		}
	})
}

func hostileRequests() []engine.Request {
	return []engine.Request{
		{Kind: engine.Chat, Model: "m", Messages: []engine.Message{{Role: "user", Content: "Hi"}}},
		{Kind: engine.Completion, Model: "m", Prompt: "Hi", Raw: true},
	}
}

func call(t *testing.T, e engine.Engine, req engine.Request) error {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	_, err := e.Generate(ctx, req, func(engine.Chunk) error { return nil })
	return err
}

// drip is a backend that sends a byte now and then and never a whole event: the caller's deadline ends it.
func (h Hostile) drip(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", h.Type)
		for r.Context().Err() == nil {
			_, _ = io.WriteString(w, "d")
			_ = http.NewResponseController(w).Flush()
			select {
			case <-time.After(5 * time.Millisecond):
			case <-r.Context().Done():
			}
		}
	}))
	defer server.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	begin := time.Now()
	_, err := h.New(server.URL, nil).Generate(ctx, hostileRequests()[0], func(engine.Chunk) error { return nil })
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("error is %v, want context.DeadlineExceeded", err)
	}
	if took := time.Since(begin); took > promptly {
		t.Errorf("it took %s", took)
	}
}

func (h Hostile) refusedConnection(t *testing.T) {
	server := httptest.NewServer(http.NotFoundHandler())
	server.Close()
	err := call(t, h.New(server.URL, nil), hostileRequests()[0])
	wantKind(t, err, engine.Unavailable)
	if typed, ok := errors.AsType[*engine.Error](err); ok && typed.Hint == "" {
		t.Errorf("no hint: %v", err)
	}
}

// canned is a transport that answers everything with the same stream.
type canned struct {
	kind string
	body []byte
}

// RoundTrip gives the answer.
func (c canned) RoundTrip(r *http.Request) (*http.Response, error) {
	return &http.Response{
		StatusCode: http.StatusOK, Header: http.Header{"Content-Type": {c.kind}},
		Body: io.NopCloser(bytes.NewReader(c.body)), Request: r,
	}, nil
}
