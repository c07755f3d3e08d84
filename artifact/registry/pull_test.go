package registry_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"ayni.example/artifact"
	"ayni.example/artifact/model"
	"ayni.example/artifact/registry"
)

// cut sends half of what is left and breaks the connection.
func cut(w http.ResponseWriter, r *http.Request, body []byte) bool {
	from := offset(r)
	w.Header().Set("Content-Length", strconv.Itoa(len(body)-from))
	if from > 0 {
		w.Header().Set("Content-Range", fmt.Sprintf("bytes %d-%d/%d", from, len(body)-1, len(body)))
		w.WriteHeader(http.StatusPartialContent)
	}
	_, _ = w.Write(body[from : from+(len(body)-from)/2+1])
	w.(http.Flusher).Flush()
	panic(http.ErrAbortHandler)
}

// TestPull brings a model over connections of all kinds; what comes out is the same.
func TestPull(t *testing.T) {
	raw := weights(t)
	var fails atomic.Int32
	for what, hook := range map[string]func(w http.ResponseWriter, r *http.Request, body []byte) bool{
		"good":          nil,
		"cut each time": cut,
		"no ranges": func(w http.ResponseWriter, r *http.Request, body []byte) bool {
			if offset(r) == 0 && fails.Add(1) == 1 {
				return cut(w, r, body)
			}
			w.Header().Set("Content-Length", strconv.Itoa(len(body)))
			_, _ = w.Write(body)
			return true
		},
		"busy at first": func(w http.ResponseWriter, _ *http.Request, _ []byte) bool {
			if fails.Add(1) > 4 {
				return false
			}
			http.Error(w, "later", []int{429, 500, 503, 502}[fails.Load()%4])
			return true
		},
		"no length": func(w http.ResponseWriter, r *http.Request, body []byte) bool {
			if from := offset(r); from > 0 {
				w.Header().Set("Content-Range", fmt.Sprintf("bytes %d-%d/*", from, len(body)-1))
				w.WriteHeader(http.StatusPartialContent)
			}
			w.(http.Flusher).Flush()
			_, _ = w.Write(body[offset(r):])
			return true
		},
	} {
		t.Run(what, func(t *testing.T) {
			fails.Store(0)
			g := newRig(t, raw)
			g.set(hook)
			dir := t.TempDir()
			s := store(t, dir)
			var last registry.Progress
			c := client(t, registry.Config{Progress: func(p registry.Progress) { last = p }})
			e, err := c.Pull(t.Context(), s, g.name(t), name(t, "mine:1"))
			if err != nil {
				t.Fatal(err)
			}
			whole(t, s, dir, name(t, "mine:1"))
			if kept, err := s.Raw(e.Name); err != nil || string(kept) != string(g.manifest) {
				t.Errorf("the manifest changed: %s, %v", kept, err)
			}
			if last.Done == 0 || last.Done != last.Total {
				t.Errorf("the last progress is %+v", last)
			}
			g.set(nil)
			if _, err := c.Pull(t.Context(), s, g.name(t), name(t, "again")); err != nil {
				t.Fatal(err)
			}
			if served, asked := g.count(); served != 0 || len(asked) != 1 {
				t.Errorf("what is here was asked for again: %d bytes, %v", served, asked)
			}
			settings, err := s.Settings(e.Manifest)
			if err != nil || settings.GoTemplate == "" || settings.Params.Stop[0] != "x" || settings.Licenses[0] != "A licence." {
				t.Errorf("settings %+v, %v", settings, err)
			}
		})
	}
}

// TestPullRefuses knows what registries do wrong. Nothing of it gets a name.
func TestPullRefuses(t *testing.T) {
	raw := weights(t)
	changed := append([]byte{}, raw...)
	changed[len(changed)-1] ^= 1
	whole := func(body []byte) func(http.ResponseWriter, *http.Request, []byte) bool {
		return func(w http.ResponseWriter, _ *http.Request, _ []byte) bool { _, _ = w.Write(body); return true }
	}
	for what, c := range map[string]struct {
		hook func(http.ResponseWriter, *http.Request, []byte) bool
		want string
	}{
		"other bytes": {whole(changed), "have the digest"},
		"more bytes":  {whole(append(changed, 'x')), "more than it announced"},
		"no blob": {func(w http.ResponseWriter, _ *http.Request, _ []byte) bool {
			http.Error(w, "gone\x00\xff away", http.StatusNotFound)
			return true
		}, "404 Not Found: gone"},
		"always busy": {func(w http.ResponseWriter, _ *http.Request, _ []byte) bool {
			http.Error(w, "", http.StatusServiceUnavailable)
			return true
		}, "gave up after 6 tries"},
		"never a byte": {func(http.ResponseWriter, *http.Request, []byte) bool { panic(http.ErrAbortHandler) }, "gave up"},
		"another part": {func(w http.ResponseWriter, r *http.Request, body []byte) bool {
			if offset(r) == 0 {
				return cut(w, r, body)
			}
			w.Header().Set("Content-Range", fmt.Sprintf("bytes 0-%d/%d", len(body)-1, len(body)))
			w.WriteHeader(http.StatusPartialContent)
			return true
		}, "another part"},
		"endless redirects": {func(w http.ResponseWriter, r *http.Request, _ []byte) bool {
			http.Redirect(w, r, r.URL.Path, http.StatusFound)
			return true
		}, "redirects"},
		"an account": {func(w http.ResponseWriter, _ *http.Request, _ []byte) bool {
			w.Header().Set("WWW-Authenticate", `Basic realm="x"`)
			w.WriteHeader(http.StatusUnauthorized)
			return true
		}, "needs an account"},
	} {
		t.Run(what, func(t *testing.T) {
			g := newRig(t, raw)
			g.set(c.hook)
			s := store(t, t.TempDir())
			_, err := client(t, registry.Config{}).Pull(t.Context(), s, g.name(t), name(t, "mine"))
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error is %v, want %q", err, c.want)
			}
			if list, err := s.List(); err != nil || len(list) != 0 {
				t.Errorf("there is %v, %v", list, err)
			}
		})
	}
}

func TestPullOfWhatIsNoModel(t *testing.T) {
	s := store(t, t.TempDir())
	c := client(t, registry.Config{})
	g := newRig(t, []byte("this is a text and no model"))
	if _, err := c.Pull(t.Context(), s, g.name(t), name(t, "mine")); err == nil || !strings.Contains(err.Error(), "not GGUF") {
		t.Errorf("a text: %v", err)
	}
	g.manifest = []byte(`{"schemaVersion":2,"manifests":[]}`)
	if _, err := c.Pull(t.Context(), s, g.name(t), name(t, "mine")); err == nil || !strings.Contains(err.Error(), "layers") {
		t.Errorf("a list of images: %v", err)
	}
	g.manifest = make([]byte, model.MaxManifest+1)
	if _, err := c.Pull(t.Context(), s, g.name(t), name(t, "mine")); err == nil || !strings.Contains(err.Error(), "more than") {
		t.Errorf("a large manifest: %v", err)
	}
	other := g.name(t)
	other.Model = "none"
	var status *registry.StatusError
	if _, err := c.Pull(t.Context(), s, other, name(t, "mine")); !errors.As(err, &status) || status.Status != http.StatusNotFound {
		t.Errorf("no such model: %v", err)
	}
}

// TestBrokenPullGoesOn ends a pull in the middle; the next one asks for the rest only.
func TestBrokenPullGoesOn(t *testing.T) {
	raw := weights(t)
	g := newRig(t, raw)
	dir := t.TempDir()
	ctx, cancel := context.WithCancel(t.Context())
	g.set(func(w http.ResponseWriter, r *http.Request, body []byte) bool {
		w.Header().Set("Content-Length", strconv.Itoa(len(body)))
		_, _ = w.Write(body[:len(body)/2])
		w.(http.Flusher).Flush()
		<-r.Context().Done()
		return true
	})
	first := client(t, registry.Config{Progress: func(p registry.Progress) {
		if p.Done >= int64(len(raw)/2) {
			cancel()
		}
	}})
	if _, err := first.Pull(ctx, store(t, dir), g.name(t), name(t, "mine")); !errors.Is(err, context.Canceled) {
		t.Fatalf("the pull that was ended: %v", err)
	}
	g.set(nil)
	s := store(t, dir)
	if _, err := client(t, registry.Config{}).Pull(t.Context(), s, g.name(t), name(t, "mine")); err != nil {
		t.Fatal(err)
	}
	whole(t, s, dir, name(t, "mine"))
	if served, asked := g.count(); served > len(raw)/2+1000 {
		t.Errorf("%d of %d bytes came again: %v", served, len(raw), asked)
	}
}

// TestDamagedBeginningIsDownloadedAgain has bytes on disk that were never those of the blob, as after a power cut.
func TestDamagedBeginningIsDownloadedAgain(t *testing.T) {
	g := newRig(t, weights(t))
	dir := t.TempDir()
	s := store(t, dir)
	file := filepath.Join(dir, "partial", "sha256-"+g.weights.Hex())
	if err := os.WriteFile(file, make([]byte, 5000), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := client(t, registry.Config{}).Pull(t.Context(), s, g.name(t), name(t, "mine")); err != nil {
		t.Fatal(err)
	}
	whole(t, s, dir, name(t, "mine"))
}

// TestPullsAtOnce has several machines' worth of pulls of one model into one store: each blob comes once.
func TestPullsAtOnce(t *testing.T) {
	raw := weights(t)
	g := newRig(t, raw)
	dir := t.TempDir()
	var group sync.WaitGroup
	for i := range 6 {
		group.Go(func() {
			s := store(t, dir)
			if _, err := client(t, registry.Config{}).Pull(t.Context(), s, g.name(t), name(t, fmt.Sprintf("mine:%d", i))); err != nil {
				t.Error(err)
			}
			if _, _, err := s.Collect(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	s := store(t, dir)
	for i := range 6 {
		whole(t, s, dir, name(t, fmt.Sprintf("mine:%d", i)))
	}
	if served, _ := g.count(); served > len(raw)+1000 {
		t.Errorf("%d bytes were served for %d", served, len(raw))
	}
}

// TestTokensStayWithTheirHost pulls with an anonymous token, and blobs from another host that must not see it.
func TestTokensStayWithTheirHost(t *testing.T) {
	raw := weights(t)
	leaked := atomic.Bool{}
	elsewhere := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		leaked.Store(leaked.Load() || r.Header.Get("Authorization") != "")
		http.ServeContent(w, r, "", time.Time{}, strings.NewReader(string(raw)))
	}))
	defer elsewhere.Close()
	g := newRig(t, raw)
	asked := atomic.Int32{}
	inner := g.Config.Handler
	g.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.URL.Path == "/token":
			asked.Add(1)
			if r.URL.Query().Get("scope") != "repository:ns/tiny:pull" {
				t.Errorf("asked for a token with %s", r.URL.RawQuery)
			}
			_, _ = w.Write([]byte(`{"token":"secret"}`))
		case r.Header.Get("Authorization") != "Bearer secret":
			w.Header().Set("WWW-Authenticate", `Bearer realm="`+g.URL+`/token",service="s",scope="repository:ns/tiny:pull"`)
			w.WriteHeader(http.StatusUnauthorized)
		case strings.HasSuffix(r.URL.Path, string(g.weights)):
			// By another name, so that the library takes it for another host, as a store of large files is.
			http.Redirect(w, r, strings.Replace(elsewhere.URL, "127.0.0.1", "localhost", 1)+"/x?sig=private", http.StatusTemporaryRedirect)
		default:
			inner.ServeHTTP(w, r)
		}
	})
	dir := t.TempDir()
	s := store(t, dir)
	if _, err := client(t, registry.Config{}).Pull(t.Context(), s, g.name(t), name(t, "mine")); err != nil {
		t.Fatal(err)
	}
	whole(t, s, dir, name(t, "mine"))
	if leaked.Load() || asked.Load() != 1 {
		t.Errorf("token leaked: %v; asked for %d times", leaked.Load(), asked.Load())
	}
}

// TestHTTPSIsTheDefault wants no plain HTTP unless told so, and no way from HTTPS to it.
func TestHTTPSIsTheDefault(t *testing.T) {
	g := newRig(t, weights(t))
	c, err := registry.New(registry.Config{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Pull(t.Context(), store(t, t.TempDir()), g.name(t), name(t, "mine")); err == nil {
		t.Error("plain HTTP was used")
	}
	secure := httptest.NewTLSServer(http.RedirectHandler(g.URL+"/v2/ns/tiny/manifests/latest", http.StatusFound))
	defer secure.Close()
	if c, err = registry.New(registry.Config{HTTP: secure.Client()}); err != nil {
		t.Fatal(err)
	}
	n := name(t, strings.TrimPrefix(secure.URL, "https://")+"/ns/tiny")
	if _, err := c.Pull(t.Context(), store(t, t.TempDir()), n, name(t, "mine")); err == nil || !strings.Contains(err.Error(), "from https to http") {
		t.Errorf("a redirect away from TLS: %v", err)
	}
}

func TestFetch(t *testing.T) {
	raw := weights(t)
	g := newRig(t, raw)
	g.set(cut)
	address := g.URL + "/org/repo/resolve/main/" + string(g.weights) + "?secret=1"
	dir := t.TempDir()
	s := store(t, dir)
	c := client(t, registry.Config{})
	e, err := c.Fetch(t.Context(), s, address, g.weights, name(t, "hub"))
	if err != nil {
		t.Fatal(err)
	}
	whole(t, s, dir, name(t, "hub"))
	if about, err := s.About(e.Manifest); err != nil || about.Problem != "" {
		t.Errorf("about %+v, %v", about, err)
	}
	_, err = c.Fetch(t.Context(), store(t, t.TempDir()), address, artifact.DigestOf([]byte("x")), name(t, "hub"))
	if !errors.Is(err, artifact.ErrDigest) || strings.Contains(err.Error(), "secret") {
		t.Errorf("another digest: %v", err)
	}
	g.set(nil)
	other := store(t, t.TempDir())
	release, err := other.Blobs().Hold(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer release()
	d, err := c.Trust(t.Context(), other, address)
	if err != nil || d != g.weights {
		t.Fatalf("learned %s, %v", d, err)
	}
	g.set(func(http.ResponseWriter, *http.Request, []byte) bool { t.Error("it is downloaded again"); return false })
	if _, err := c.Fetch(t.Context(), other, address, d, name(t, "hub")); err != nil {
		t.Error(err)
	}
}

// TestSilentServers send nothing, or stop sending, and are given up.
func TestSilentServers(t *testing.T) {
	raw := weights(t)
	for what, where := range map[string]string{"headers": "", "manifest": "/manifests/", "blob": "/blobs/" + string(artifact.DigestOf(raw))} {
		t.Run(what, func(t *testing.T) {
			g := newRig(t, raw)
			inner := g.Config.Handler
			g.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if !strings.Contains(r.URL.Path, where) {
					inner.ServeHTTP(w, r)
					return
				}
				if where != "" {
					w.Header().Set("Content-Length", "1000")
					w.(http.Flusher).Flush()
				}
				<-r.Context().Done()
			})
			c := client(t, registry.Config{Silence: 50 * time.Millisecond})
			if _, err := c.Pull(t.Context(), store(t, t.TempDir()), g.name(t), name(t, "mine")); err == nil || !strings.Contains(err.Error(), "no byte came") {
				t.Errorf("error is %v", err)
			}
		})
	}
	g := newRig(t, raw)
	g.set(func(w http.ResponseWriter, r *http.Request, body []byte) bool {
		_, _ = w.Write(body[:100])
		w.(http.Flusher).Flush()
		<-r.Context().Done()
		return true
	})
	s := store(t, t.TempDir())
	c := client(t, registry.Config{Silence: 50 * time.Millisecond})
	if _, err := c.Trust(t.Context(), s, g.URL+"/x/"+string(g.weights)); err == nil || !strings.Contains(err.Error(), "no byte came") {
		t.Errorf("a file without a digest: %v", err)
	}
}
