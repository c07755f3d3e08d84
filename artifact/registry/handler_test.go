package registry_test

import (
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"ayni.example/artifact"
	"ayni.example/artifact/model"
	"ayni.example/artifact/registry"
)

// served is a registry over a store with one model, beside one in memory.
func served(tb testing.TB) (*httptest.Server, *model.Store, model.Entry, model.Builtin) {
	tb.Helper()
	s := store(tb, tb.TempDir())
	file := filepath.Join(tb.TempDir(), "x.gguf")
	if err := os.WriteFile(file, weights(tb), 0o600); err != nil {
		tb.Fatal(err)
	}
	d := s.Draft()
	if err := d.Weights(tb.Context(), file); err != nil {
		tb.Fatal(err)
	}
	if err := d.Text(tb.Context(), model.TypeSystem, "Be brief."); err != nil {
		tb.Fatal(err)
	}
	e, err := d.Save(tb.Context(), name(tb, "tiny:1"))
	if err != nil {
		tb.Fatal(err)
	}
	own, err := model.NewBuiltin(name(tb, "ayni/own"), append(weights(tb), 0))
	if err != nil {
		tb.Fatal(err)
	}
	h, err := registry.NewHandler(registry.HandlerConfig{
		Store: s, Builtin: []model.Builtin{own}, Now: time.Now, Logger: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		tb.Fatal(err)
	}
	server := httptest.NewServer(h)
	tb.Cleanup(server.Close)
	return server, s, e, own
}

// TestClientsPullFromHere closes the circle: our client against our registry and, where OLLAMA_BIN names one, a real Ollama.
func TestClientsPullFromHere(t *testing.T) {
	t.Run("Ayni", machine)
	if bin := os.Getenv("OLLAMA_BIN"); bin != "" {
		t.Run("Ollama", func(t *testing.T) { stockOllama(t, bin) })
	}
}

// machine is another machine's client.
func machine(t *testing.T) {
	t.Helper()
	server, _, e, own := served(t)
	dir := t.TempDir()
	s := store(t, dir)
	c := client(t, registry.Config{})
	host := strings.TrimPrefix(server.URL, "http://")
	got, err := c.Pull(t.Context(), s, name(t, host+"/library/tiny:1"), name(t, "copy"))
	if err != nil || got.Digest != e.Digest {
		t.Fatalf("pulled %+v, %v", got, err)
	}
	if got, err = c.Pull(t.Context(), s, name(t, host+"/ayni/own"), name(t, "own")); err != nil || got.Digest != artifact.DigestOf(own.Manifest) {
		t.Errorf("the one in memory: %+v, %v", got, err)
	}
	whole(t, s, dir, name(t, "copy"))
	whole(t, s, dir, name(t, "own"))
}

func TestHandler(t *testing.T) {
	server, s, e, _ := served(t)
	weights, _ := e.Manifest.Layer(model.TypeWeights)
	stray, err := s.Blobs().PutBytes(t.Context(), []byte("of no model"))
	if err != nil {
		t.Fatal(err)
	}
	const base = "/v2/library/tiny"
	for what, c := range map[string]struct {
		method, path, part string
		status, length     int
	}{
		"is there":         {"GET", "/v2/", "", 200, 3},
		"manifest":         {"HEAD", base + "/manifests/1", "", 200, -1},
		"blob":             {"HEAD", base + "/blobs/" + string(weights.Digest), "", 200, int(weights.Size)},
		"part":             {"GET", base + "/blobs/" + string(weights.Digest), "bytes=10-19", 206, 10},
		"rest":             {"GET", base + "/blobs/" + string(weights.Digest), "bytes=100-", 206, int(weights.Size) - 100},
		"no such tag":      {"GET", base + "/manifests/2", "", 404, -1},
		"no such model":    {"GET", "/v2/library/none/manifests/1", "", 404, -1},
		"bad name":         {"GET", "/v2/library/..%2f..%2fx/manifests/1", "", 400, -1},
		"other namespace":  {"GET", "/v2/ns/tiny/blobs/" + string(weights.Digest), "", 404, -1},
		"blob of no model": {"GET", base + "/blobs/" + string(stray.Digest), "", 404, -1},
		"bad digest":       {"GET", base + "/blobs/sha256:12", "", 400, -1},
		"push":             {"POST", base + "/blobs/uploads/", "", 405, -1},
	} {
		req, err := http.NewRequest(c.method, server.URL+c.path, nil)
		if err != nil {
			t.Fatal(err)
		}
		if c.part != "" {
			req.Header.Set("Range", c.part)
		}
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		_, _ = io.Copy(io.Discard, res.Body)
		_ = res.Body.Close()
		if res.StatusCode != c.status || c.length >= 0 && res.ContentLength != int64(c.length) {
			t.Errorf("%s: status %d, length %d", what, res.StatusCode, res.ContentLength)
		}
		if blob := strings.Contains(c.path, "/blobs/") && res.StatusCode < 300; blob != (res.Header.Get("Location") != "") {
			t.Errorf("%s: Location is %q", what, res.Header.Get("Location"))
		}
	}
}
