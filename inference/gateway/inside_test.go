package gateway_test

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"

	"cosmossdk.io/math"

	"ayni.example/inference/gateway"
)

// TestInside: what is mounted at /mcp calls the gateway's own routes as its caller, and no further than that caller gets.
func TestInside(t *testing.T) {
	var g *gateway.Gateway
	mounted := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		who, ok := gateway.CallerOf(r.Context())
		inner, err := http.NewRequestWithContext(r.Context(), r.Header.Get("Try-Method"), r.Header.Get("Try"), r.Body)
		if err != nil {
			t.Error(err)
			return
		}
		res, err := g.Inside().RoundTrip(inner)
		if err != nil {
			t.Error(err)
			return
		}
		defer res.Body.Close() //nolint:errcheck // in memory
		body, err := io.ReadAll(res.Body)
		if err != nil {
			t.Error(err)
		}
		_ = json.NewEncoder(w).Encode(map[string]any{"caller": who, "known": ok, "status": res.StatusCode, "receipt": res.Header.Get(gateway.ReceiptHeader), "body": string(body)})
	})
	r := newRig(t, func(gateway.Job) script { return script{chunks: words("hello")} }, func(cfg *gateway.Config) { cfg.MCP = mounted })
	var err error
	if g, err = gateway.New(r.cfg); err != nil {
		t.Fatal(err)
	}
	secret, key, err := r.keys.Create(t.Context(), gateway.KeySpec{Name: "app", Models: []string{"tiny"}})
	if err != nil {
		t.Fatal(err)
	}
	try := func(secret, method, path, body string) (got struct {
		Caller  gateway.Caller
		Known   bool
		Status  int
		Receipt string
		Body    string
	},
	) {
		t.Helper()
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, r.url+"/mcp", strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Try", path)
		req.Header.Set("Try-Method", method)
		if secret != "" {
			req.Header.Set("Authorization", "Bearer "+secret)
		}
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close() //nolint:errcheck // nothing was written
		if err := json.NewDecoder(res.Body).Decode(&got); err != nil {
			t.Fatal(err)
		}
		return got
	}
	mine := try(secret, http.MethodPost, "/v1/chat/completions", chatBody)
	if mine.Status != 200 || mine.Receipt == "" || mine.Caller.ID != key.ID || mine.Caller.Admin || !mine.Known {
		t.Fatalf("as a key: %+v", mine)
	}
	if got := try(secret, http.MethodPost, "/v1/chat/completions", strings.Replace(chatBody, "tiny", "far", 1)); got.Status != http.StatusForbidden {
		t.Errorf("another model than the key's: %+v", got)
	}
	owners := try("", http.MethodPost, "/v1/chat/completions", chatBody)
	if owners.Status != 200 || owners.Caller.ID != "" || !owners.Caller.Admin {
		t.Errorf("as the owner: %+v", owners)
	}
	if got := try(secret, http.MethodGet, "/receipts/"+mine.Receipt, ""); got.Status != 200 {
		t.Errorf("its own receipt: %+v", got)
	}
	if got := try(secret, http.MethodGet, "/receipts/"+owners.Receipt, ""); got.Status != http.StatusNotFound {
		t.Errorf("the owner's receipt: %+v", got)
	}
	if got := try(secret, http.MethodGet, "/metrics", ""); got.Status != http.StatusForbidden {
		t.Errorf("what is for admins: %+v", got)
	}
	bare, err := http.NewRequestWithContext(context.Background(), http.MethodGet, "/v1/models", nil)
	if err != nil {
		t.Fatal(err)
	}
	res, err := g.Inside().RoundTrip(bare)
	if err != nil {
		t.Fatal(err)
	}
	_ = res.Body.Close()
	if res.StatusCode != http.StatusForbidden {
		t.Errorf("without a caller: %d", res.StatusCode)
	}
}

// TestAtMost: what this process asks for somebody else costs no more than it says, though the owner asks.
func TestAtMost(t *testing.T) {
	r := newRig(t, func(gateway.Job) script { return script{chunks: words("a"), price: 1} }, nil)
	r.get("/healthz") // or the test may end before it has begun
	g, err := gateway.New(r.cfg)
	if err != nil {
		t.Fatal(err)
	}
	ask := func(ctx context.Context) int64 {
		t.Helper()
		req, err := http.NewRequestWithContext(ctx, http.MethodPost, "/v1/chat/completions", strings.NewReader(strings.Replace(chatBody, "tiny", "far", 1)))
		if err != nil {
			t.Fatal(err)
		}
		res, err := g.Inside().RoundTrip(req)
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close() //nolint:errcheck // in memory
		jobs := r.backend.seen()
		return jobs[len(jobs)-1].MaxTotal.Int64()
	}
	owner := gateway.AsOwner(t.Context())
	if got := ask(owner); got <= 7 {
		t.Errorf("the owner's own question may cost %d", got)
	}
	if got := ask(gateway.AtMost(owner, math.NewInt(7))); got != 7 {
		t.Errorf("a bounded one may cost %d", got)
	}
}
