package gateway_test

import (
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"ayni.example/inference/gateway"
)

func TestStopLetsAnswersEnd(t *testing.T) {
	gate := make(chan struct{})
	r := newRig(t, func(gateway.Job) script { return script{chunks: words("a", "b"), gate: gate} }, nil)
	type result struct {
		status int
		body   string
	}
	got := make(chan result, 1)
	go func() {
		response, err := http.Post(r.url+"/v1/chat/completions", "application/json", strings.NewReader(chatStream))
		if err != nil {
			got <- result{}
			return
		}
		defer func() { _ = response.Body.Close() }()
		body, _ := io.ReadAll(response.Body)
		got <- result{response.StatusCode, string(body)}
	}()
	gate <- struct{}{}
	stopped := make(chan error, 1)
	go func() { stopped <- r.stop() }()
	waitFor(t, func() bool { // the listener is closed
		conn, err := net.Dial("tcp", strings.TrimPrefix(r.url, "http://"))
		if err == nil {
			_ = conn.Close()
		}
		return err != nil
	})
	select {
	case err := <-stopped:
		t.Fatalf("stopped before the answer ended: %v", err)
	default:
	}
	gate <- struct{}{}
	if err := <-stopped; err != nil {
		t.Fatal(err)
	}
	if answer := <-got; answer.status != http.StatusOK || !strings.HasSuffix(answer.body, "data: [DONE]\n\n") {
		t.Errorf("%+v", answer)
	}
}

// TestStopDoesNotWaitForSilence: browsers open connections in advance; they do not keep the gateway from stopping.
func TestStopDoesNotWaitForSilence(t *testing.T) {
	r := newRig(t, says("x"), nil)
	conn, err := net.Dial("tcp", strings.TrimPrefix(r.url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	r.get("/healthz") // accepted behind the first, which is known by then
	begun := time.Now()
	if err := r.stop(); err != nil {
		t.Fatal(err)
	}
	if took := time.Since(begun); took > 4*time.Second {
		t.Errorf("it took %s", took)
	}
}
