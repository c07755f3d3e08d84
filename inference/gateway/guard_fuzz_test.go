package gateway_test

import (
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"ayni.example/inference/gateway"
)

// FuzzGuard: without a key nobody gets in but under a name of this machine, from no other origin, through no proxy.
func FuzzGuard(f *testing.F) {
	cfg, _ := newConfig(f, newScripted(f, says("x")))
	g, err := gateway.New(cfg)
	if err != nil {
		f.Fatal(err)
	}
	_, port, err := net.SplitHostPort(cfg.Listener.Addr().String())
	if err != nil {
		f.Fatal(err)
	}
	names := map[string]bool{"localhost:" + port: true, "127.0.0.1:" + port: true, "[::1]:" + port: true}
	f.Add("localhost:"+port, "", "", "")
	f.Add("evil.example", "http://evil.example", "", "")
	f.Add("127.0.0.1:"+port, "http://127.0.0.1:"+port, "Bearer sk-1", "10.0.0.1")
	f.Add("[::1]:"+port, "null", "Basic YTpiOmM=", "")
	f.Fuzz(func(t *testing.T, host, origin, authorization, via string) {
		request := httptest.NewRequest(http.MethodGet, "/v1/models", nil)
		request.Host = host
		for name, value := range map[string]string{"Origin": origin, "Authorization": authorization, "X-Forwarded-For": via} {
			if value != "" {
				request.Header.Set(name, value)
			}
		}
		recorder := httptest.NewRecorder()
		g.Handler().ServeHTTP(recorder, request)
		if recorder.Code >= http.StatusInternalServerError {
			t.Fatalf("%d %s", recorder.Code, recorder.Body)
		}
		if recorder.Code != http.StatusOK {
			return
		}
		if !names[strings.ToLower(host)] || via != "" {
			t.Fatalf("host %q through %q got in", host, via)
		}
		own := strings.EqualFold(origin, "http://"+host) || strings.EqualFold(origin, "https://"+host)
		if origin != "" && !own {
			t.Fatalf("origin %q got in at %q", origin, host)
		}
	})
}

func TestHeadersAreBounded(t *testing.T) {
	r := newRig(t, says("x"), nil)
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, r.url+"/v1/models", nil)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("X-Long", strings.Repeat("x", 128<<10))
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return // the gateway hung up while the client was still sending
	}
	_ = response.Body.Close()
	if response.StatusCode != http.StatusRequestHeaderFieldsTooLarge {
		t.Errorf("%d", response.StatusCode)
	}
}

func TestSeedOfTheClientIsKept(t *testing.T) {
	r := newRig(t, says("x"), nil)
	r.post("/v1/chat/completions", strings.Replace(chatBody, "{", `{"seed":42,`, 1))
	r.post("/v1/chat/completions", chatBody)
	r.post("/v1/chat/completions", chatBody)
	jobs := r.backend.seen()
	if jobs[0].Seed != 42 || *jobs[0].Request.Options.Seed != 42 {
		t.Errorf("seed %d", jobs[0].Seed)
	}
	if jobs[1].Seed == jobs[2].Seed || jobs[1].Salt == jobs[2].Salt || jobs[1].Seed >= 1<<53 {
		t.Errorf("seeds %d and %d", jobs[1].Seed, jobs[2].Seed)
	}
}
