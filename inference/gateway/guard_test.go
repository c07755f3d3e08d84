package gateway_test

import (
	"crypto/tls"
	"net"
	"net/http"
	"strings"
	"testing"

	"ayni.example/inference/gateway"
)

// TestGuardMatrix tries the ways in which somebody who is not the owner reaches a gateway on loopback that needs no key.
func TestGuardMatrix(t *testing.T) {
	r := newRig(t, says("x"), func(c *gateway.Config) {
		c.Hosts, c.Origins = []string{"ayni.example"}, []string{"https://chat.example"}
	})
	host := strings.TrimPrefix(r.url, "http://")
	_, port, err := net.SplitHostPort(host)
	if err != nil {
		t.Fatal(err)
	}
	secret, _, err := r.keys.Create(t.Context(), gateway.KeySpec{Name: "a"})
	if err != nil {
		t.Fatal(err)
	}
	cases := []struct {
		name    string
		headers []string
		status  int
	}{
		{"owner", nil, 200},
		{"owner with a dummy key", []string{"Authorization", "Bearer sk-ollama"}, 200},
		{"owner with a key", []string{"Authorization", "Bearer " + secret}, 200},
		{"a key in x-api-key", []string{"X-Api-Key", secret}, 200},
		{"a wrong key of our form", []string{"Authorization", "Bearer ak-" + strings.Repeat("a", 52)}, 401},
		{"localhost", []string{"Host", "localhost:" + port}, 200},
		{"LocalHost", []string{"Host", "LocalHost:" + port}, 200},
		{"ipv6", []string{"Host", "[::1]:" + port}, 200},
		{"rebound name", []string{"Host", "evil.example:" + port}, 403},
		{"rebound name with a key", []string{"Host", "evil.example:" + port, "Authorization", "Bearer " + secret}, 403},
		{"wrong port", []string{"Host", "localhost:1"}, 403},
		{"no port", []string{"Host", "localhost"}, 403},
		{"trailing dot", []string{"Host", "localhost.:" + port}, 403},
		{"suffix", []string{"Host", "localhost.evil.example:" + port}, 403},
		{"configured name without a key", []string{"Host", "ayni.example"}, 401},
		{"configured name with a key", []string{"Host", "ayni.example", "Authorization", "Bearer " + secret}, 200},
		{"behind a proxy without a key", []string{"X-Forwarded-For", "203.0.113.9"}, 401},
		{"behind a proxy with a key", []string{"Forwarded", "for=203.0.113.9", "Authorization", "Bearer " + secret}, 200},
		{"same origin", []string{"Origin", "http://" + host}, 200},
		{"other site, simple post", []string{"Origin", "https://evil.example", "Content-Type", "text/plain"}, 403},
		{"other site with a key", []string{"Origin", "https://evil.example", "Authorization", "Bearer " + secret}, 403},
		{"null origin", []string{"Origin", "null"}, 403},
		{"other port is another origin", []string{"Origin", "http://127.0.0.1:1"}, 403},
		{"origin that only starts alike", []string{"Origin", "http://" + host + ".evil.example"}, 403},
		{"other scheme", []string{"Origin", "file://" + host}, 403},
		{"allowed origin", []string{"Origin", "https://chat.example"}, 200},
		{"allowed origin, other scheme", []string{"Origin", "http://chat.example"}, 403},
		{"fetch from another site", []string{"Sec-Fetch-Site", "cross-site", "Sec-Fetch-Mode", "no-cors"}, 403},
		{"fetch from the same site", []string{"Sec-Fetch-Site", "same-site"}, 403},
		{"post by navigation", []string{"Sec-Fetch-Site", "cross-site", "Sec-Fetch-Mode", "navigate"}, 403},
		{"typed address", []string{"Sec-Fetch-Site", "none"}, 200},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			before := len(r.backend.seen())
			response, answer := r.post("/v1/chat/completions", chatBody, c.headers...)
			if response.StatusCode != c.status {
				t.Fatalf("%d %s", response.StatusCode, answer)
			}
			if served := len(r.backend.seen()) - before; (served == 1) != (c.status == 200) {
				t.Errorf("%d jobs were served", served)
			}
		})
	}
}

func TestCORS(t *testing.T) {
	r := newRig(t, says("x"), func(c *gateway.Config) { c.Origins = []string{"https://chat.example"} })
	ask := []string{
		"Origin", "https://chat.example", "Access-Control-Request-Method", "POST",
		"Access-Control-Request-Headers", "authorization, x-stainless-os, x-evil", "Access-Control-Request-Private-Network", "true",
	}
	response, _ := r.do(http.MethodOptions, "/v1/chat/completions", "", ask...)
	h := response.Header
	if response.StatusCode != http.StatusNoContent || h.Get("Access-Control-Allow-Origin") != "https://chat.example" ||
		!strings.Contains(h.Get("Access-Control-Allow-Headers"), "x-stainless-os") ||
		strings.Contains(h.Get("Access-Control-Allow-Headers"), "x-evil") || h.Get("Access-Control-Allow-Private-Network") != "true" {
		t.Errorf("%d %v", response.StatusCode, h)
	}
	if h.Get("Access-Control-Allow-Credentials") != "" {
		t.Error("credentials are allowed across origins")
	}
	ask[1] = "https://evil.example"
	response, _ = r.do(http.MethodOptions, "/v1/chat/completions", "", ask...)
	if response.StatusCode != http.StatusForbidden || response.Header.Get("Access-Control-Allow-Origin") != "" {
		t.Errorf("%d %v", response.StatusCode, response.Header)
	}
	response, _ = r.post("/v1/chat/completions", chatBody, "Origin", "https://chat.example")
	if response.Header.Get("Access-Control-Allow-Origin") != "https://chat.example" ||
		!strings.Contains(response.Header.Get("Access-Control-Expose-Headers"), "Ayni-Receipt") {
		t.Errorf("%v", response.Header)
	}
}

func TestScopeOfKeys(t *testing.T) {
	console := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("console")) })
	reports := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusAccepted) })
	r := newRig(t, says("x"), func(c *gateway.Config) { c.BehindProxy, c.Console, c.Topup = true, console, reports })
	plain, _, err := r.keys.Create(t.Context(), gateway.KeySpec{Name: "plain", Models: []string{"tiny"}})
	if err != nil {
		t.Fatal(err)
	}
	admin, _, err := r.keys.Create(t.Context(), gateway.KeySpec{Name: "admin", Admin: true})
	if err != nil {
		t.Fatal(err)
	}
	mine, _ := r.post("/v1/chat/completions", chatBody, "X-Api-Key", plain)
	others, _ := r.post("/v1/chat/completions", chatBody, "X-Api-Key", admin)
	cases := []struct {
		name, path, key string
		status          int
	}{
		{"health", "/healthz", "", 200},
		{"console without", "/", "", 401},
		{"console with a plain key", "/wallet", plain, 403},
		{"console with an admin key", "/wallet", admin, 200},
		{"metrics with a plain key", "/metrics", plain, 403},
		{"metrics with an admin key", "/metrics", admin, 200},
		{"own receipt", "/receipts/" + mine.Header.Get("Ayni-Receipt"), plain, 200},
		{"other's receipt", "/receipts/" + others.Header.Get("Ayni-Receipt"), plain, 404},
		{"any receipt as admin", "/receipts/" + mine.Header.Get("Ayni-Receipt"), admin, 200},
		{"receipt without", "/receipts/" + mine.Header.Get("Ayni-Receipt"), "", 401},
		{"models without", "/v1/models", "", 401},
		{"reports of payments without", "/topup/webhook", "", 202},
		{"another path beside them", "/topup/webhook/", "", 401},
		{"no facilitator, and no console", "/x402/supported", "", 404},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			response, answer := r.get(c.path, "X-Api-Key", c.key)
			if response.StatusCode != c.status {
				t.Fatalf("%d %s", response.StatusCode, answer)
			}
			if c.status == 401 && response.Header.Get("WWW-Authenticate") == "" {
				t.Error("no challenge")
			}
		})
	}
	if _, list := r.get("/receipts", "X-Api-Key", plain); strings.Count(list, `"id"`) != 1 {
		t.Errorf("a plain key sees %s", list)
	}
	if _, list := r.get("/v1/models", "X-Api-Key", plain); strings.Contains(list, "far") {
		t.Errorf("a key limited to one model sees %s", list)
	}
	response, answer := r.post("/v1/chat/completions", strings.Replace(chatBody, "tiny", "far", 1), "X-Api-Key", plain)
	if response.StatusCode != http.StatusForbidden {
		t.Errorf("a key limited to one model got another: %d %s", response.StatusCode, answer)
	}
}

func TestPublicListenerNeedsTLS(t *testing.T) {
	backend := newScripted(t, says("x"))
	cfg, _ := newConfig(t, backend)
	listener, err := net.Listen("tcp", "0.0.0.0:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = listener.Close() }()
	cfg.Listener = listener
	if _, err := gateway.New(cfg); err == nil || !strings.Contains(err.Error(), "without TLS") {
		t.Fatalf("%v", err)
	}
	cfg.BehindProxy = true
	if _, err := gateway.New(cfg); err != nil {
		t.Fatal(err)
	}
	cfg.BehindProxy, cfg.TLS, cfg.Registry = false, &tls.Config{MinVersion: tls.VersionTLS13}, nil
	if _, err := gateway.New(cfg); err != nil {
		t.Fatal(err)
	}
}
