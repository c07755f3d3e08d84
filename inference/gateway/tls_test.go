package gateway_test

import (
	"crypto/tls"
	"crypto/x509"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"ayni.example/inference/gateway"
)

// TestTLS serves on every interface: keys are needed even from this machine, and the stream works over HTTP/2.
func TestTLS(t *testing.T) {
	donor := httptest.NewTLSServer(http.NotFoundHandler()) // for its certificate, which is good for example.com
	defer donor.Close()
	r := newRig(t, says("one", "two"), func(c *gateway.Config) {
		c.TLS = &tls.Config{Certificates: donor.TLS.Certificates, MinVersion: tls.VersionTLS12}
		c.BehindProxy = true // as on an address that is not loopback
		c.Hosts = []string{"example.com"}
	})
	roots := x509.NewCertPool()
	roots.AddCert(donor.Certificate())
	transport := &http.Transport{
		TLSClientConfig:   &tls.Config{RootCAs: roots, ServerName: "example.com", MinVersion: tls.VersionTLS12},
		ForceAttemptHTTP2: true,
	}
	defer transport.CloseIdleConnections()
	client := &http.Client{Transport: transport}
	secret, _, err := r.keys.Create(t.Context(), gateway.KeySpec{Name: "a"})
	if err != nil {
		t.Fatal(err)
	}
	for key, status := range map[string]int{"": 401, "ak-" + strings.Repeat("a", 52): 401, secret: 200} {
		url := strings.Replace(r.url, "http:", "https:", 1) + "/v1/chat/completions"
		request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url, strings.NewReader(chatStream))
		if err != nil {
			t.Fatal(err)
		}
		request.Host = "example.com"
		request.Header.Set("Authorization", "Bearer "+key)
		response, err := client.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		answer, err := io.ReadAll(response.Body)
		_ = response.Body.Close()
		if err != nil || response.StatusCode != status || response.ProtoMajor != 2 {
			t.Fatalf("%d over %s: %s, %v", response.StatusCode, response.Proto, answer, err)
		}
		if status == 200 && !strings.HasSuffix(string(answer), "data: [DONE]\n\n") {
			t.Errorf("%s", answer)
		}
	}
}

// TestFullDiskDoesNotEatAnAnswer: the answer is paid for, so the client gets it, and the operator is told.
func TestFullDiskDoesNotEatAnAnswer(t *testing.T) {
	r := newRig(t, says("x"), nil)
	if err := r.receipts.Close(); err != nil { // stands for a store that cannot write
		t.Fatal(err)
	}
	response, answer := r.post("/v1/chat/completions", chatStream)
	if response.StatusCode != http.StatusOK || !strings.HasSuffix(answer, "data: [DONE]\n\n") {
		t.Fatalf("%d %s", response.StatusCode, answer)
	}
	if _, text := r.get("/metrics"); !strings.Contains(text, "ayni_gateway_receipts_unstored_total 1\n") {
		t.Error("no metric tells of it")
	}
	if !strings.Contains(r.log.String(), "receipt not stored") {
		t.Error("the log does not tell of it")
	}
}

// TestManyAtOnce has receipts share commits, and each be there when its answer has been read.
func TestManyAtOnce(t *testing.T) {
	r := newRig(t, says("x"), nil)
	failed := make(chan string, 64)
	for range cap(failed) {
		go func() {
			response, err := http.Post(r.url+"/v1/chat/completions", "application/json", strings.NewReader(chatStream))
			if err != nil {
				failed <- err.Error()
				return
			}
			_, _ = io.Copy(io.Discard, response.Body)
			_ = response.Body.Close()
			if _, err := r.receipts.Record(t.Context(), response.Header.Get("Ayni-Receipt"), nil); err != nil {
				failed <- err.Error()
				return
			}
			failed <- ""
		}()
	}
	for range cap(failed) {
		if cause := <-failed; cause != "" {
			t.Error(cause)
		}
	}
}
