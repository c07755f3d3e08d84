package gateway_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"syscall"
	"testing"

	"ayni.example/inference/gateway"
)

// BenchmarkGatewayRequest measures the CPU time of a whole request, client and receipt included, against a bare handler that
// writes the same bytes with as many flushes.
func BenchmarkGatewayRequest(b *testing.B) {
	for name, body := range map[string]string{"whole": chatBody, "stream": chatStream} {
		pieces := make([]string, 32)
		for i := range pieces {
			pieces[i] = "word "
		}
		r := newRig(b, says(pieces...), nil)
		_, answer := r.post("/v1/chat/completions", body)
		events := []string{answer}
		if name == "stream" {
			events = strings.SplitAfter(answer, "\n\n")
		}
		bare := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, request *http.Request) {
			_, _ = io.Copy(io.Discard, request.Body)
			for _, event := range events {
				_, _ = io.WriteString(w, event)
				_ = http.NewResponseController(w).Flush()
			}
		}))
		b.Cleanup(bare.Close)
		b.Run(name+"/bare", func(b *testing.B) { requests(b, bare.URL, body) })
		b.Run(name+"/gateway", func(b *testing.B) { requests(b, r.url, body) })
	}
}

func requests(b *testing.B, url, body string) {
	b.Helper()
	b.ReportAllocs()
	before := cpu(b)
	for b.Loop() {
		response, err := http.Post(url+"/v1/chat/completions", "application/json", strings.NewReader(body))
		if err != nil {
			b.Fatal(err)
		}
		if _, err := io.Copy(io.Discard, response.Body); err != nil {
			b.Fatal(err)
		}
		_ = response.Body.Close()
	}
	b.ReportMetric(float64(cpu(b)-before)/float64(b.N), "cpu-µs/op")
}

// cpu is the processor time of this process in microseconds.
func cpu(b *testing.B) int64 {
	b.Helper()
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		b.Fatal(err)
	}
	return (usage.Utime.Nano() + usage.Stime.Nano()) / 1e3
}

var _ gateway.Backend = (*scriptedBackend)(nil)
