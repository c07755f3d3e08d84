package registry_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"ayni.example/artifact"
	"ayni.example/artifact/model"
	"ayni.example/artifact/registry"
	"ayni.example/tensor/llama/llamatest"
)

// rig is a registry of one model whose behaviour a test changes.
type rig struct {
	*httptest.Server
	manifest []byte
	blobs    map[artifact.Digest][]byte
	weights  artifact.Digest

	mu     sync.Mutex
	hook   func(w http.ResponseWriter, r *http.Request, body []byte) bool // answers a request of a blob, or not
	served int                                                            // bytes of blobs
	asked  []string                                                       // paths, and ranges of blobs
}

func newRig(tb testing.TB, weights []byte) *rig {
	tb.Helper()
	g := &rig{blobs: map[artifact.Digest][]byte{}}
	layer := func(mediaType string, b []byte) model.Layer {
		d := artifact.DigestOf(b)
		g.blobs[d] = b
		return model.Layer{MediaType: mediaType, Digest: d, Size: int64(len(b))}
	}
	w := layer(model.TypeWeights, weights)
	g.weights = w.Digest
	raw, err := json.Marshal(model.Manifest{
		SchemaVersion: 2, MediaType: model.TypeManifest, Config: layer(model.TypeConfig, []byte(`{"model_format":"gguf"}`)),
		Layers: []model.Layer{
			w, layer(model.TypeTemplate, []byte("{{ .Prompt }}")), layer(model.TypeParams, []byte(`{"stop":["x"],"num_gpu":1}`)),
			layer(model.TypeLicense, []byte("A licence.")),
		},
	})
	if err != nil {
		tb.Fatal(err)
	}
	g.manifest = raw
	g.Server = httptest.NewServer(g)
	tb.Cleanup(g.Close)
	return g
}

func (g *rig) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	g.mu.Lock()
	hook := g.hook
	g.asked = append(g.asked, strings.TrimSpace(r.URL.Path+" "+r.Header.Get("Range")))
	g.mu.Unlock()
	if r.URL.Path == "/v2/ns/tiny/manifests/latest" {
		_, _ = w.Write(g.manifest)
		return
	}
	d, _ := artifact.ParseDigest(r.URL.Path[strings.LastIndex(r.URL.Path, "/")+1:])
	body, ok := g.blobs[d]
	if !ok {
		http.Error(w, `{"errors":[{"code":"NOT_FOUND"}]}`, http.StatusNotFound)
		return
	}
	if d == g.weights && hook != nil && hook(w, r, body) {
		return
	}
	g.serve(w, r, body)
}

// serve answers as a server of files does.
func (g *rig) serve(w http.ResponseWriter, r *http.Request, body []byte) {
	from := offset(r)
	g.mu.Lock()
	g.served += len(body) - from
	g.mu.Unlock()
	w.Header().Set("Content-Length", strconv.Itoa(len(body)-from))
	if from > 0 {
		w.Header().Set("Content-Range", fmt.Sprintf("bytes %d-%d/%d", from, len(body)-1, len(body)))
		w.WriteHeader(http.StatusPartialContent)
	}
	_, _ = w.Write(body[from:])
}

func offset(r *http.Request) int {
	n, _ := strconv.Atoi(strings.TrimSuffix(strings.TrimPrefix(r.Header.Get("Range"), "bytes="), "-"))
	return n
}

func (g *rig) set(hook func(w http.ResponseWriter, r *http.Request, body []byte) bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.hook, g.served, g.asked = hook, 0, nil
}

func (g *rig) count() (served int, asked []string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.served, append([]string{}, g.asked...)
}

// name is the model as a client of this registry calls it.
func (g *rig) name(tb testing.TB) model.Name {
	tb.Helper()
	return name(tb, strings.TrimPrefix(g.URL, "http://")+"/ns/tiny")
}

func name(tb testing.TB, text string) model.Name {
	tb.Helper()
	n, err := model.ParseName(text)
	if err != nil {
		tb.Fatal(err)
	}
	return n
}

func client(tb testing.TB, cfg registry.Config) *registry.Client {
	tb.Helper()
	cfg.Insecure, cfg.Pause = true, time.Millisecond
	c, err := registry.New(cfg)
	if err != nil {
		tb.Fatal(err)
	}
	return c
}

func store(tb testing.TB, dir string) *model.Store {
	tb.Helper()
	s, err := model.New(model.Config{Dir: dir})
	if err != nil {
		tb.Fatal(err)
	}
	return s
}

// weights are a model of about 200 kB that runs.
func weights(tb testing.TB) []byte {
	tb.Helper()
	raw, err := llamatest.Build(llamatest.Spec{})
	if err != nil {
		tb.Fatal(err)
	}
	return raw
}

// whole checks that a model is there, each blob of it, and nothing unfinished beside.
func whole(tb testing.TB, s *model.Store, dir string, n model.Name) {
	tb.Helper()
	e, err := s.Find(n)
	if err != nil {
		tb.Fatal(err)
	}
	for _, l := range e.Manifest.Blobs() {
		if err := s.Blobs().Verify(tb.Context(), l.Digest); err != nil {
			tb.Error(err)
		}
	}
	if left, err := os.ReadDir(filepath.Join(dir, "partial")); err != nil || len(left) != 0 {
		tb.Errorf("%d unfinished files are left, %v", len(left), err)
	}
}
